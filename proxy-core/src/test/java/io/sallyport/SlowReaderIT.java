package io.sallyport;

import static io.sallyport.rig.Buffers.KERNEL_HOLDS;
import static io.sallyport.rig.Buffers.WE_HOLD;
import static io.sallyport.rig.Buffers.held;
import static org.assertj.core.api.Assertions.assertThat;

import io.sallyport.rig.Application;
import io.sallyport.rig.Payload;
import io.sallyport.rig.Pki;
import io.sallyport.rig.RunningProxy;
import io.sallyport.rig.Transports;
import io.sallyport.rig.Way;
import java.io.IOException;
import java.net.Socket;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Whoever does not read stops whoever sends. How much the sender could push is what the kernel's
 * buffers on the way hold; what we hold ourselves is a few reads. How a transport reads is the same
 * in both directions, so outbound is asked once.
 */
final class SlowReaderIT {

  private static final long BYTES = 64L * Payload.MIB;

  /** A read, a watermark and TLS's copy of both, with the chunks shared. */
  private static final long WE_HOLD_FOR_ONE_OF_MANY = Payload.MIB * 5L / 4;

  private final Pki pki;
  private final Payload payload = new Payload(5, BYTES);
  private final CountDownLatch read = new CountDownLatch(1);
  private final LinkedBlockingQueue<String> arrived = new LinkedBlockingQueue<>();

  SlowReaderIT(@TempDir Path folder) throws IOException {
    pki = new Pki(folder);
  }

  private RunningProxy proxy(Way way, String transport, Application server, String more) {
    Transports.assumeAvailable(transport);
    return way.proxy(pki, server, "transport = " + transport, more);
  }

  @ParameterizedTest
  @CsvSource({"INBOUND, epoll", "INBOUND, nio", "INBOUND, io_uring", "OUTBOUND, auto"})
  void aServerThatDoesNotReadStopsTheClient(Way way, String transport) throws Exception {
    try (Application server =
            way.server(
                pki,
                socket -> {
                  read.await();
                  arrived.add(Payload.hashOf(socket.getInputStream(), BYTES));
                });
        RunningProxy proxy = proxy(way, transport, server, "");
        Socket client = way.client(pki, proxy)) {
      long before = held();
      CompletableFuture<Void> sending = payload.sending(client.getOutputStream());
      payload.awaitStandstill();
      assertThat(payload.sent()).isLessThan(KERNEL_HOLDS);
      assertThat(held() - before).isLessThan(WE_HOLD);

      read.countDown();
      sending.join();
      assertThat(arrived.poll(20, TimeUnit.SECONDS)).isEqualTo(payload.hash());
    }
  }

  @ParameterizedTest
  @CsvSource({"INBOUND, epoll", "INBOUND, nio", "INBOUND, io_uring", "OUTBOUND, auto"})
  void aClientThatDoesNotReadStopsTheServer(Way way, String transport) throws Exception {
    try (Application server = way.server(pki, socket -> payload.write(socket.getOutputStream()));
        RunningProxy proxy = proxy(way, transport, server, "");
        Socket client = way.client(pki, proxy)) {
      long before = held();
      if (client instanceof SSLSocket tls) {
        tls.startHandshake();
      }
      payload.awaitStandstill();
      assertThat(payload.sent()).isLessThan(KERNEL_HOLDS);
      assertThat(held() - before).isLessThan(WE_HOLD);

      assertThat(Payload.hashOf(client.getInputStream(), BYTES)).isEqualTo(payload.hash());
      assertThat(client.getInputStream().read()).isEqualTo(-1);
    }
  }

  /** What the kernel has taken from a sender who then finishes must stay there, and not come in. */
  @ParameterizedTest
  @CsvSource({"INBOUND, epoll", "INBOUND, nio", "INBOUND, io_uring", "OUTBOUND, auto"})
  void aSenderWhoFinishesDoesNotFillOurMemory(Way way, String transport) throws Exception {
    long bytes = 4L * Payload.MIB;
    int senders = 32;
    try (Application server =
            way.server(
                pki,
                socket -> {
                  read.await();
                  arrived.add(Payload.hashOf(socket.getInputStream(), bytes));
                });
        RunningProxy proxy =
            proxy(way, transport, server, "half-close = full, tls-min = \"1.3\"")) {
      Socket[] clients = new Socket[senders];
      long before = held();
      Payload last = new Payload(6, bytes);
      for (int i = 0; i < senders; i++) {
        Socket client = way.client(pki, proxy);
        clients[i] = client;
        last = new Payload(6, bytes);
        Payload sending = last;
        CompletableFuture.runAsync(
            () -> {
              try {
                sending.write(client.getOutputStream());
                client.shutdownOutput();
              } catch (IOException e) {
                throw new IllegalStateException(e);
              }
            },
            task -> new Thread(task, "sender").start());
      }
      last.awaitStandstill();
      assertThat(held() - before).isLessThan(senders * WE_HOLD_FOR_ONE_OF_MANY);

      read.countDown();
      for (int i = 0; i < senders; i++) {
        assertThat(arrived.poll(20, TimeUnit.SECONDS)).isEqualTo(last.hash());
      }
      for (Socket client : clients) {
        client.close();
      }
    }
  }
}
