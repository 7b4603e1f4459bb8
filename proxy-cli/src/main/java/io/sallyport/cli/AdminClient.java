package io.sallyport.cli;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.sallyport.config.Address;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Asks the admin server of a running proxy, over TCP or a Unix socket.
 *
 * <p>On a bare socket: the JDK's HTTP client knows no Unix sockets, and Netty's codec would take an
 * event loop and a pipeline for one request without a body and one answer that tells its length.
 */
final class AdminClient {

  /** More than the problems of any configuration take. */
  private static final int MOST_BYTES = 1 << 20;

  private static final Pattern ANSWER =
      Pattern.compile(
          "HTTP/1\\.1 (?<status>\\d{3}) [^\r\n]*\r\n"
              + "(?:(?i:content-length: *(?<length>\\d{1,7}))\r\n|[^\r\n]+\r\n){0,64}+"
              + "\r\n(?<body>.*)",
          Pattern.DOTALL);

  private final Address server;
  private final Duration timeout;

  /**
   * @param text safe to print; ends without a line break
   */
  record Answer(int status, String text) {
    List<String> lines() {
      return text.lines().toList();
    }
  }

  AdminClient(Address server, Duration timeout) {
    this.server = server;
    this.timeout = timeout;
  }

  /**
   * Sends a request and waits for its answer.
   *
   * @param target path and query
   */
  Answer post(String target) throws CommandFailed {
    return ask("POST", target);
  }

  /** As {@link #post}, of a page that changes nothing. */
  Answer get(String target) throws CommandFailed {
    return ask("GET", target);
  }

  private Answer ask(String method, String target) throws CommandFailed {
    SocketAddress address = resolve();
    try (SocketChannel channel = open(address)) {
      Executor later = CompletableFuture.delayedExecutor(timeout.toNanos(), TimeUnit.NANOSECONDS);
      CompletableFuture<Void> deadline = CompletableFuture.runAsync(() -> close(channel), later);
      try {
        channel.connect(address);
        send(channel, method, target);
        return parse(receive(channel));
      } finally {
        deadline.cancel(false);
      }
    } catch (ClosedChannelException e) { // before or within a read
      throw failed("has not answered in time", "see its log, or wait longer with --timeout");
    } catch (IOException e) {
      throw failed(Faults.describe(e), "see whether the proxy runs and what its admin.listen says");
    }
  }

  /** That it is not what one asks a proxy's admin server for, or does not do it. */
  CommandFailed refused(Answer answer) {
    return failed(
        "answers " + answer.status() + ", " + answer.text(), "name the admin.listen of a proxy");
  }

  private SocketAddress resolve() throws CommandFailed {
    if (server instanceof Address.Unix unix) {
      return UnixDomainSocketAddress.of(unix.path());
    }
    Address.Tcp tcp = (Address.Tcp) server;
    InetSocketAddress address = new InetSocketAddress(tcp.host(), tcp.port());
    if (address.isUnresolved()) {
      throw failed("no such host", "check the name");
    }
    return address;
  }

  private static SocketChannel open(SocketAddress address) throws IOException {
    return address instanceof UnixDomainSocketAddress
        ? SocketChannel.open(StandardProtocolFamily.UNIX)
        : SocketChannel.open();
  }

  private static void close(SocketChannel channel) {
    try {
      channel.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void send(SocketChannel channel, String method, String target) throws IOException {
    String request =
        method
            + " "
            + target
            + " HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    ByteBuffer bytes = ByteBuffer.wrap(request.getBytes(ISO_8859_1));
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
  }

  private static byte[] receive(SocketChannel channel) throws IOException {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    ByteBuffer some = ByteBuffer.allocate(8 * 1024);
    while (all.size() < MOST_BYTES && channel.read(some) >= 0) {
      all.write(some.array(), 0, some.position());
      some.clear();
    }
    return all.toByteArray();
  }

  private Answer parse(byte[] bytes) throws CommandFailed {
    Matcher answer = ANSWER.matcher(new String(bytes, ISO_8859_1));
    if (!answer.matches() || answer.group("length") == null) {
      throw failed("does not answer as an admin server", "name the admin.listen of a proxy");
    }
    String body = answer.group("body");
    if (body.length() != Integer.parseInt(answer.group("length"))) {
      throw failed("its answer was cut short", "see its log, and ask again");
    }
    // Whoever answers, no more than lines of text shall reach the terminal.
    String text = new String(body.getBytes(ISO_8859_1), UTF_8).replaceAll("[\\p{C}&&[^\n]]", "?");
    return new Answer(Integer.parseInt(answer.group("status")), text.stripTrailing());
  }

  private CommandFailed failed(String fault, String remedy) {
    return CommandFailed.failed(server.toString(), fault, remedy);
  }
}
