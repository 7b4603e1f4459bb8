package io.sallyport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.sallyport.config.ConfigReader;
import io.sallyport.config.Problem;
import io.sallyport.config.ProxyConfig;
import io.sallyport.relay.CloseReason;
import io.sallyport.rig.Application;
import io.sallyport.rig.Pki;
import io.sallyport.rig.RunningProxy;
import io.sallyport.rig.Transports;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Captured listeners to which the kernel leads nobody; those to which it does, CaptureIT has. */
final class CapturedIT {

  private static final String INBOUND =
      "inbound.web { listen = \"127.0.0.1:0\", mode = captured, allow = any-trusted }";

  private static final String OUTBOUND =
      """
      outbound.mesh {
        listen = "127.0.0.1:0", mode = captured, allow = [ { dns = server } ], passthrough = "*:53"
      }
      """;

  private final Pki pki;

  CapturedIT(@TempDir Path folder) throws IOException {
    pki = new Pki(folder);
  }

  private static boolean isEnded(Socket socket) throws IOException {
    try {
      socket.getOutputStream().write('x');
      return socket.getInputStream().read() == -1;
    } catch (SocketException reset) {
      return true;
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"epoll", "io_uring"})
  void whoComesByItselfIsRefused(String transport) throws IOException {
    Transports.assumeAvailable(transport);
    try (RunningProxy proxy =
        RunningProxy.with(pki, "transport = " + transport + "\n" + INBOUND + "\n" + OUTBOUND)) {
      for (String listener : new String[] {"web", "mesh"}) {
        try (Socket socket = proxy.connect(listener)) {
          assertThat(isEnded(socket)).isTrue();
        }
        proxy.awaitClosed(listener, CloseReason.DENIED, 1);
        proxy.awaitMetric(
            "sallyport_denials_total{listener=\"%s\",reason=\"not_redirected\"}"
                .formatted(listener),
            1);
      }
      assertThat(proxy.metric("sallyport_passthrough_connections_total{listener=\"mesh\"}"))
          .isZero();
      assertThat(proxy.get("/status").body()).contains("captured");
    }
  }

  @Test
  void aReloadMakesAListenerDirectThatWasCaptured() throws Exception {
    try (Application application =
            Application.serving(socket -> socket.getOutputStream().write('y'));
        RunningProxy proxy = RunningProxy.with(pki, OUTBOUND)) {
      proxy.rewrite(
          "outbound.mesh { listen = \"127.0.0.1:0\", connect = \"%s\", allow = any-trusted }"
              .formatted(application.address()));
      assertThat(proxy.reload().problems()).isEmpty();
      try (Socket socket = proxy.connect("mesh")) {
        assertThat(isEnded(socket)).isTrue(); // it is dialled, and speaks no TLS
      }
      assertThat(application.accepted()).isOne();
    }
  }

  @Test
  void nioIsRefusedWhichCannotTellWhereAConnectionWasGoing() throws Exception {
    ProxyConfig config = ConfigReader.read(RunningProxy.write(pki, "transport = nio\n" + INBOUND));

    assertThat(Proxy.check(config).problems())
        .extracting(Problem::setting, Problem::fault, Problem::remedy)
        .containsExactly(
            tuple(
                "inbound.web.mode",
                "nio cannot tell where a redirected connection was going",
                "use transport = epoll or io_uring, or write mode = direct"));
  }
}
