package io.sallyport.rig;

import io.sallyport.testcerts.LeafSpec;
import io.sallyport.testcerts.PemFiles;
import io.sallyport.testcerts.TestCa;
import io.sallyport.testcerts.TestIdentity;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Consumer;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;

/** A CA of its own with a server and a client, as files in a folder. */
public final class Pki {

  private final Path folder;
  private final TestCa ca;

  /** An SSLSocket that nobody refers to any more closes its connection when it is collected. */
  private final Queue<SSLSocket> made = new ConcurrentLinkedQueue<>();

  private final TestIdentity server;
  private final TestIdentity client;

  public Pki(Path folder) throws IOException {
    this.folder = folder;
    this.ca = TestCa.create(spec -> spec.name("test CA"));
    Files.writeString(folder.resolve("ca.crt"), ca.certificatePem());
    server =
        issue("server", leaf -> leaf.dns("localhost").ip("127.0.0.1").uri("spiffe://test/server"));
    client =
        issue("client", leaf -> leaf.cn("client").dns("client.test").uri("spiffe://test/client"));
  }

  public TestCa ca() {
    return ca;
  }

  /** {@code localhost}, 127.0.0.1 and {@code spiffe://test/server}. */
  public TestIdentity server() {
    return server;
  }

  /** {@code client.test} and {@code spiffe://test/client}. */
  public TestIdentity client() {
    return client;
  }

  public Path folder() {
    return folder;
  }

  public Path file(String name) {
    return folder.resolve(name);
  }

  /** Writes NAME.crt and NAME.key too. */
  public TestIdentity issue(String name, Consumer<LeafSpec> leaf) throws IOException {
    return write(name, ca.issue(leaf));
  }

  public TestIdentity write(String name, TestIdentity identity) throws IOException {
    PemFiles files = identity.writeTo(folder, name);
    if (!files.certificate().equals(file(name + ".crt"))) {
      throw new IllegalStateException(files + " is not where clients look");
    }
    return identity;
  }

  /** A client that has not shaken hands yet, and gives up a read after twenty seconds. */
  public SSLSocket connect(@Nullable TestIdentity who, int port, String protocol)
      throws IOException {
    return over(new Socket(InetAddress.getLoopbackAddress(), port), who, protocol);
  }

  /** The same on a connection that the caller may break off below TLS. */
  public SSLSocket over(Socket tcp, @Nullable TestIdentity who, String protocol)
      throws IOException {
    SSLSocket socket =
        (SSLSocket) context(who).getSocketFactory().createSocket(tcp, "localhost", 0, true);
    socket.setEnabledProtocols(new String[] {protocol});
    socket.setSoTimeout(20_000);
    made.add(socket);
    return socket;
  }

  /**
   * What a Java client or server uses.
   *
   * @param who null to show no certificate
   */
  public SSLContext context(@Nullable TestIdentity who) {
    try {
      KeyManagerFactory keys = KeyManagerFactory.getInstance("PKIX");
      // Unlike PKCS12 it takes a chain that is none, as some tests show.
      KeyStore own = KeyStore.getInstance("JKS");
      own.load(null, null);
      if (who != null) {
        own.setKeyEntry("me", who.key(), new char[0], who.chain().toArray(Certificate[]::new));
      }
      keys.init(own, new char[0]);
      KeyStore trusted = KeyStore.getInstance("PKCS12");
      trusted.load(null, null);
      trusted.setCertificateEntry("ca", ca.certificate());
      TrustManagerFactory trust = TrustManagerFactory.getInstance("PKIX");
      trust.init(trusted);
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
      return context;
    } catch (GeneralSecurityException | IOException e) {
      throw new IllegalStateException(e);
    }
  }
}
