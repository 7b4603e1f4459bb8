package io.sallyport.rig;

import io.sallyport.testcerts.LeafSpec;
import io.sallyport.testcerts.PemFiles;
import io.sallyport.testcerts.TestCa;
import io.sallyport.testcerts.TestIdentity;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.util.function.Consumer;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;

/** A CA of its own with a server and a client, as files in a folder. */
public final class Pki {

  private final Path folder;
  private final TestCa ca;

  public Pki(Path folder) throws IOException {
    this.folder = folder;
    this.ca = TestCa.create(spec -> spec.name("test CA"));
    Files.writeString(folder.resolve("ca.crt"), ca.certificatePem());
    issue("server", leaf -> leaf.dns("localhost").ip("127.0.0.1").uri("spiffe://test/server"));
    issue("client", leaf -> leaf.cn("client").dns("client.test").uri("spiffe://test/client"));
  }

  public TestCa ca() {
    return ca;
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

  /**
   * What a Java client or server uses.
   *
   * @param who null to show no certificate
   */
  public SSLContext context(@Nullable TestIdentity who) {
    try {
      KeyManagerFactory keys = KeyManagerFactory.getInstance("PKIX");
      KeyStore own = KeyStore.getInstance("PKCS12");
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
