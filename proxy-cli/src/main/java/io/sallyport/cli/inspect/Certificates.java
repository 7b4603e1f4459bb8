package io.sallyport.cli.inspect;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.sallyport.cli.CommandFailed;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The certificates in a file, whatever else is in it. */
public final class Certificates {

  private static final Pattern PEM =
      Pattern.compile("-----BEGIN (?:X509 )?CERTIFICATE-----([^-]*)-----END");

  private Certificates() {}

  /** All that a PEM or DER file has to say. */
  public static Report report(Path file, Instant now) throws CommandFailed {
    Report report = new Report();
    report.put("file", file.toString());
    report.chain(CertificateReport.of(read(file), now));
    return report;
  }

  /** In the order of the file; at least one. */
  public static List<X509Certificate> read(Path file) throws CommandFailed {
    byte[] content = content(file);
    Matcher pem = PEM.matcher(new String(content, ISO_8859_1));
    List<X509Certificate> certificates = new ArrayList<>();
    try {
      while (pem.find()) {
        certificates.add(parse(Base64.getMimeDecoder().decode(pem.group(1))));
      }
      if (certificates.isEmpty() && content.length > 0 && content[0] == 0x30) {
        certificates.add(parse(content));
      }
    } catch (CertificateException | IllegalArgumentException e) {
      throw CommandFailed.invalid(
          file.toString(),
          "certificate " + (certificates.size() + 1) + " cannot be parsed",
          "check that the file is whole and no keystore");
    }
    if (certificates.isEmpty()) {
      throw CommandFailed.invalid(
          file.toString(), "has no certificate in it", "name a PEM or DER file that has one");
    }
    return certificates;
  }

  static byte[] content(Path file) throws CommandFailed {
    try {
      return Files.readAllBytes(file);
    } catch (IOException e) {
      throw CommandFailed.unreadable(file, e);
    }
  }

  private static X509Certificate parse(byte[] der) throws CertificateException {
    return (X509Certificate)
        CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(der));
  }
}
