package io.sallyport.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.ByteBufUtil;
import javax.security.auth.x500.X500Principal;
import org.jspecify.annotations.Nullable;

/**
 * The subject of a certificate in RFC 2253 form, written so that no reader can take a part of one
 * value for something else: in visible ASCII and spaces, without a backslash, a quote or a
 * semicolon. A value that would need one of these, or an escape, is written as that RFC's other
 * form (§2.4): {@code #} and the hexadecimal digits of its DER encoding.
 *
 * <p>The escapes would be shorter, but what reads X-Forwarded-Client-Cert is of two minds about a
 * backslash in quotes: of {@code CN=a\,OU=b} some keep the backslash and some take it out, so to
 * one of the two that common name is an organizational unit, however it is escaped once more.
 */
final class SubjectText {

  private static final int MOST_CHARS = 4096;
  private static final int UTF8_STRING = 0x0c;

  private final String rfc2253;
  private final StringBuilder out;
  private final StringBuilder value = new StringBuilder();
  private int at;

  private SubjectText(String rfc2253) {
    this.rfc2253 = rfc2253;
    this.out = new StringBuilder(rfc2253.length());
  }

  /**
   * Null for a subject with a control character in it, since a subject without a part of it would
   * be another; for one that takes more than 4096 characters; and for an empty one.
   */
  static @Nullable String of(X500Principal subject) {
    String rfc2253 = subject.getName(X500Principal.RFC2253);
    return rfc2253.isEmpty() || rfc2253.length() > MOST_CHARS
        ? null
        : new SubjectText(rfc2253).written();
  }

  private @Nullable String written() {
    while (at < rfc2253.length()) {
      // Neither a keyword nor an OID has a sign in it that would need an escape.
      int equals = rfc2253.indexOf('=', at);
      out.append(rfc2253, at, equals + 1);
      at = equals + 1;
      if (!takeValue()) {
        return null;
      }
      if (at < rfc2253.length()) {
        out.append(rfc2253.charAt(at++)); // the comma or the plus sign
      }
    }
    return out.length() > MOST_CHARS ? null : out.toString();
  }

  /** False where there is a control character in it. */
  private boolean takeValue() {
    value.setLength(0);
    boolean plain = true;
    for (; at < rfc2253.length(); at++) {
      char c = rfc2253.charAt(at);
      if (c == ',' || c == '+') {
        break;
      }
      if (c == '\\') {
        plain = false;
        c = rfc2253.charAt(++at);
        if (c == '0') {
          return false; // the JDK escapes a NUL as 00, and no other digit
        }
      }
      if (Character.isISOControl(c)) {
        return false;
      }
      plain &= c >= ' ' && c < 0x7f;
      value.append(c);
    }
    if (plain) {
      out.append(value);
    } else {
      appendEncoded(value.toString().getBytes(UTF_8));
    }
    return true;
  }

  private void appendEncoded(byte[] octets) {
    int length = octets.length;
    out.append('#').append(hex(UTF8_STRING));
    if (length > 0xff) {
      out.append("82").append(hex(length >> 8));
    } else if (length > 0x7f) {
      out.append("81");
    }
    out.append(hex(length & 0xff)).append(ByteBufUtil.hexDump(octets));
  }

  private static String hex(int octet) {
    return ByteBufUtil.hexDump(new byte[] {(byte) octet});
  }
}
