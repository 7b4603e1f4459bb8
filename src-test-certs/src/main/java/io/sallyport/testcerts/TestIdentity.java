package io.sallyport.testcerts;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyStore;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.Base64;
import java.util.List;
import java.util.stream.Collectors;

/** A certificate with its private key, and the intermediates below the root. Immutable. */
public final class TestIdentity {
  private final KeyPair key;
  private final List<X509Certificate> chain;

  TestIdentity(KeyPair key, List<X509Certificate> chain) {
    this.key = key;
    this.chain = chain;
  }

  /** The certificate itself. */
  public X509Certificate leaf() {
    return chain.get(0);
  }

  /** The leaf, then its intermediates; never the root. */
  public List<X509Certificate> chain() {
    return chain;
  }

  /** The same, but it shows these: whatever a peer may send, related to it or not. */
  public TestIdentity showing(List<X509Certificate> certificates) {
    return new TestIdentity(key, List.copyOf(certificates));
  }

  /** The leaf's private key. */
  public PrivateKey key() {
    return key.getPrivate();
  }

  /** The leaf's key pair, for issuing another certificate for the same key. */
  public KeyPair keyPair() {
    return key;
  }

  /** {@link #chain()} as PEM text. */
  public String certificatePem() {
    return chain.stream().map(Pem::of).collect(Collectors.joining());
  }

  /** {@link #key()} as PEM text in PKCS#8. */
  public String keyPem() {
    return keyPem(KeyFormat.PKCS8);
  }

  /**
   * {@link #key()} as PEM text.
   *
   * @throws IllegalArgumentException when the format has no room for this kind of key
   */
  public String keyPem(KeyFormat format) {
    return format.pem(key());
  }

  /** {@link #key()} as PEM text in encrypted PKCS#8: PBES2, HMAC-SHA-256, AES-256-CBC. */
  public String encryptedKeyPem(char[] password) {
    return EncryptedKey.pem(key(), password);
  }

  /** The pin of the leaf's key: base64 of the SHA-256 of its SubjectPublicKeyInfo. */
  public String spkiSha256Base64() {
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256").digest(leaf().getPublicKey().getEncoded());
      return Base64.getEncoder().encodeToString(digest);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  /** Writes {@code NAME.crt} and, as PKCS#8, {@code NAME.key}, each replaced at once. */
  public PemFiles writeTo(Path directory, String name) throws IOException {
    PemFiles files = PemFiles.in(directory, name);
    files.write(certificatePem(), keyPem());
    return files;
  }

  /** Writes key and chain under {@code alias} as PKCS#12, mode 0600. */
  public Path writePkcs12(Path file, String alias, char[] password) throws IOException {
    return writeKeyStore("PKCS12", file, alias, password);
  }

  /** Writes key and chain under {@code alias} as a JKS key store, mode 0600. */
  public Path writeJks(Path file, String alias, char[] password) throws IOException {
    return writeKeyStore("JKS", file, alias, password);
  }

  private Path writeKeyStore(String type, Path file, String alias, char[] password)
      throws IOException {
    ByteArrayOutputStream content = new ByteArrayOutputStream();
    try {
      KeyStore store = KeyStore.getInstance(type);
      store.load(null, null);
      store.setKeyEntry(alias, key(), password, chain.toArray(X509Certificate[]::new));
      store.store(content, password);
    } catch (GeneralSecurityException e) {
      throw new IllegalArgumentException(type + " has no room for this identity", e);
    }
    try (StagedFile staged = StagedFile.secret(file, content.toByteArray())) {
      staged.publish();
    }
    return file;
  }
}
