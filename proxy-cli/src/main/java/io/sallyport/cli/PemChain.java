package io.sallyport.cli;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What {@code inspect} reads of PEM files. */
final class PemChain {

  private static final Pattern PKCS8 =
      Pattern.compile("-----BEGIN PRIVATE KEY-----([^-]*)-----END PRIVATE KEY-----");

  private PemChain() {}

  /**
   * @param argument whose value the file is, for messages
   */
  static List<X509Certificate> read(String argument, Path file) throws CommandFailed {
    try (InputStream in = Files.newInputStream(file)) {
      List<X509Certificate> chain =
          CertificateFactory.getInstance("X.509").generateCertificates(in).stream()
              .map(X509Certificate.class::cast)
              .toList();
      if (chain.isEmpty()) {
        throw CommandFailed.invalid(argument, file + " holds no certificate", "name a PEM file");
      }
      return chain;
    } catch (CertificateException e) {
      throw CommandFailed.invalid(
          argument, file + " holds no certificate that can be read", "name a PEM file");
    } catch (FileSystemException e) {
      throw CommandFailed.invalid(argument, file + ": " + Faults.fileFault(e), "name another file");
    } catch (IOException e) {
      throw CommandFailed.invalid(argument, file + ": cannot be read", "name another file");
    }
  }

  /** A PKCS#8 key of the certificate's algorithm. */
  static PrivateKey key(Path file, X509Certificate leaf) throws CommandFailed {
    try {
      Matcher pem = PKCS8.matcher(Files.readString(file, StandardCharsets.US_ASCII));
      if (!pem.find()) {
        throw CommandFailed.invalid(
            "--key",
            file + " holds no PKCS#8 key",
            "convert it with 'openssl pkcs8 -topk8 -nodes'");
      }
      byte[] der = Base64.getMimeDecoder().decode(pem.group(1));
      return KeyFactory.getInstance(leaf.getPublicKey().getAlgorithm())
          .generatePrivate(new PKCS8EncodedKeySpec(der));
    } catch (FileSystemException e) {
      throw CommandFailed.invalid("--key", file + ": " + Faults.fileFault(e), "name another file");
    } catch (IOException | IllegalArgumentException e) {
      throw CommandFailed.invalid("--key", file + ": cannot be read as PEM", "name another file");
    } catch (GeneralSecurityException e) {
      throw CommandFailed.invalid(
          "--key", file + " holds no key of the certificate's kind", "name the key of --cert");
    }
  }
}
