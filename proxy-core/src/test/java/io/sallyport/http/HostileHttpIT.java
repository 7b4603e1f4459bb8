package io.sallyport.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import io.sallyport.http.HostileRequests.HostileRequest;
import io.sallyport.http.HostileRequests.Place;
import io.sallyport.rig.Eventually;
import io.sallyport.rig.HttpApplication;
import io.sallyport.rig.HttpPeer;
import io.sallyport.rig.Pki;
import io.sallyport.rig.RecordedLog;
import io.sallyport.rig.RunningProxy;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every hostile request, sent over TLS by a peer that may be here: it gets the status that it
 * should, and the application, which writes down all that comes, has seen nothing of it.
 */
final class HostileHttpIT {

  private static Pki pki;
  private static RecordedLog log;
  private static HttpApplication application;

  /** What the application has taken for whole, by its request line. */
  private static final Queue<String> WHOLE = new ConcurrentLinkedQueue<>();

  private static RunningProxy proxy;

  @BeforeAll
  static void start(@TempDir Path folder) throws IOException {
    log = RecordedLog.start();
    pki = new Pki(folder);
    application =
        HttpApplication.answering(
            (request, out) -> {
              request.body().readAllBytes();
              WHOLE.add(request.line());
              HttpApplication.write(out, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
            });
    proxy =
        RunningProxy.with(
            pki,
            """
            inbound.web {
              listen = "127.0.0.1:0", forward = "%s", protocol = http
              allow = [ { uri = "spiffe://test/client" } ], http.app-connections = 0
            }
            """
                .formatted(application.address()));
  }

  @AfterAll
  static void stop() throws IOException {
    proxy.close();
    application.close();
    assertThat(log.faults()).isEmpty();
    log.close();
  }

  static Stream<HostileRequest> everyHostileRequestIsRefusedAndTheApplicationSeesNothingOfIt() {
    return HostileRequests.all();
  }

  @ParameterizedTest
  @MethodSource
  void everyHostileRequestIsRefusedAndTheApplicationSeesNothingOfIt(HostileRequest request)
      throws Exception {
    try (HttpPeer peer = HttpPeer.over(pki.connect(pki.client(), proxy.port("web"), "TLSv1.3"))) {
      peer.send(request.bytes());
      if (request.place() == Place.NEXT) {
        assertThat(peer.read().status()).isEqualTo(200);
        application.next();
        assertThat(WHOLE.remove()).contains(" /first ");
      }
      assertThat(peer.read().status()).isEqualTo(request.fault().status());
      assertThat(peer.rest()).isEmpty();

      if (request.place() != Place.BODY) {
        assertThat(application.others()).isEmpty();
      } // else its head was in order, and may have gone on before the rest was read
      assertThat(WHOLE).isEmpty();
    }
  }

  static Stream<HostileRequest> aHostileBodyHasNoEndForAnApplicationThatHasSeenItsHead() {
    return HostileRequests.all().filter(request -> request.place() == Place.BODY);
  }

  @ParameterizedTest
  @MethodSource
  void aHostileBodyHasNoEndForAnApplicationThatHasSeenItsHead(HostileRequest request)
      throws Exception {
    String all = new String(request.bytes(), ISO_8859_1);
    int body = all.indexOf("\r\n\r\n") + 4;
    try (HttpPeer peer = HttpPeer.over(pki.connect(pki.client(), proxy.port("web"), "TLSv1.3"))) {
      peer.send(all.substring(0, body));
      assertThat(application.next().line()).isEqualTo("POST /in HTTP/1.1");
      peer.send(all.substring(body));

      assertThat(peer.read().status()).isEqualTo(request.fault().status());
      assertThat(peer.rest()).isEmpty();
      Eventually.holds("the application has been left", () -> application.open() == 0);
      assertThat(WHOLE).isEmpty();
    }
  }
}
