package io.sallyport.identity;

import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How much of certificates a peer may send. The TLS session keeps all of them for as long as the
 * connection lives, in the heap and beside it, so that one allowed peer could fill either with what
 * it has made itself.
 */
final class ChainLimits {

  /** The smallest limit that BoringSSL has for the message that carries them. */
  static final int MESSAGE_BYTES = 16 * 1024;

  /**
   * A leaf of RSA-4096 and three CAs take 8 KiB, hundreds of names another 7. A session ticket
   * holds them too and has to fit into such a message.
   */
  private static final int MOST_BYTES = 15 * 1024;

  /** Two CAs of RSA-4096: the root, or one that is cross-signed for others. */
  private static final int MOST_BYTES_BESIDE_PATH = 4 * 1024;

  private ChainLimits() {}

  /** Before anything is parsed. */
  static void check(X509Certificate[] sent) throws ChainRefused {
    if (sent.length == 0 || sent.length > PathFinder.MOST_CERTIFICATES) {
      throw refused(
          "chain of %d certificates or more; a peer may send 1 to %d"
              .formatted(sent.length, PathFinder.MOST_CERTIFICATES),
          null);
    }
    int bytes = bytes(List.of(sent));
    if (bytes > MOST_BYTES) {
      throw refused(
          "certificates of %d bytes; a peer may send at most %d".formatted(bytes, MOST_BYTES),
          null);
    }
  }

  /**
   * What is sent twice counts twice.
   *
   * @param path what of it was needed, and an anchor that need not have been sent
   */
  static void checkBeside(List<X509Certificate> path, List<X509Certificate> sent)
      throws ChainRefused {
    int beside = bytes(sent) - bytes(path.stream().filter(sent::contains).toList());
    if (beside > MOST_BYTES_BESIDE_PATH) {
      throw refused(
          "%d bytes of certificates that are not on the path to the CA; a peer may send at most %d"
              .formatted(beside, MOST_BYTES_BESIDE_PATH),
          path.get(0));
    }
  }

  private static int bytes(List<X509Certificate> certificates) throws ChainRefused {
    int bytes = 0;
    try {
      for (X509Certificate each : certificates) {
        bytes += each.getEncoded().length;
      }
      return bytes;
    } catch (CertificateEncodingException e) {
      throw new ChainRefused(HandshakeFailure.BAD_CERTIFICATE, "malformed certificate", null, e);
    }
  }

  private static ChainRefused refused(String detail, @Nullable X509Certificate leaf) {
    return new ChainRefused(HandshakeFailure.BAD_CERTIFICATE, detail, leaf, null);
  }
}
