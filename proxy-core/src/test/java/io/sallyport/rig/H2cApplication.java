package io.sallyport.rig;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import javax.net.ssl.SSLContext;

/**
 * A plain application that speaks HTTP/2 by prior knowledge, writes down every request as it came,
 * and answers by a script, frame by frame, whether HTTP/2 lets it or not. Each request has a
 * thread.
 */
public final class H2cApplication implements AutoCloseable {

  /** Answers one request; what it throws closes the connection. */
  @FunctionalInterface
  public interface Script {
    void answer(H2cStream request) throws IOException, InterruptedException;
  }

  private final Application application;
  private final BlockingQueue<H2cStream> requests = new LinkedBlockingQueue<>();
  private final List<H2cConnection> connections = new ArrayList<>();

  private H2cApplication(
      byte[] settings, Script script, Function<Application.Script, Application> serving) {
    this.application =
        serving.apply(
            socket -> {
              H2cConnection connection =
                  new H2cConnection(
                      socket,
                      request -> {
                        requests.add(request);
                        script.answer(request);
                      });
              synchronized (connections) {
                connections.add(connection);
              }
              connection.serve(settings);
            });
  }

  public static H2cApplication answering(Script script) {
    return new H2cApplication(new byte[0], script, Application::serving);
  }

  /**
   * @param idsAndValues what it says at first
   */
  public static H2cApplication withSettings(Script script, int... idsAndValues) {
    return new H2cApplication(H2cConnection.settings(idsAndValues), script, Application::serving);
  }

  /** The same behind TLS: a peer that an outbound listener may go to. */
  public static H2cApplication overTls(SSLContext context, Script script, int... idsAndValues) {
    return new H2cApplication(
        H2cConnection.settings(idsAndValues),
        script,
        serve -> Application.servingTlsWithAlpn(context, "h2", serve));
  }

  /** Answers everything with 200 and {@code hello}. */
  public static H2cApplication start() {
    return answering(H2cApplication::hello);
  }

  public static void hello(H2cStream request) throws IOException {
    request.head(false, ":status", "200", "content-length", "6");
    request.data("hello\n", true);
  }

  /** As it is written in a configuration. */
  public String address() {
    return application.address();
  }

  /** Connections, since the start. */
  public int accepted() {
    return application.accepted();
  }

  /** Connections that have not ended. */
  public int open() {
    return application.open();
  }

  /** All there have been, in their order. */
  public List<H2cConnection> connections() {
    synchronized (connections) {
      return List.copyOf(connections);
    }
  }

  /** How a connection ended, see {@link Application#nextEnding}. */
  public String nextEnding() throws InterruptedException {
    return application.nextEnding();
  }

  /** The next request that has not been asked for yet; waits for it. */
  public H2cStream next() throws InterruptedException {
    H2cStream next = requests.poll(20, TimeUnit.SECONDS);
    if (next == null) {
      throw new IllegalStateException("no request has come");
    }
    return next;
  }

  /** Those that nobody has asked for. */
  public List<H2cStream> others() {
    List<H2cStream> others = new ArrayList<>();
    requests.drainTo(others);
    return others;
  }

  @Override
  public void close() throws IOException {
    application.close();
  }
}
