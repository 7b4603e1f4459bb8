package io.sallyport;

import static org.assertj.core.api.Assertions.assertThat;

import io.sallyport.rig.Application;
import io.sallyport.rig.Payload;
import io.sallyport.rig.Pki;
import io.sallyport.rig.RunningProxy;
import io.sallyport.rig.Stream;
import io.sallyport.rig.Transports;
import io.sallyport.rig.UnixApplication;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** 64 MiB each way at once, whole and in order, over every kind of socket. */
final class BulkTrafficIT {

  private static final long BYTES = 64L * Payload.MIB;

  private final Path folder;
  private final Pki pki;
  private final Payload question = new Payload(1, BYTES);
  private final Payload answer = new Payload(2, BYTES);

  /** The hash of what arrived at the far end. */
  private final LinkedBlockingQueue<String> arrived = new LinkedBlockingQueue<>();

  BulkTrafficIT(@TempDir Path folder) throws IOException {
    this.folder = folder;
    pki = new Pki(folder);
  }

  /** Sends and receives at once, and finishes when it has done both. */
  private void farEnd(Stream stream) throws IOException {
    CompletableFuture<Void> sending = answer.sending(stream.out());
    arrived.add(Payload.hashOf(stream.in(), BYTES));
    sending.join();
    stream.finish();
  }

  private void bothWaysAtOnce(Stream nearEnd) throws Exception {
    CompletableFuture<Void> sending = question.sending(nearEnd.out());
    assertThat(Payload.hashOf(nearEnd.in(), BYTES)).isEqualTo(answer.hash());
    assertThat(nearEnd.in().read()).isEqualTo(-1);
    sending.join();
    assertThat(arrived.poll(20, TimeUnit.SECONDS)).isEqualTo(question.hash());
  }

  @ParameterizedTest
  @CsvSource({
    "epoll, TLSv1.2", "epoll, TLSv1.3",
    "nio, TLSv1.2", "nio, TLSv1.3",
    "io_uring, TLSv1.2", "io_uring, TLSv1.3",
  })
  void carriesInboundTraffic(String transport, String protocol) throws Exception {
    Transports.assumeAvailable(transport);
    try (Application application = Application.serving(socket -> farEnd(Stream.of(socket)));
        RunningProxy proxy =
            RunningProxy.with(
                pki,
                """
                transport = %s
                inbound.web {
                  listen = "127.0.0.1:0", forward = "%s", allow = [ { uri = "spiffe://test/*" } ]
                }
                """
                    .formatted(transport, application.address()));
        Stream peer = Stream.of(pki.connect(pki.client(), proxy.port("web"), protocol))) {
      bothWaysAtOnce(peer);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "epoll, TLSv1.2", "epoll, TLSv1.3",
    "nio, TLSv1.2", "nio, TLSv1.3",
    "io_uring, TLSv1.2", "io_uring, TLSv1.3",
  })
  void carriesOutboundTraffic(String transport, String protocol) throws Exception {
    Transports.assumeAvailable(transport);
    try (Application peer =
            Application.servingTls(
                pki.context(pki.server()), protocol, socket -> farEnd(Stream.of(socket)));
        RunningProxy proxy =
            RunningProxy.with(
                pki,
                """
                transport = %s
                outbound.ledger {
                  listen = "127.0.0.1:0", connect = "%s", identity = client
                }
                """
                    .formatted(transport, peer.address()));
        Stream application = Stream.of(proxy.connect("ledger"))) {
      bothWaysAtOnce(application);
    }
  }

  /** application - outbound - inbound - application, both gates ours, with and without JSSE. */
  @ParameterizedTest
  @CsvSource({
    "epoll, application", "nio, application", "io_uring, application",
    "epoll, full", "nio, full", "io_uring, full",
  })
  void carriesTrafficFromSidecarToSidecar(String transport, String halfClose) throws Exception {
    Transports.assumeAvailable(transport);
    try (Application application = Application.serving(socket -> farEnd(Stream.of(socket)));
        RunningProxy far =
            RunningProxy.with(
                pki,
                """
                transport = %s
                inbound.web {
                  listen = "127.0.0.1:0", forward = "%s", allow = [ { uri = "spiffe://test/*" } ]
                  half-close = %s, tls-min = "1.3"
                }
                """
                    .formatted(transport, application.address(), halfClose));
        RunningProxy near =
            RunningProxy.with(
                pki,
                """
                transport = %s
                outbound.ledger {
                  listen = "127.0.0.1:0", connect = "localhost:%d", identity = client
                  half-close = %s, tls-min = "1.3"
                }
                """
                    .formatted(transport, far.port("web"), halfClose));
        Stream stream = Stream.of(near.connect("ledger"))) {
      bothWaysAtOnce(stream);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"epoll", "nio", "io_uring"})
  void carriesTrafficThroughUnixSocketsAllTheWay(String transport) throws Exception {
    Transports.assumeAvailable(transport);
    try (UnixApplication application =
            UnixApplication.serving(folder.resolve("app.sock"), this::farEnd);
        RunningProxy proxy =
            RunningProxy.with(
                pki,
                """
                transport = %s
                inbound.web {
                  listen = "unix:FOLDER/peers.sock", forward = "%s"
                  allow = [ { uri = "spiffe://test/*" } ]
                }
                outbound.ledger {
                  listen = "unix:FOLDER/ledger.sock", connect = "unix:FOLDER/peers.sock"
                  server-name = localhost, identity = client
                }
                """
                    .formatted(transport, application.address()));
        Stream stream = Stream.unix(folder.resolve("ledger.sock"))) {
      assertThat(proxy.get("/readyz").statusCode()).isEqualTo(200);
      bothWaysAtOnce(stream);
    }
    assertThat(folder.resolve("ledger.sock")).doesNotExist();
  }
}
