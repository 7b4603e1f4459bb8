package io.sallyport.rig;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** nginx in the foreground, with nothing of it outside one folder. */
public final class Nginx implements AutoCloseable {

  private final Program program;
  private final int port;
  private final int otherPort;

  private Nginx(Program program, int port, int otherPort) {
    this.program = program;
    this.port = port;
    this.otherPort = otherPort;
  }

  /**
   * Returns when its sockets are bound.
   *
   * @param servers what stands in {@code http { … }}; FOLDER stands for the folder, PORT and OTHER
   *     for ports
   */
  public static Nginx in(Path folder, String servers) throws IOException {
    String nginx = Program.installed("nginx");
    int port = freePort();
    int otherPort = freePort();
    String config =
        """
        daemon off;
        master_process off;
        pid FOLDER/nginx.pid;
        error_log stderr notice;
        events {}
        http {
          access_log off;
          client_body_temp_path FOLDER/nginx;
          proxy_temp_path FOLDER/nginx;
          fastcgi_temp_path FOLDER/nginx;
          uwsgi_temp_path FOLDER/nginx;
          scgi_temp_path FOLDER/nginx;
        %s
        }
        """
            .formatted(servers)
            .replace("FOLDER", folder.toString())
            .replace("PORT", String.valueOf(port))
            .replace("OTHER", String.valueOf(otherPort));
    Path file = Files.writeString(folder.resolve("nginx.conf"), config);
    Program program = Program.start(List.of(nginx, "-p", folder.toString(), "-c", file.toString()));
    try {
      // Written when the sockets are bound, before the first event.
      program.awaitLine(line -> line.contains(" OS: "));
      return new Nginx(program, port, otherPort);
    } catch (IllegalStateException e) {
      program.close();
      throw e;
    }
  }

  public int port() {
    return port;
  }

  public int otherPort() {
    return otherPort;
  }

  /** Nobody listens there, or did not a moment ago; nginx cannot choose one itself. */
  public static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  @Override
  public void close() {
    program.close();
  }
}
