package io.sallyport.outbound;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.Channel;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.sallyport.config.Allow;
import io.sallyport.config.OutboundConfig;
import io.sallyport.identity.FailedHandshake;
import io.sallyport.identity.HandshakeFailure;
import io.sallyport.listener.LingeringClose;
import io.sallyport.listener.ListenerRig;
import io.sallyport.listener.OpenConnection;
import io.sallyport.listener.Refused;
import io.sallyport.listener.Terms;
import io.sallyport.listener.TlsEnd;
import io.sallyport.listener.TlsSession;
import io.sallyport.policy.Denial;
import io.sallyport.policy.Peer;
import io.sallyport.policy.Verdict;
import io.sallyport.relay.StreamEnd;
import io.sallyport.rig.Transports;
import io.sallyport.testcerts.TestCa;
import io.sallyport.tls.TlsHandler;
import io.sallyport.tls.TlsRig;
import io.sallyport.transport.Transport;
import io.sallyport.upstream.Dialer;
import io.sallyport.upstream.Resolver;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.SSLHandshakeException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What who looks for a peer is told of an endpoint. */
final class OutboundGateTest {

  private static final X509Certificate LEAF =
      TestCa.create().issue(leaf -> leaf.uri("spiffe://test/other").dns("other.test")).leaf();

  private final List<String> told = new ArrayList<>();
  private final Transport transport = Transports.transport("nio");
  private final Resolver resolver = new Resolver(transport);
  private final EmbeddedChannel channel = new EmbeddedChannel();
  private final OutboundGate gate;

  OutboundGateTest() throws Exception {
    Terms<OutboundConfig> terms = ListenerRig.outbound(1, new Allow.HostName());
    TlsHandler tls = TlsRig.handler();
    OpenConnection connection = ListenerRig.connection(channel);
    LingeringClose lingering = new LingeringClose();
    gate =
        new OutboundGate(
            new OutboundListener(
                () -> terms, new Dialer(transport, resolver), ListenerRig.events()),
            connection,
            tls,
            lingering,
            "peer.test",
            new TlsEnd(tls, lingering, connection, false),
            new Seeker());
    channel.pipeline().addLast(gate);
  }

  @AfterEach
  void release() {
    channel.finishAndReleaseAll();
    resolver.close();
  }

  private final class Seeker implements OutboundGate.Seeker {
    @Override
    public void handshakeFailed(
        FailedHandshake failed, @Nullable Refused refused, @Nullable String who) {
      told.add(
          failed.failure() + " " + who + " " + (refused == null ? null : refused.reason().label()));
    }

    @Override
    public void denied(Channel there, Refused refused) {
      told.add("denied " + refused.reason().label() + " " + refused.peer());
    }

    @Override
    public void found(Channel there, TlsEnd end, TlsSession session) {
      told.add("found " + session.peer());
    }

    @Override
    public void closed(Channel there) {
      told.add("closed");
    }

    @Override
    public void fault(Throwable cause) {
      told.add("fault " + cause.getMessage());
    }
  }

  private static TlsSession session() {
    return new TlsSession("TLSv1.3", "", null, null, List.of(LEAF), false, Peer.of(LEAF));
  }

  @Test
  void aPeerThatRefusesUsHasShownNobody() {
    channel
        .pipeline()
        .fireUserEventTriggered(
            new SslHandshakeCompletionEvent(
                new SSLHandshakeException(
                    "error:10000418:SSL routines:OPENSSL_internal:TLSV1_ALERT_UNKNOWN_CA")));

    assertThat(told).containsExactly(HandshakeFailure.REFUSED_BY_PEER + " null null");
  }

  @Test
  void aProvenPeerThatNoRuleAllowsIsToldWithWhoItIs() {
    gate.failed(
        channel.pipeline().firstContext(),
        new FailedHandshake(HandshakeFailure.NOT_ALLOWED, "no rule allows this peer", LEAF));

    assertThat(told)
        .containsExactly(
            HandshakeFailure.NOT_ALLOWED
                + " spiffe://test/other "
                + Denial.HOST_NAME_MISMATCH.label());
  }

  @Test
  void aPeerThatIsNotProvenIsNoneThatRulesRefuse() {
    gate.failed(
        channel.pipeline().firstContext(),
        new FailedHandshake(HandshakeFailure.UNKNOWN_CA, "nobody vouches for it", LEAF));

    assertThat(told).containsExactly(HandshakeFailure.UNKNOWN_CA + " spiffe://test/other null");
  }

  @Test
  void whoIsJudgedAfterTheHandshakeIsFoundOrDenied() {
    gate.done(channel.pipeline().firstContext(), session(), new Verdict.Allowed());
    gate.done(
        channel.pipeline().firstContext(),
        session(),
        new Verdict.Denied(Denial.HOST_NAME_MISMATCH));

    assertThat(told)
        .containsExactly(
            "found " + Peer.of(LEAF),
            "denied " + Denial.HOST_NAME_MISMATCH.label() + " spiffe://test/other");
  }

  @Test
  void anEndWithinTheHandshakeIsAFailureAndThenAClose() {
    channel.pipeline().fireUserEventTriggered(StreamEnd.TRUNCATED);

    assertThat(told).containsExactly(HandshakeFailure.NO_BYTES + " null null", "closed");
  }

  @Test
  void aConnectionThatIsCutWhileItsPeerIsProvenIsClosed() {
    channel.close();

    assertThat(told).containsExactly("closed");
  }

  @Test
  void aFaultIsTold() {
    channel.pipeline().fireExceptionCaught(new IllegalStateException("ours"));

    assertThat(told).containsExactly("fault ours");
  }
}
