package io.sallyport.cli;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.sallyport.config.IdentityConfig.KeySource;
import io.sallyport.config.IdentityConfig.KeystoreFile;
import io.sallyport.config.IdentityConfig.PemFiles;
import io.sallyport.config.SecretSource;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Who we are and whom we trust. */
final class KeyFlags {

  /** PEM may have any text before it; a keystore has no such line within so many bytes. */
  private static final int SNIFFED_BYTES = 65_536;

  private static final String PEM = "-----BEGIN ";
  private static final String JKS = "\u00fe\u00ed\u00fe\u00ed";

  /** Where Go looks for the system's CAs, and so where Ghostunnel does. */
  private static final List<Path> SYSTEM_TRUST =
      List.of(
          Path.of("/etc/ssl/certs/ca-certificates.crt"),
          Path.of("/etc/pki/tls/certs/ca-bundle.crt"),
          Path.of("/etc/ssl/ca-bundle.pem"),
          Path.of("/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem"),
          Path.of("/etc/ssl/cert.pem"));

  private static final String STOREPASS_VARIABLE = "KEYSTORE_PASS";

  @Option(names = "--cert", paramLabel = "FILE", description = "Our certificate: PEM, leaf first.")
  private @Nullable Path cert;

  @Option(names = "--key", paramLabel = "FILE", description = "Its private key: PEM.")
  private @Nullable Path key;

  @Option(
      names = "--keystore",
      paramLabel = "FILE",
      description = "Certificate and key in one file: PKCS#12, JKS or PEM.")
  private @Nullable Path keystore;

  @Option(
      names = "--storepass",
      paramLabel = "PASS",
      description =
          "Its password: file:PATH or env:NAME; by default what the environment has as "
              + STOREPASS_VARIABLE
              + ".")
  private @Nullable String storepass;

  @Option(
      names = "--cacert",
      paramLabel = "FILE",
      description = "The CAs that vouch for peers: PEM. A client has the system's by default.")
  private @Nullable Path cacert;

  /** Whether any flag says who we are. */
  boolean given() {
    return cert != null || key != null || keystore != null;
  }

  /**
   * Null when the flags do not name a key and a certificate; why is then among the problems.
   *
   * @param otherwise what else than naming them one can do; may be empty
   */
  @Nullable KeySource source(FlagFindings findings, String otherwise) {
    if (keystore != null) {
      if (cert != null || key != null) {
        findings.problem(
            "--keystore", "given together with --cert or --key", "use one or the other");
      }
      return keystore(keystore, findings);
    }
    if (cert == null || key == null) {
      findings.problem(
          cert == null ? "--cert" : "--key",
          "missing",
          "name our certificate and key with --cert and --key, or with --keystore" + otherwise);
      return null;
    }
    return new PemFiles(cert, key, pemPassword(findings));
  }

  /** The files of {@code --cacert}; none when it is left out. */
  List<Path> trust() {
    return cacert == null ? List.of() : List.of(cacert);
  }

  /** {@link #trust()}, or the CAs that this system trusts. */
  List<Path> trustOrSystem(FlagFindings findings) {
    if (cacert != null) {
      return List.of(cacert);
    }
    Optional<Path> system = SYSTEM_TRUST.stream().filter(Files::isReadable).findFirst();
    if (system.isEmpty()) {
      findings.problem("--cacert", "missing, and this system has no CAs", "name a PEM file");
    }
    return system.map(List::of).orElse(List.of());
  }

  private KeySource keystore(Path file, FlagFindings findings) {
    String start = start(file);
    if (start.contains(PEM)) {
      return new PemFiles(file, file, pemPassword(findings));
    }
    String type = start.startsWith(JKS) ? "jks" : "pkcs12";
    String given = storepass;
    if (given == null && System.getenv(STOREPASS_VARIABLE) != null) {
      given = "env:" + STOREPASS_VARIABLE;
    }
    return new KeystoreFile(file, type, given == null ? null : secret(given, findings));
  }

  /** What cannot be read is an empty text here, and a problem when the file is loaded. */
  private static String start(Path file) {
    try (InputStream in = Files.newInputStream(file)) {
      return new String(in.readNBytes(SNIFFED_BYTES), ISO_8859_1);
    } catch (IOException e) {
      return "";
    }
  }

  private @Nullable Path pemPassword(FlagFindings findings) {
    if (storepass == null) {
      return null;
    }
    SecretSource secret = secret(storepass, findings);
    if (secret instanceof SecretSource.InFile inFile) {
      return inFile.file();
    }
    if (secret != null) {
      findings.problem(
          "--storepass", "the password of a PEM key must be in a file", "write file:PATH");
    }
    return null;
  }

  private static @Nullable SecretSource secret(String given, FlagFindings findings) {
    if (given.startsWith("file:")) {
      return new SecretSource.InFile(Path.of(given.substring("file:".length())));
    }
    if (given.startsWith("env:")) {
      String name = given.substring("env:".length());
      String value = System.getenv(name);
      if (value == null) {
        findings.problem("--storepass", "the environment has no " + name, "set it");
        return null;
      }
      return new SecretSource.Literal(value.toCharArray());
    }
    findings.warning(
        "--storepass",
        "every user of this host can read a password on a command line",
        "write file:PATH or env:NAME");
    return new SecretSource.Literal(given.toCharArray());
  }
}
