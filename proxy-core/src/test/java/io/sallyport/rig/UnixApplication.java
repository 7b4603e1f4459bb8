package io.sallyport.rig;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;

/** An application on a Unix socket: every connection is given to a script on its own thread. */
public final class UnixApplication implements AutoCloseable {

  /** What it does with one connection. */
  @FunctionalInterface
  public interface Script {
    void serve(Stream stream) throws IOException, InterruptedException;
  }

  private final ServerSocketChannel server;
  private final Path path;

  private UnixApplication(ServerSocketChannel server, Path path) {
    this.server = server;
    this.path = path;
  }

  public static UnixApplication serving(Path path, Script script) throws IOException {
    ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    server.bind(UnixDomainSocketAddress.of(path));
    UnixApplication application = new UnixApplication(server, path);
    daemon(() -> application.accept(script));
    return application;
  }

  private void accept(Script script) {
    try {
      while (true) {
        SocketChannel channel = server.accept();
        daemon(
            () -> {
              try (Stream stream = Stream.of(channel)) {
                script.serve(stream);
              } catch (IOException | InterruptedException e) {
                // the other side sees it
              }
            });
      }
    } catch (IOException e) {
      // closed
    }
  }

  /** As it is written in a configuration. */
  public String address() {
    return "unix:" + path;
  }

  private static void daemon(Runnable task) {
    Thread thread = new Thread(task, "application");
    thread.setDaemon(true);
    thread.start();
  }

  @Override
  public void close() throws IOException {
    server.close();
    Files.deleteIfExists(path);
  }
}
