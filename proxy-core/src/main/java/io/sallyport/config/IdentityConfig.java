package io.sallyport.config;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Who we are and whom we trust.
 *
 * @param name its key under {@code identities}
 * @param source certificate and key; null for a client that has none
 * @param trust PEM files of the CAs that vouch for peers; empty when nothing that uses this
 *     identity verifies one
 * @param trustDomains PEM files of the CAs that alone vouch for the SPIFFE IDs of each of these
 *     trust domains; where there are any, {@code trust} vouches for no SPIFFE ID
 * @param strictPermissions refuse a key file that others can read, instead of warning
 * @param revocation how peers' certificates are looked up
 * @param ocspStapling show peers what our CA's OCSP responder says of us
 */
public record IdentityConfig(
    String name,
    @Nullable KeySource source,
    List<Path> trust,
    Map<String, List<Path>> trustDomains,
    boolean strictPermissions,
    RevocationConfig revocation,
    boolean ocspStapling) {

  public IdentityConfig {
    trust = List.copyOf(trust);
    trustDomains = Map.copyOf(trustDomains);
  }

  /** One for whose peers nothing is looked up, and the rest as by default. */
  public IdentityConfig(
      String name, @Nullable KeySource source, List<Path> trust, boolean strictPermissions) {
    this(name, source, trust, Map.of(), strictPermissions, RevocationConfig.NONE, true);
  }

  /** The setting's path, such as {@code identities.default}. */
  public String setting() {
    return "identities." + name;
  }

  /** Whether there is anybody who vouches for peers. */
  public boolean trustsSomebody() {
    return !trust.isEmpty() || !trustDomains.isEmpty();
  }

  /** Where certificate and key come from. */
  public sealed interface KeySource {

    /** What it is read from, passwords included. */
    List<Path> files();
  }

  /**
   * PEM files.
   *
   * @param certificate leaf first
   * @param key PKCS#8, PKCS#1 or SEC1; may be the same file as the certificate
   * @param keyPasswordFile for an encrypted key
   */
  public record PemFiles(Path certificate, Path key, @Nullable Path keyPasswordFile)
      implements KeySource {
    @Override
    public List<Path> files() {
      return keyPasswordFile == null
          ? List.of(certificate, key)
          : List.of(certificate, key, keyPasswordFile);
    }
  }

  /**
   * A keystore with one private key entry.
   *
   * @param type {@code pkcs12} or {@code jks}
   * @param password file or environment; null for a store without a password
   */
  public record KeystoreFile(Path file, String type, @Nullable SecretSource password)
      implements KeySource {
    @Override
    public List<Path> files() {
      return password instanceof SecretSource.InFile inFile
          ? List.of(file, inFile.file())
          : List.of(file);
    }
  }
}
