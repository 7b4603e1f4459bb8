package io.sallyport.policy;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.sallyport.identity.SpiffeId;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import org.jspecify.annotations.Nullable;

/**
 * The path of a request as the application will see it: percent-decoded once (RFC 3986 §2.4). A
 * path that could be taken for another one, by an application or by something before it, has no
 * such form: it is ambiguous. Each takes time in proportion to its length.
 */
final class RequestPath {

  /** RFC 9112 §3.2.4: of the server as a whole, which no path is. */
  private static final String ASTERISK = "*";

  private RequestPath() {}

  /**
   * Null for a path that is ambiguous: one with an encoded slash, a backslash, a semicolon (path
   * parameters), control characters, an empty or a dot segment, any of these encoded or not;
   * percent-encoding that is broken, or is not of UTF-8 in its only form; and one that would change
   * when it were decoded a second time. A slash at the end is part of the path, and what is encoded
   * without need is the same as what is not.
   *
   * @param raw as sent, without the query; whatever is in it
   */
  static @Nullable String decoded(CharSequence raw) {
    if (ASTERISK.contentEquals(raw)) {
      return ASTERISK;
    }
    int encoded = firstEncoded(raw);
    if (encoded < 0) {
      return null;
    }
    String decoded = encoded == raw.length() ? raw.toString() : percentDecoded(raw, encoded);
    return decoded != null && isPlain(decoded) ? decoded : null;
  }

  /**
   * Whether it is a decoded path that everyone reads alike.
   *
   * <p>Of what could be decoded again only some would become a slash or a dot. The rest is refused
   * with it, since how often an application decodes cannot be known, and to tell them apart one
   * would have to decode as often as a peer can nest.
   */
  static boolean isPlain(String decoded) {
    int segment = 1;
    for (int i = 1; i < decoded.length(); i++) {
      char c = decoded.charAt(i);
      if (c == '/') {
        if (SpiffeId.isEmptyOrDots(decoded, segment, i)) {
          return false;
        }
        segment = i + 1;
      } else if (c == '\\' || c == ';' || Character.isISOControl(c) || isEncoded(decoded, i)) {
        return false;
      }
    }
    boolean endsInSlash = segment == decoded.length();
    return decoded.startsWith("/")
        && (endsInSlash || !SpiffeId.isEmptyOrDots(decoded, segment, decoded.length()));
  }

  /** Where the first percent sign is, the length where there is none; -1 for what is no path. */
  private static int firstEncoded(CharSequence raw) {
    int length = raw.length();
    if (length == 0 || raw.charAt(0) != '/') {
      return -1;
    }
    int first = length;
    for (int i = 1; i < length; i++) {
      char c = raw.charAt(i);
      if (c <= ' ' || c >= 0x7f || c == '?' || c == '#') {
        return -1;
      }
      if (c == '%' && first == length) {
        first = i;
      }
    }
    return first;
  }

  private static @Nullable String percentDecoded(CharSequence raw, int firstEncoded) {
    byte[] decoded = new byte[raw.length()];
    int length = 0;
    boolean ascii = true;
    for (int i = 0; i < raw.length(); i++) {
      char c = raw.charAt(i);
      if (i >= firstEncoded && c == '%') {
        if (!isEncoded(raw, i)) {
          return null;
        }
        c = (char) (hex(raw.charAt(i + 1)) << 4 | hex(raw.charAt(i + 2)));
        if (c == '/') {
          return null;
        }
        ascii &= c < 0x80;
        i += 2;
      }
      decoded[length++] = (byte) c;
    }
    return ascii ? new String(decoded, 0, length, ISO_8859_1) : utf8(decoded, length);
  }

  /** Null for what is not UTF-8, overlong forms and surrogates among it (RFC 3629 §3). */
  private static @Nullable String utf8(byte[] bytes, int length) {
    try {
      return UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes, 0, length)).toString();
    } catch (CharacterCodingException e) {
      return null;
    }
  }

  private static boolean isEncoded(CharSequence path, int at) {
    return path.charAt(at) == '%'
        && at + 2 < path.length()
        && hex(path.charAt(at + 1)) >= 0
        && hex(path.charAt(at + 2)) >= 0;
  }

  private static int hex(char c) {
    if (c >= '0' && c <= '9') {
      return c - '0';
    }
    int letter = c | 0x20;
    return c < 0x80 && letter >= 'a' && letter <= 'f' ? letter - 'a' + 10 : -1;
  }
}
