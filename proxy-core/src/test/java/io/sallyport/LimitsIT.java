package io.sallyport;

import static org.assertj.core.api.Assertions.assertThat;

import io.sallyport.relay.CloseReason;
import io.sallyport.rig.Eventually;
import io.sallyport.rig.FullBacklog;
import io.sallyport.rig.Pki;
import io.sallyport.rig.RunningProxy;
import java.io.IOException;
import java.net.Socket;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class LimitsIT {

  private final Pki pki;

  LimitsIT(@TempDir Path folder) throws IOException {
    pki = new Pki(folder);
  }

  private RunningProxy proxy(String forward, String more) {
    return RunningProxy.with(
        pki,
        """
        inbound.web {
          listen = "127.0.0.1:0"
          forward = "%s"
          allow = [ { uri = "spiffe://test/*" } ]
          %s
        }
        """
            .formatted(forward, more));
  }

  @Test
  void stopsDiallingTheApplicationWhenThePeerLeaves() throws Exception {
    try (FullBacklog deaf = new FullBacklog();
        RunningProxy proxy = proxy(deaf.address(), "connect-timeout = 60s")) {
      for (int i = 0; i < 3; i++) {
        try (Socket tcp = proxy.connect("web")) {
          pki.over(tcp, pki.client(), "TLSv1.3").startHandshake();
          Eventually.holds("the application is dialled", () -> deaf.dialling() == 1);
          tcp.setSoLinger(true, 0);
        }
        proxy.awaitClosed("web", CloseReason.PEER_RESET, i + 1);
        Eventually.holds("dialling has ended", () -> deaf.dialling() == 0);
      }
      assertThat(proxy.metric("sallyport_connections_active{listener=\"web\"}")).isZero();
    }
  }
}
