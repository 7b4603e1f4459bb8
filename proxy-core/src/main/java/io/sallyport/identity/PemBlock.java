package io.sallyport.identity;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/**
 * One block of a PEM file (RFC 7468).
 *
 * @param label such as {@code CERTIFICATE}
 * @param body what stands between the two boundary lines
 */
record PemBlock(String label, String body) {
  private static final String BEGIN = "-----BEGIN ";
  private static final String END = "-----END ";
  private static final String DASHES = "-----";
  private static final int DER_SEQUENCE = 0x30;

  /** The blocks in their order; text around them is skipped. */
  static List<PemBlock> all(String setting, String file, byte[] content) throws Unusable {
    String text = new String(content, StandardCharsets.ISO_8859_1);
    List<PemBlock> blocks = new ArrayList<>();
    int at = text.indexOf(BEGIN);
    while (at >= 0) {
      int labelEnd = text.indexOf(DASHES, at + BEGIN.length());
      String label = labelEnd < 0 ? "" : text.substring(at + BEGIN.length(), labelEnd);
      int end = labelEnd < 0 ? -1 : text.indexOf(END + label + DASHES, labelEnd);
      if (end < 0 || label.indexOf('\n') >= 0) {
        throw new Unusable(
            setting, file + " has a PEM block without its END line", "check that it is whole");
      }
      blocks.add(new PemBlock(label, text.substring(labelEnd + DASHES.length(), end)));
      at = text.indexOf(BEGIN, end);
    }
    if (blocks.isEmpty()) {
      throw new Unusable(
          setting,
          file + " is not PEM",
          content[0] == DER_SEQUENCE
              ? "it looks like DER or PKCS#12; convert it with openssl, or name it as keystore"
              : "it must hold " + BEGIN + "...----- lines");
    }
    return blocks;
  }

  boolean isCertificate() {
    return label.equals("CERTIFICATE") || label.equals("X509 CERTIFICATE");
  }

  boolean isRevocationList() {
    return label.equals("X509 CRL") || label.equals("CRL");
  }

  boolean isPrivateKey() {
    return label.endsWith("PRIVATE KEY");
  }

  /** Such as {@code Proc-Type: 4,ENCRYPTED}, as OpenSSL's old formats have them (RFC 1421). */
  boolean hasHeaders() {
    return body.indexOf(':') >= 0;
  }

  /**
   * @throws IllegalArgumentException when the body is not base64
   */
  byte[] der() {
    return Base64.getDecoder().decode(body.replaceAll("\\s", ""));
  }

  /** The block as it stood in the file. */
  String text() {
    return BEGIN + label + DASHES + body + END + label + DASHES + "\n";
  }

  /** The label alone: the body may be a secret. */
  @Override
  public String toString() {
    return "PemBlock[" + label + "]";
  }
}
