package io.sallyport.rig;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;

/** A plaintext application on loopback: every connection is given to a script on its own thread. */
public final class Application implements AutoCloseable {

  /** What it does with one connection. */
  @FunctionalInterface
  public interface Script {
    void serve(Socket socket) throws IOException, InterruptedException;
  }

  /** The same behind TLS, with the connection below it, to break off there. */
  @FunctionalInterface
  public interface TlsScript {
    void serve(SSLSocket tls, Socket tcp) throws IOException, InterruptedException;
  }

  private static final long LONGEST_END_MILLIS = 20_000;

  private final ServerSocket server;
  private final Thread accepting;
  private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
  private final BlockingQueue<String> endings = new LinkedBlockingQueue<>();
  private final AtomicInteger accepted = new AtomicInteger();

  private Application(ServerSocket server, Script script) {
    this.server = server;
    accepting = daemon(() -> accept(script));
  }

  public static Application serving(Script script) {
    try {
      return on(new ServerSocket(), script);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  /** The same behind TLS: a peer that an outbound listener may go to. */
  public static Application servingTls(SSLContext context, String protocol, Script script) {
    try {
      SSLServerSocket server =
          (SSLServerSocket) context.getServerSocketFactory().createServerSocket();
      server.setEnabledProtocols(new String[] {protocol});
      server.setWantClientAuth(true);
      return on(server, script);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  /** The same, for TLS 1.3 and one protocol over it. */
  static Application servingTlsWithAlpn(SSLContext context, String alpn, Script script) {
    return servingTls(
        context,
        "TLSv1.3",
        socket -> {
          SSLSocket tls = (SSLSocket) socket;
          SSLParameters parameters = tls.getSSLParameters();
          parameters.setApplicationProtocols(new String[] {alpn});
          tls.setSSLParameters(parameters);
          script.serve(tls);
        });
  }

  /** TLS that the script may break off below it. */
  public static Application servingTls(SSLContext context, TlsScript script) {
    return serving(
        tcp -> {
          SSLSocket tls =
              (SSLSocket) context.getSocketFactory().createSocket(tcp, null, tcp.getPort(), false);
          tls.setUseClientMode(false);
          script.serve(tls, tcp);
        });
  }

  private static Application on(ServerSocket server, Script script) throws IOException {
    server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 500);
    Application application = new Application(server, script);
    application.accepting.start();
    return application;
  }

  /** Sends back what comes until the other side finishes, and then finishes too. */
  public static Application echo() {
    return serving(
        socket -> {
          socket.getInputStream().transferTo(socket.getOutputStream());
          socket.shutdownOutput();
        });
  }

  private void accept(Script script) {
    try {
      while (true) {
        Socket socket = server.accept();
        accepted.incrementAndGet();
        sockets.add(socket);
        daemon(
                () -> {
                  try (socket) {
                    script.serve(socket);
                    endings.add("");
                  } catch (IOException | InterruptedException e) {
                    endings.add(String.valueOf(e.getMessage()));
                  } finally {
                    sockets.remove(socket);
                  }
                })
            .start();
      }
    } catch (IOException e) {
      // closed
    }
  }

  private static Thread daemon(Runnable task) {
    Thread thread = new Thread(task, "application");
    thread.setDaemon(true);
    return thread;
  }

  public int port() {
    return server.getLocalPort();
  }

  /** As it is written in a configuration. */
  public String address() {
    return "127.0.0.1:" + port();
  }

  public int accepted() {
    return accepted.get();
  }

  /** Connections whose script has not ended. */
  public int open() {
    return sockets.size();
  }

  /** How the next connection's script ended: the fault, or nothing. Waits for it. */
  public String nextEnding() throws InterruptedException {
    String ending = endings.poll(20, TimeUnit.SECONDS);
    if (ending == null) {
      throw new IllegalStateException("no connection has ended");
    }
    return ending;
  }

  /** Takes nobody any more when this returns, and has hung up on everybody. */
  @Override
  public void close() throws IOException {
    server.close();
    try {
      accepting.join(LONGEST_END_MILLIS); // closing only interrupts it, and one may still get in
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    for (Socket socket : sockets) {
      socket.close();
    }
  }
}
