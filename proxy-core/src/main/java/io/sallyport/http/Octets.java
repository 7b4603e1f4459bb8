package io.sallyport.http;

/** Which octets may stand where (RFC 9110 §5.6). */
final class Octets {

  private static final boolean[] TOKEN = new boolean[256];
  private static final boolean[] TEXT = new boolean[256];

  static {
    for (int b = 0; b < TEXT.length; b++) {
      TEXT[b] = b == '\t' || (b >= ' ' && b != 0x7f);
      TOKEN[b] =
          (b >= '0' && b <= '9')
              || (b >= 'A' && b <= 'Z')
              || (b >= 'a' && b <= 'z')
              || (b < 0x7f && "!#$%&'*+-.^_`|~".indexOf(b) >= 0);
    }
  }

  private Octets() {}

  /** May stand in a token: a method or a field name. */
  static boolean isToken(byte b) {
    return TOKEN[b & 0xff];
  }

  /** May stand in a line: HTAB, SP, visible ASCII, and obs-text. */
  static boolean isText(byte b) {
    return TEXT[b & 0xff];
  }

  static boolean isBlank(byte b) {
    return b == ' ' || b == '\t';
  }
}
