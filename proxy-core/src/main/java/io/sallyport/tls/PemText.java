package io.sallyport.tls;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.ByteArrayOutputStream;
import java.security.PrivateKey;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collection;

/** The form in which BoringSSL is given certificates and keys (RFC 7468). */
final class PemText {

  private static final byte[] NEW_LINE = {'\n'};

  private PemText() {}

  static byte[] of(Collection<X509Certificate> certificates) throws CertificateEncodingException {
    ByteArrayOutputStream text = new ByteArrayOutputStream();
    for (X509Certificate each : certificates) {
      text.writeBytes(of("CERTIFICATE", each.getEncoded()));
    }
    return text.toByteArray();
  }

  /** Whoever takes it is to wipe it. */
  static byte[] of(PrivateKey key) {
    byte[] encoded = key.getEncoded();
    try {
      return of("PRIVATE KEY", encoded);
    } finally {
      Arrays.fill(encoded, (byte) 0);
    }
  }

  private static byte[] of(String label, byte[] encoded) {
    byte[] begin = ("-----BEGIN " + label + "-----\n").getBytes(US_ASCII);
    byte[] lines = Base64.getMimeEncoder(64, NEW_LINE).encode(encoded);
    byte[] end = ("\n-----END " + label + "-----\n").getBytes(US_ASCII);
    byte[] text = Arrays.copyOf(begin, begin.length + lines.length + end.length);
    System.arraycopy(lines, 0, text, begin.length, lines.length);
    System.arraycopy(end, 0, text, begin.length + lines.length, end.length);
    Arrays.fill(lines, (byte) 0);
    return text;
  }
}
