package io.sallyport.rig;

import io.sallyport.BindFailed;
import io.sallyport.Proxy;
import io.sallyport.config.ConfigReader;
import io.sallyport.config.InvalidConfig;
import java.io.IOException;
import java.net.InetSocketAddress;
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

  private final Proxy proxy;

  private RunningProxy(Proxy proxy) {
    this.proxy = proxy;
  }

  /**
   * Starts with the PKI's server as identity {@code default} and the admin server on a free port.
   *
   * @param hocon the inside of {@code sallyport { … }}; FOLDER stands for the PKI's folder
   */
  public static RunningProxy with(Pki pki, String hocon) {
    try {
      return new RunningProxy(Proxy.start(ConfigReader.read(write(pki, hocon)), "test"));
    } catch (InvalidConfig | BindFailed e) {
      throw new IllegalStateException(e);
    }
  }

  public static Path write(Pki pki, String hocon) {
    String text =
        """
        sallyport {
          identities.default { certificate = "server.crt", key = "server.key", trust = "ca.crt" }
          identities.client { certificate = "client.crt", key = "client.key", trust = "ca.crt" }
          admin.listen = "127.0.0.1:0"
          drain { delay = 0s, deadline = 30s }
        %s
        }
        """
            .formatted(hocon.replace("FOLDER", pki.folder().toString()));
    try {
      Path file = Files.createTempFile(pki.folder(), "proxy", ".conf");
      return Files.writeString(file, text);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  public Proxy proxy() {
    return proxy;
  }

  public int port(String listener) {
    return ((InetSocketAddress) java.util.Objects.requireNonNull(proxy.addresses().get(listener)))
        .getPort();
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

  public HttpResponse<String> get(String path) {
    try {
      return HttpClient.newHttpClient()
          .send(
              HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port("admin") + path))
                  .build(),
              HttpResponse.BodyHandlers.ofString());
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
