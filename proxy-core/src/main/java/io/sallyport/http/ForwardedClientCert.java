package io.sallyport.http;

import io.netty.buffer.ByteBufUtil;
import io.netty.util.AsciiString;
import io.sallyport.policy.Peer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One element of {@code X-Forwarded-Client-Cert} as Envoy documents it: By, Hash, Cert, Chain,
 * Subject, URI, DNS.
 *
 * <p>The names are those of {@link Peer}: what no rule counts, the application is not told either.
 * A value with a comma, a semicolon or an equals sign is quoted. None has a quote or a backslash in
 * it, as readers take them differently: no URI has such characters (RFC 3986 §2), so what claims to
 * be one with them is left out, and the subject is written without ({@link SubjectText}).
 */
final class ForwardedClientCert {

  /** What any server takes with the rest of a request; who has more names has them for others. */
  private static final int MOST_NAME_CHARS = 6 * 1024;

  private static final Base64.Encoder PEM_LINES = Base64.getMimeEncoder(64, new byte[] {'\n'});

  private final StringBuilder out = new StringBuilder(512);

  private ForwardedClientCert() {}

  /**
   * @param own who we are; null where that is not known
   * @param leaf the peer's certificate, in DER
   * @param certificate whether the leaf is to be told whole
   * @param chain to be told whole, the leaf first; empty where it is not
   */
  static AsciiString of(
      @Nullable Peer own, Peer peer, byte[] leaf, boolean certificate, List<byte[]> chain) {
    ForwardedClientCert field = new ForwardedClientCert();
    if (own != null) {
      field.names("By", own.uris());
    }
    field.key("Hash").append(ByteBufUtil.hexDump(sha256(leaf)));
    if (certificate) {
      field.pem("Cert", List.of(leaf));
    }
    if (!chain.isEmpty()) {
      field.pem("Chain", chain);
    }
    String subject = peer.subject().map(SubjectText::of).orElse(null);
    if (subject != null) {
      field.key("Subject").append('"').append(subject).append('"');
    }
    int end = field.out.length() + MOST_NAME_CHARS;
    field.names("URI", peer.uris(), end);
    field.names("DNS", peer.dnsNames(), end);
    return AsciiString.of(field.out);
  }

  private void names(String key, List<String> names) {
    names(key, names, Integer.MAX_VALUE);
  }

  /** Whole ones alone, and none that would reach beyond the end. */
  private void names(String key, List<String> names, int end) {
    for (String name : names) {
      if (name.indexOf('"') >= 0 || name.indexOf('\\') >= 0) {
        continue;
      }
      if (out.length() + key.length() + name.length() + 4 > end) { // a semicolon, '=', two quotes
        return;
      }
      key(key);
      if (needsQuotes(name)) {
        out.append('"').append(name).append('"');
      } else {
        out.append(name);
      }
    }
  }

  private StringBuilder key(String key) {
    if (!out.isEmpty()) {
      out.append(';');
    }
    return out.append(key).append('=');
  }

  private void pem(String key, List<byte[]> certificates) {
    key(key).append('"');
    for (byte[] each : certificates) {
      out.append("-----BEGIN%20CERTIFICATE-----%0A");
      for (byte b : PEM_LINES.encode(each)) {
        switch (b) {
          case '\n' -> out.append("%0A");
          case '+' -> out.append("%2B");
          case '/' -> out.append("%2F");
          case '=' -> out.append("%3D");
          default -> out.append((char) b);
        }
      }
      out.append("%0A-----END%20CERTIFICATE-----%0A");
    }
    out.append('"');
  }

  private static boolean needsQuotes(String name) {
    return name.indexOf(',') >= 0 || name.indexOf(';') >= 0 || name.indexOf('=') >= 0;
  }

  private static byte[] sha256(byte[] octets) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(octets);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
