package io.sallyport.rig;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** A listener whose queue is full: a connection to it is neither taken nor refused (on Linux). */
public final class FullBacklog implements AutoCloseable {

  private static final int MORE_THAN_FIT = 4;
  private static final String SYN_SENT = "02";

  private final ServerSocket server;
  private final List<SocketChannel> fill = new ArrayList<>();

  public FullBacklog() throws IOException {
    server = new ServerSocket();
    server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 1);
    for (int i = 0; i < MORE_THAN_FIT; i++) {
      SocketChannel channel = SocketChannel.open();
      channel.configureBlocking(false);
      channel.connect(server.getLocalSocketAddress());
      fill.add(channel);
    }
  }

  public int port() {
    return server.getLocalPort();
  }

  public String address() {
    return "127.0.0.1:" + port();
  }

  /** How many others wait to be taken just now. */
  public long dialling() {
    try {
      long all = synSent("/proc/net/tcp") + synSent("/proc/net/tcp6");
      long ours = 0;
      for (SocketChannel channel : fill) {
        if (!channel.finishConnect()) {
          ours++;
        }
      }
      return all - ours;
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private long synSent(String table) throws IOException {
    String port = ":%04X".formatted(server.getLocalPort());
    try (Stream<String> lines = Files.lines(Path.of(table))) {
      return lines
          .map(line -> line.strip().split(" +"))
          .filter(fields -> fields[2].endsWith(port) && fields[3].equals(SYN_SENT))
          .count();
    }
  }

  @Override
  public void close() throws IOException {
    for (SocketChannel channel : fill) {
      channel.close();
    }
    server.close();
  }
}
