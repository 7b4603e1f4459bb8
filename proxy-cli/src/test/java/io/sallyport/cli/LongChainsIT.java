package io.sallyport.cli;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.sallyport.testcerts.TestCa;
import java.io.IOException;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A process with no more memory than the launcher gives it, and a peer that wants all of it. */
final class LongChainsIT {

  private final Site site;

  LongChainsIT(@TempDir Path folder) throws IOException {
    site = new Site(folder);
  }

  /** Kept, what they send would be more than the heap: 97 KiB each, and 1 MiB each. */
  @ParameterizedTest
  @CsvSource({"9, 1400", "97, 165"})
  void whatAnAllowedPeerAddsToItsChainDoesNotFillTheHeap(int added, int connections)
      throws Exception {
    List<X509Certificate> chain = new ArrayList<>(site.client().chain());
    for (int i = 0; i < added; i++) {
      chain.add(
          TestCa.create(ca -> ca.extension("1.3.6.1.4.1.55555.2", false, new byte[10_800]))
              .certificate());
    }
    SSLContext peer = site.tls(site.client().showing(chain));
    int letIn = 0;
    List<SSLSocket> open = new ArrayList<>();
    try (Command command = Command.start("run", "-c", site.config("delay = 0s"))) {
      int port = command.port("web");
      for (int i = 0; i < connections; i++) {
        SSLSocket socket = Site.connect(peer, port);
        open.add(socket);
        try {
          socket.getOutputStream().write("GET / HTTP/1.1\r\nHost: a\r\n\r\n".getBytes(US_ASCII));
          letIn += socket.getInputStream().read() < 0 ? 0 : 1;
        } catch (IOException e) {
          // It was refused; what was not stays open.
        }
      }

      assertThat(site.curl(port).out()).isEqualTo("hello\n");
      assertThat(letIn).isZero();
    } finally {
      for (SSLSocket socket : open) {
        socket.close();
      }
      site.close();
    }
  }
}
