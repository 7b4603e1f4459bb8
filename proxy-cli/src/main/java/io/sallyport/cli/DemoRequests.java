package io.sallyport.cli;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.PrintWriter;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.TrustManager;

/** The requests of {@code demo --once}, made with the JDK's own client. */
final class DemoRequests {

  private static final Duration TIMEOUT = Duration.ofSeconds(20);

  private final Path folder;
  private final int outboundPort;
  private final int inboundPort;

  DemoRequests(Path folder, int outboundPort, int inboundPort) {
    this.folder = folder;
    this.outboundPort = outboundPort;
    this.inboundPort = inboundPort;
  }

  /** Whether two were answered and the one without a certificate was refused. */
  boolean all(PrintWriter out) throws IOException {
    boolean through =
        answered(
            out,
            "through the outbound listener, in plaintext",
            HttpClient.newHttpClient(),
            "http://127.0.0.1:" + outboundPort + "/");
    String inbound = "https://localhost:" + inboundPort + "/";
    boolean direct =
        answered(out, "to the inbound listener, with a certificate", client(true), inbound);
    boolean refused = refused(out, "to the inbound listener, without one", client(false), inbound);
    return through && direct && refused;
  }

  private static boolean answered(PrintWriter out, String what, HttpClient client, String url) {
    try {
      String body = get(client, url);
      boolean right = body.equals(Demo.GREETING);
      out.println((right ? "ok      " : "FAILED  ") + what + ": " + body.strip());
      return right;
    } catch (IOException e) {
      out.println("FAILED  " + what + ": " + e);
      return false;
    }
  }

  private static boolean refused(PrintWriter out, String what, HttpClient client, String url) {
    try {
      get(client, url);
      out.println("FAILED  " + what + ": was answered and should not have been");
      return false;
    } catch (SSLException e) {
      out.println("ok      " + what + ": refused, " + e.getMessage());
      return true;
    } catch (IOException e) {
      out.println("FAILED  " + what + ": " + e);
      return false;
    }
  }

  private static String get(HttpClient client, String url) throws IOException {
    try {
      return client
          .send(
              HttpRequest.newBuilder(URI.create(url)).timeout(TIMEOUT).build(),
              BodyHandlers.ofString())
          .body();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException();
    }
  }

  private HttpClient client(boolean withCertificate) throws IOException {
    try {
      KeyManager[] own = new KeyManager[0];
      if (withCertificate) {
        List<X509Certificate> chain = PemChain.read("demo", folder.resolve("client.crt"));
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        store.setKeyEntry(
            "client",
            PemChain.key(folder.resolve("client.key"), chain.get(0)),
            new char[0],
            chain.toArray(X509Certificate[]::new));
        KeyManagerFactory factory = KeyManagerFactory.getInstance("PKIX");
        factory.init(store, new char[0]);
        own = factory.getKeyManagers();
      }
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(
          own,
          new TrustManager[] {
            CertificateReport.trust(PemChain.read("demo", folder.resolve("ca.crt")))
          },
          null);
      return HttpClient.newBuilder().sslContext(context).build();
    } catch (GeneralSecurityException | CommandFailed e) {
      throw new IOException("the demo's own certificates cannot be used", e);
    }
  }
}
