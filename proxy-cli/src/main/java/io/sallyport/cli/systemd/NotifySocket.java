package io.sallyport.cli.systemd;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.channel.epoll.Epoll;
import io.netty.channel.unix.Socket;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * The datagram socket at which systemd listens. Netty's, because Java has no Unix datagrams. Not
 * thread-safe.
 */
final class NotifySocket implements AutoCloseable {

  private static final char ABSTRACT = '@';

  /** unix(7): {@code sun_path} holds 108 bytes, and a path ends in a byte 0. */
  private static final int LONGEST_PATH = 107;

  /** While its queue is full; systemd reads it as fast as it can. */
  private static final int MOST_TRIES = 100;

  private static final long BETWEEN_TRIES_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

  private final Socket socket;
  private final byte[] to;

  private NotifySocket(Socket socket, byte[] to) {
    this.socket = socket;
    this.to = to;
  }

  /**
   * @param address a path, or {@code @} and an abstract name
   * @throws IOException when it is neither, or this system has no such sockets
   */
  static NotifySocket to(String address) throws IOException {
    byte[] to = address.getBytes(UTF_8);
    boolean isAbstract = !address.isEmpty() && address.charAt(0) == ABSTRACT;
    if (!isAbstract && !address.startsWith("/")) {
      throw new IOException("is neither a path nor @ and a name");
    }
    if (to.length < 2 || to.length > LONGEST_PATH) {
      throw new IOException("has " + to.length + " bytes, and 2 to " + LONGEST_PATH + " can be");
    }
    if (isAbstract) {
      to[0] = 0; // as the kernel marks it
    }
    if (!Epoll.isAvailable()) {
      throw new IOException(
          "cannot be reached without epoll: " + Epoll.unavailabilityCause().getMessage());
    }
    return new NotifySocket(Socket.newSocketDomainDgram(), to);
  }

  /**
   * Returns when systemd has it. May wait for some seconds.
   *
   * @throws IOException when it cannot be told
   */
  void send(String message) throws IOException {
    byte[] bytes = message.getBytes(UTF_8);
    ByteBuffer direct = ByteBuffer.allocateDirect(bytes.length).put(bytes);
    for (int i = 0; i < MOST_TRIES; i++) {
      if (socket.sendToDomainSocket(direct, 0, bytes.length, to) > 0) {
        return;
      }
      LockSupport.parkNanos(BETWEEN_TRIES_NANOS);
    }
    throw new IOException("takes nothing: its queue is full");
  }

  @Override
  public void close() {
    try {
      socket.close();
    } catch (IOException e) {
      // The process ends, and takes it along.
    }
  }
}
