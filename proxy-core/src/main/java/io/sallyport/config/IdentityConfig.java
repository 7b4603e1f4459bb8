package io.sallyport.config;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
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
    return !trust.isEmpty() || keepsTrustDomainsApart();
  }

  /** Whether some CAs vouch for the SPIFFE IDs of a trust domain alone. */
  public boolean keepsTrustDomainsApart() {
    return !trustDomains.isEmpty() || source instanceof WorkloadApi;
  }

  /** Whether both have the same trust domains of the same origin. */
  boolean hasTrustDomainsOf(IdentityConfig other) {
    return trustDomains.equals(other.trustDomains)
        && Objects.equals(agent(source), agent(other.source));
  }

  private static Address.@Nullable Unix agent(@Nullable KeySource source) {
    return source instanceof WorkloadApi api ? api.socket() : null;
  }

  /** Where certificate and key come from. */
  public sealed interface KeySource {

    /** What it is read from, passwords included. */
    List<Path> files();

    /** Where the certificate is, for whoever looks for it. */
    String place();
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

    @Override
    public String place() {
      return certificate.toString();
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

    @Override
    public String place() {
      return file.toString();
    }
  }

  /**
   * A SPIFFE Workload API, which gives certificate, key and the CAs of each trust domain, and gives
   * others in time.
   *
   * @param id the SPIFFE ID to have of several; null for the one that it gives first
   * @param timeout for the first answer, when the proxy starts
   */
  public record WorkloadApi(Address.Unix socket, @Nullable String id, Duration timeout)
      implements KeySource {
    @Override
    public List<Path> files() {
      return List.of();
    }

    @Override
    public String place() {
      return socket.toString();
    }
  }
}
