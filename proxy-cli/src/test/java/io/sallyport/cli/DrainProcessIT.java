package io.sallyport.cli;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.sallyport.cli.Command.Ended;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A rolling update as clients see it: the real process is told to stop while they go on. */
final class DrainProcessIT {

  private static final int CLIENTS = 200;
  private static final long DELAY_MILLIS = 300;
  private static final byte[] REQUEST =
      "GET /page HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".getBytes(US_ASCII);

  private final Site site;
  private final AtomicInteger answered = new AtomicInteger();
  private final Queue<Exception> cut = new ConcurrentLinkedQueue<>();
  private final CountDownLatch busy = new CountDownLatch(CLIENTS);

  /** As System.nanoTime tells it; null until the process is told to stop. */
  private volatile @Nullable Long signalledAt;

  DrainProcessIT(@TempDir Path folder) throws IOException {
    site = new Site(folder);
  }

  @AfterEach
  void close() {
    site.close();
  }

  /** Every exchange is answered whole, or after the delay is refused before it began. */
  @Test
  void aSignalCutsNoExchangeOfTwoHundredChurningClients() throws Exception {
    String config = site.config("delay = " + DELAY_MILLIS + "ms, deadline = 50s");
    try (Command command = Command.start("run", "-c", config)) {
      int port = command.port("web");
      List<Thread> clients = new ArrayList<>();
      for (int i = 0; i < CLIENTS; i++) {
        Thread client = new Thread(() -> churn(port), "client");
        client.setDaemon(true);
        client.start();
        clients.add(client);
      }
      assertThat(busy.await(120, TimeUnit.SECONDS)).as("%s", cut).isTrue();
      int before = answered.get();

      signalledAt = System.nanoTime();
      command.signal("TERM");
      Ended ended = command.ended();
      for (Thread client : clients) {
        client.join(TimeUnit.SECONDS.toMillis(120));
      }

      assertThat(cut).isEmpty();
      assertThat(clients).noneMatch(Thread::isAlive);
      assertThat(answered).hasValueGreaterThan(before);
      assertThat(ended.exitCode()).isZero();
      assertThat(ended.err().lines().toList())
          .last()
          .asString()
          .contains("\"msg\":\"stopped\",\"connections\":\"ended\"");
    }
  }

  /** One connection an exchange, until one is refused. */
  private void churn(int port) {
    boolean first = true;
    while (true) {
      SSLSocket socket;
      try {
        socket = site.connect(port);
        socket.startHandshake();
      } catch (IOException e) {
        if (!mayRefuse()) {
          cut.add(e);
        }
        return;
      }
      try (socket) {
        exchange(socket);
        answered.incrementAndGet();
      } catch (IOException e) {
        cut.add(e);
      }
      if (first) {
        busy.countDown();
        first = false;
      }
    }
  }

  private boolean mayRefuse() {
    Long since = signalledAt;
    return since != null
        && System.nanoTime() - since >= TimeUnit.MILLISECONDS.toNanos(DELAY_MILLIS);
  }

  private static void exchange(SSLSocket socket) throws IOException {
    socket.getOutputStream().write(REQUEST);
    String answer = new String(socket.getInputStream().readAllBytes(), ISO_8859_1);
    int body = answer.length() - answer.indexOf("\r\n\r\n") - 4;
    if (!answer.startsWith("HTTP/1.1 200 ") || body != Site.PAGE_BYTES) {
      throw new IOException("not whole: " + answer.lines().findFirst() + ", " + body + " bytes");
    }
  }
}
