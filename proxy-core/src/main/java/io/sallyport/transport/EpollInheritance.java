package io.sallyport.transport;

import io.netty.channel.ChannelException;
import io.netty.channel.epoll.EpollServerDomainSocketChannel;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.channel.unix.Socket;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** Makes sure that a file descriptor is what a listener can accept at, and makes it one. */
final class EpollInheritance {

  // socket(7), the same numbers wherever Netty has epoll.
  private static final int SOL_SOCKET = 1;
  private static final int SO_TYPE = 3;
  private static final int SO_ACCEPTCONN = 30;
  private static final int SO_DOMAIN = 39;
  private static final int SOCK_STREAM = 1;
  private static final int AF_UNIX = 1;
  private static final int AF_INET = 2;
  private static final int AF_INET6 = 10;

  /** open(2), as /proc writes it. */
  private static final int O_NONBLOCK = 04000;

  private static final String FLAGS = "flags:";

  private EpollInheritance() {}

  /**
   * @throws CannotListen when it is no socket, or none that listens for streams
   */
  static InheritedListener of(int descriptor) throws CannotListen {
    int domain;
    boolean listens;
    Socket socket;
    try {
      socket = new Socket(descriptor);
      domain = socket.getIntOpt(SOL_SOCKET, SO_DOMAIN);
      listens =
          socket.getIntOpt(SOL_SOCKET, SO_TYPE) == SOCK_STREAM
              && socket.getIntOpt(SOL_SOCKET, SO_ACCEPTCONN) != 0;
    } catch (IOException | ChannelException e) {
      throw new CannotListen(
          "file descriptor " + descriptor + " is no socket", "pass it by ListenStream=");
    }
    boolean known = domain == AF_UNIX || domain == AF_INET || domain == AF_INET6;
    if (!known || !listens) {
      throw new CannotListen(
          "it is no socket that listens for TCP or Unix streams",
          "write ListenStream= and Accept=no in the .socket unit");
    }
    checkDoesNotBlock(descriptor);
    return domain == AF_UNIX
        ? new InheritedListener(
            () -> new EpollServerDomainSocketChannel(descriptor, true), readable(socket))
        : new InheritedListener(
            () -> new EpollServerSocketChannel(descriptor), socket.localAddress());
  }

  /** Accepting at one that blocks would stop an event loop; Netty cannot change it. */
  private static void checkDoesNotBlock(int descriptor) throws CannotListen {
    int flags;
    try (Stream<String> lines = Files.lines(Path.of("/proc/self/fdinfo/" + descriptor))) {
      flags =
          lines
              .filter(line -> line.startsWith(FLAGS))
              .mapToInt(line -> Integer.parseInt(line.substring(FLAGS.length()).strip(), 8))
              .findFirst()
              .orElse(0);
    } catch (IOException e) {
      throw new CannotListen(
          "/proc does not tell whether it blocks: " + e.getMessage(), "mount /proc");
    }
    if ((flags & O_NONBLOCK) == 0) {
      throw new CannotListen("it blocks", "write NonBlocking=true in the .service unit");
    }
  }

  /** The kernel's mark of an abstract one is a byte 0. */
  private static DomainSocketAddress readable(Socket socket) {
    return new DomainSocketAddress(socket.localDomainSocketAddress().path().replace('\0', '@'));
  }
}
