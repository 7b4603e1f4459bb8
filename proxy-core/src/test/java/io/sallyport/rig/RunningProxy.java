package io.sallyport.rig;

import io.sallyport.BindFailed;
import io.sallyport.Proxy;
import io.sallyport.Reload;
import io.sallyport.config.InvalidConfig;
import io.sallyport.relay.CloseReason;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;

/** A proxy in this JVM, configured as a user would: by a file. */
public final class RunningProxy implements AutoCloseable {

  private static final HttpClient HTTP = HttpClient.newHttpClient();

  private final Pki pki;
  private final Path file;
  private final Proxy proxy;

  private RunningProxy(Pki pki, Path file, Proxy proxy) {
    this.pki = pki;
    this.file = file;
    this.proxy = proxy;
  }

  /**
   * Starts with the PKI's server as identity {@code default} and the admin server on a free port.
   *
   * @param hocon the inside of {@code sallyport { … }}; FOLDER stands for the PKI's folder
   */
  public static RunningProxy with(Pki pki, String hocon) {
    Path file = write(pki, hocon);
    try {
      return new RunningProxy(pki, file, Proxy.start(() -> Proxy.read(file), "test"));
    } catch (InvalidConfig | BindFailed e) {
      throw new IllegalStateException(e);
    }
  }

  public static Path write(Pki pki, String hocon) {
    try {
      return Files.writeString(
          Files.createTempFile(pki.folder(), "proxy", ".conf"), text(pki, hocon));
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private static String text(Pki pki, String hocon) {
    return """
        sallyport {
          identities.default { certificate = "server.crt", key = "server.key", trust = "ca.crt" }
          identities.client { certificate = "client.crt", key = "client.key", trust = "ca.crt" }
          admin.listen = "127.0.0.1:0"
          drain { delay = 0s, deadline = 30s }
        %s
        }
        """
        .formatted(hocon.replace("FOLDER", pki.folder().toString()));
  }

  /** Writes the configuration anew, as {@link #with} did; nobody is asked to read it. */
  public void rewrite(String hocon) {
    try {
      Files.writeString(file, text(pki, hocon));
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Has everything read again. */
  public Reload reload() {
    return proxy.reload().toCompletableFuture().join();
  }

  public Proxy proxy() {
    return proxy;
  }

  public int port(String listener) {
    return ((InetSocketAddress) java.util.Objects.requireNonNull(proxy.addresses().get(listener)))
        .getPort();
  }

  /** A plaintext connection to a listener, which gives up a read after twenty seconds. */
  public Socket connect(String listener) throws IOException {
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), port(listener));
    socket.setSoTimeout(20_000);
    return socket;
  }

  /** The value of one metric, all labels as /metrics writes them; 0 where it is not there. */
  public double metric(String nameAndLabels) {
    return get("/metrics")
        .body()
        .lines()
        .filter(line -> line.startsWith(nameAndLabels + " "))
        .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
        .findFirst()
        .orElse(0);
  }

  /** Failed handshakes by their reason; those that never happened left out. */
  public Map<String, Integer> handshakeFailures(String listener) {
    String start = "sallyport_handshake_failures_total{listener=\"" + listener + "\",reason=\"";
    Map<String, Integer> failures = new TreeMap<>();
    for (String line : get("/metrics").body().lines().filter(l -> l.startsWith(start)).toList()) {
      int count = (int) Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1));
      if (count > 0) {
        failures.put(line.substring(start.length(), line.indexOf('"', start.length())), count);
      }
    }
    return failures;
  }

  /** Waits until a metric has a value; {@code {reason="…"}} and the like as in {@link #metric}. */
  public void awaitMetric(String nameAndLabels, double value) {
    Eventually.holds(nameAndLabels + " = " + value, () -> metric(nameAndLabels) == value);
  }

  /** Waits until so many connections of a listener have ended for this reason. */
  public void awaitClosed(String listener, CloseReason reason, int times) {
    awaitMetric(
        "sallyport_connections_closed_total{listener=\"%s\",reason=\"%s\"}"
            .formatted(listener, reason.label()),
        times);
  }

  /** Waits until a listener has so many connections open. */
  public void awaitActive(String listener, int connections) {
    awaitMetric("sallyport_connections_active{listener=\"%s\"}".formatted(listener), connections);
  }

  public HttpResponse<String> get(String path) {
    return send(HttpRequest.newBuilder(admin(path)).build());
  }

  public HttpResponse<String> post(String path) {
    return send(
        HttpRequest.newBuilder(admin(path)).POST(HttpRequest.BodyPublishers.noBody()).build());
  }

  private URI admin(String path) {
    return URI.create("http://127.0.0.1:" + port("admin") + path);
  }

  private static HttpResponse<String> send(HttpRequest request) {
    try {
      return HTTP.send(request, HttpResponse.BodyHandlers.ofString());
    } catch (IOException e) {
      throw new IllegalStateException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    proxy.close();
  }
}
