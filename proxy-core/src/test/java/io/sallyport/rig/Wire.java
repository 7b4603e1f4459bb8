package io.sallyport.rig;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.function.BooleanSupplier;

/** Stands between a client and a port as a bad wire would: carries bytes, and may spoil some. */
public final class Wire implements AutoCloseable {

  private final ServerSocket server;
  private final int to;
  private volatile boolean spoils;
  private volatile boolean spoilsAnswers;

  private Wire(ServerSocket server, int to) {
    this.server = server;
    this.to = to;
  }

  /** For one connection to a port of this host. */
  public static Wire to(int port) throws IOException {
    Wire wire = new Wire(new ServerSocket(0, 1, InetAddress.getLoopbackAddress()), port);
    daemon(wire::carry);
    return wire;
  }

  public int port() {
    return server.getLocalPort();
  }

  /** From now on the last byte of what the client sends at a time is another. */
  public void spoil() {
    spoils = true;
  }

  /** The same of what comes back. */
  public void spoilAnswers() {
    spoilsAnswers = true;
  }

  private void carry() throws IOException {
    try (Socket client = server.accept();
        Socket target = new Socket(InetAddress.getLoopbackAddress(), to)) {
      daemon(() -> copy(client.getInputStream(), target.getOutputStream(), () -> spoils));
      copy(target.getInputStream(), client.getOutputStream(), () -> spoilsAnswers);
    }
  }

  private static void copy(InputStream from, OutputStream into, BooleanSupplier spoil)
      throws IOException {
    byte[] buffer = new byte[16 * 1024];
    for (int read = from.read(buffer); read >= 0; read = from.read(buffer)) {
      if (spoil.getAsBoolean()) {
        buffer[read - 1] ^= 1;
      }
      into.write(buffer, 0, read);
    }
  }

  private interface Task {
    void run() throws IOException;
  }

  private static void daemon(Task task) {
    Thread thread =
        new Thread(
            () -> {
              try {
                task.run();
              } catch (IOException e) {
                // one of the two has gone, and with it the connection
              }
            },
            "wire");
    thread.setDaemon(true);
    thread.start();
  }

  @Override
  public void close() throws IOException {
    server.close();
  }
}
