package io.sallyport.cli;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.file.StandardCopyOption.ATOMIC_MOVE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.sallyport.testcerts.TestCa;
import io.sallyport.testcerts.TestIdentity;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A process that is reloaded again and again while clients come and go. */
final class ReloadSoakIT {

  private static final int RELOADS = 500;
  private static final int WARM_UP = 50;
  private static final int CLIENTS = 4;

  private static final long MOST_GROWTH_KIB = 10 * 1024;
  private static final long LONGEST_NANOS = TimeUnit.SECONDS.toNanos(30);

  private final Site site;
  private final TestCa other = TestCa.create();
  private final String emptyList;
  private final String list;
  private final HttpClient http = HttpClient.newHttpClient();
  private final AtomicBoolean over = new AtomicBoolean();
  private final AtomicInteger served = new AtomicInteger();

  ReloadSoakIT(@TempDir Path folder) throws IOException {
    site = new Site(folder);
    emptyList = site.ca().crlPem(spec -> {});
    X509Certificate revoked = site.ca().issue(leaf -> leaf.uri("spiffe://test/client")).leaf();
    list = site.ca().crlPem(spec -> spec.revoke(revoked));
  }

  private void request(int port) throws IOException {
    try (SSLSocket socket = site.connect(port)) {
      socket.getOutputStream().write("GET / HTTP/1.0\r\n\r\n".getBytes(US_ASCII));
      assertThat(new String(socket.getInputStream().readAllBytes(), US_ASCII)).endsWith("hello");
      served.incrementAndGet();
    }
  }

  private static void ask(SSLSocket kept) throws IOException {
    kept.getOutputStream().write("GET / HTTP/1.1\r\nHost: a\r\n\r\n".getBytes(US_ASCII));
    StringBuilder answer = new StringBuilder();
    InputStream in = kept.getInputStream();
    while (!answer.toString().endsWith("hello")) {
      int next = in.read();
      assertThat(next).as("after %s", answer).isNotNegative();
      answer.append((char) next);
    }
  }

  /** Certificate, key and rules each time; trust, lists and listeners come and go. */
  private void renew(Path config, String text, int round) throws IOException {
    TestIdentity next =
        site.ca().issue(leaf -> leaf.dns("localhost").ip("127.0.0.1").uri("spiffe://test/server"));
    replace("server.crt", next.certificatePem());
    replace("server.key", next.keyPem());
    replace("ca.crt", site.ca().certificatePem() + (round % 2 == 0 ? "" : other.certificatePem()));
    replace("ca.crl", round % 2 == 0 ? emptyList : list);
    String more =
        (round % 3 == 0 ? "" : "sallyport.identities.server.revocation.crl = ca.crl\n")
            + (round % 5 == 0 ? "sallyport.inbound.more = ${sallyport.inbound.web}\n" : "");
    Files.writeString(
        config,
        text.replace("allow = [", "allow = [ { uri = \"spiffe://test/" + round + "\" }") + more);
  }

  private void replace(String file, String pem) throws IOException {
    Path staged = Files.writeString(site.folder().resolve(file + ".next"), pem);
    Files.move(staged, site.folder().resolve(file), ATOMIC_MOVE);
  }

  private static long growthKib(long pid, long before) throws IOException {
    return residentKib(pid) - before;
  }

  private static long residentKib(long pid) throws IOException {
    Path status = Path.of("/proc", Long.toString(pid), "status");
    assumeThat(status).as("this system tells the resident size in /proc").exists();
    return Files.readAllLines(status).stream()
        .filter(line -> line.startsWith("VmRSS:"))
        .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void losesNoConnectionAndDoesNotGrow() throws Exception {
    Path config = Path.of(site.config("delay = 0s"));
    String text = Files.readString(config);
    ExecutorService clients = Executors.newFixedThreadPool(CLIENTS);
    try (Command command = Command.start(Command.sallyport("run", "-c", config.toString()));
        SSLSocket kept = site.connect(command.port("web"))) {
      int port = command.port("web");
      URI reload = URI.create("http://127.0.0.1:" + command.port("admin") + "/reload");
      ask(kept);
      List<Future<?>> load = new ArrayList<>();
      for (int i = 0; i < CLIENTS; i++) {
        load.add(
            clients.submit(
                () -> {
                  while (!over.get()) {
                    request(port);
                  }
                  return null;
                }));
      }
      long before = 0;
      for (int round = 0; round < RELOADS; round++) {
        if (round == WARM_UP) {
          before = residentKib(command.pid());
        }
        renew(config, text, round);
        HttpResponse<String> answer =
            http.send(
                HttpRequest.newBuilder(reload).POST(HttpRequest.BodyPublishers.noBody()).build(),
                HttpResponse.BodyHandlers.ofString());
        assertThat(answer.body())
            .matches("reloaded: listeners changed [12], connections closed 0\n");
        ask(kept);
      }
      long growth = growthKib(command.pid(), before);
      // What the compiler takes for a while is given back every few seconds.
      for (long start = System.nanoTime();
          growth >= MOST_GROWTH_KIB && System.nanoTime() - start < LONGEST_NANOS;
          growth = growthKib(command.pid(), before)) {
        ask(kept);
      }
      over.set(true);
      for (Future<?> each : load) {
        each.get(60, TimeUnit.SECONDS);
      }

      assertThat(served).hasValueGreaterThan(RELOADS);
      assertThat(growth).as("from %s KiB", before).isLessThan(MOST_GROWTH_KIB);
    } finally {
      over.set(true);
      clients.shutdownNow();
      site.close();
    }
  }
}
