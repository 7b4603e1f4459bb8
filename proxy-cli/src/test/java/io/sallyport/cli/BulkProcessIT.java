package io.sallyport.cli;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.file.StandardOpenOption.APPEND;
import static org.assertj.core.api.Assertions.assertThat;

import io.sallyport.cli.Command.Ended;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Much each way at once, through the process as users start it and by a client of theirs. */
final class BulkProcessIT {

  private static final int BYTES = 64 << 20;
  private static final int BLOCK = 64 << 10;

  private final Site site;
  private final Path question;
  private final Path answer;

  BulkProcessIT(@TempDir Path folder) throws IOException {
    site = new Site(folder);
    question = random("question", 1);
    answer = random("answer", 2);
  }

  @AfterEach
  void close() {
    site.close();
  }

  /** Every block differs from the others in its first bytes. */
  private Path random(String name, long seed) throws IOException {
    byte[] block = new byte[BLOCK];
    new SplittableRandom(seed).nextBytes(block);
    Path file = site.folder().resolve(name);
    try (OutputStream out = Files.newOutputStream(file)) {
      for (int written = 0; written < BYTES; written += BLOCK) {
        ByteBuffer.wrap(block).putInt(written);
        out.write(block);
      }
    }
    return file;
  }

  /** Over mutual TLS, and in plaintext from one listener of the process to another. */
  @ParameterizedTest
  @ValueSource(strings = {"https://localhost:web", "http://127.0.0.1:away"})
  void sixtyFourMebibytesArriveEachWayAtOnce(String url) throws Exception {
    try (ServerSocket application = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        Command command = Command.start("run", "-c", config(application.getLocalPort()))) {
      CompletableFuture<String> asked = serving(application);
      String listener = url.substring(url.lastIndexOf(':') + 1);
      Path received = site.folder().resolve("received");

      Ended curl =
          Command.runOther(
              "curl",
              "-sS",
              "--max-time",
              "60",
              "--cacert",
              site.file("ca.crt"),
              "--cert",
              site.file("client.crt"),
              "--key",
              site.file("client.key"),
              "-H",
              "Expect:",
              "-T",
              question.toString(),
              "-o",
              received.toString(),
              url.replace(listener, command.port(listener) + "/"));

      assertThat(curl.exitCode()).as(curl.err() + command.err()).isZero();
      assertThat(hashOf(received)).isEqualTo(hashOf(answer));
      assertThat(asked.get(20, TimeUnit.SECONDS)).isEqualTo(hashOf(question));
    }
  }

  private String config(int application) throws IOException {
    String config = site.config("delay = 0s");
    Files.writeString(
        Path.of(config),
        """
        sallyport {
          identities.client { certificate = "client.crt", key = "client.key", trust = "ca.crt" }
          inbound.web.forward = "127.0.0.1:%d"
          inbound.within = ${sallyport.inbound.web}
          inbound.within.listen = "unix:%s"
          outbound.away {
            listen = "127.0.0.1:0", connect = "unix:%2$s"
            server-name = localhost, identity = client
          }
        }
        """
            .formatted(application, site.file("within.sock")),
        APPEND);
    return config;
  }

  /**
   * One request, whose body is read while the answer is being written; the hash of that body. The
   * answer's last block waits for it, since curl ends its own when it has the whole answer.
   */
  private CompletableFuture<String> serving(ServerSocket application) {
    return running(
        () -> {
          try (Socket socket = application.accept()) {
            InputStream in = socket.getInputStream();
            OutputStream out = socket.getOutputStream();
            readHead(in);
            CompletableFuture<byte[]> answering = running(() -> answerAllButTheLastBlock(out));
            String hash = hashOf(in);
            out.write(answering.join());
            return hash;
          }
        });
  }

  private byte[] answerAllButTheLastBlock(OutputStream out) throws IOException {
    out.write(
        "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %d\r\n\r\n"
            .formatted(BYTES)
            .getBytes(US_ASCII));
    try (InputStream file = Files.newInputStream(answer)) {
      for (int left = BYTES; left > BLOCK; left -= BLOCK) {
        out.write(file.readNBytes(BLOCK));
      }
      return file.readNBytes(BLOCK);
    }
  }

  private static void readHead(InputStream in) throws IOException {
    StringBuilder head = new StringBuilder();
    while (head.indexOf("\r\n\r\n") < 0) {
      int next = in.read();
      if (next < 0) {
        throw new EOFException(head.toString());
      }
      head.append((char) next);
    }
  }

  private static String hashOf(Path file) throws IOException {
    assertThat(file).hasSize(BYTES);
    try (InputStream in = Files.newInputStream(file)) {
      return hashOf(in);
    }
  }

  private static String hashOf(InputStream in) throws IOException {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      for (int left = BYTES; left > 0; left -= BLOCK) {
        byte[] block = in.readNBytes(BLOCK);
        if (block.length < BLOCK) {
          throw new EOFException(left - block.length + " bytes are missing");
        }
        digest.update(block);
      }
      return HexFormat.of().formatHex(digest.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  @FunctionalInterface
  private interface Task<T> {
    T run() throws IOException;
  }

  private static <T> CompletableFuture<T> running(Task<T> task) {
    return CompletableFuture.supplyAsync(
        () -> {
          try {
            return task.run();
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        },
        run -> {
          Thread thread = new Thread(run, "application");
          thread.setDaemon(true);
          thread.start();
        });
  }
}
