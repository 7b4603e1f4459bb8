package io.sallyport.listener;

import io.netty.channel.Channel;
import io.sallyport.config.Address;
import io.sallyport.config.Allow;
import io.sallyport.config.ListenerConfig.HalfClose;
import io.sallyport.config.ListenerConfig.Listen;
import io.sallyport.config.ListenerConfig.Tls;
import io.sallyport.config.ListenerConfig.TlsFloor;
import io.sallyport.config.Origins;
import io.sallyport.config.OutboundConfig;
import io.sallyport.identity.IdentityGeneration;
import io.sallyport.identity.ServerNames;
import io.sallyport.identity.TrustBundle;
import io.sallyport.policy.AllowRules;
import io.sallyport.tls.TlsRig;
import java.util.ArrayList;
import java.util.List;

/** What tests of the rooms above need of this one: terms, and a connection that nobody admitted. */
public final class ListenerRig {

  private ListenerRig() {}

  /** Of an outbound listener that goes to peer.test, and shows and trusts nothing. */
  public static Terms<OutboundConfig> outbound(long generation, Allow allow) {
    OutboundConfig config =
        new OutboundConfig(
            "out",
            new Listen(new Address.Tcp("127.0.0.1", 0), 0600, List.of()),
            List.of(new Address.Tcp("peer.test", 443)),
            null,
            null,
            List.of(),
            allow,
            new Tls(TlsFloor.TLS_1_2, List.of(), HalfClose.APPLICATION),
            AdmissionTest.limits(1, 1));
    return new Terms<>(
        config,
        new IdentityGeneration(generation, TlsRig.context(), ServerNames.NONE, TrustBundle.EMPTY),
        AllowRules.compile(config.allow(), Origins.NONE, new ArrayList<>()),
        null);
  }

  /** Hears all, and says nothing. */
  public static ListenerEvents events() {
    return new AdmissionTest.Recorder();
  }

  public static OpenConnection connection(Channel channel) {
    ListenerEvents events = events();
    return new Connection(
        "out",
        channel,
        events,
        new Admission("out", () -> AdmissionTest.limits(10, 10), events, (connection, c) -> {}));
  }
}
