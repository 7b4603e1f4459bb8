package io.sallyport.policy;

/**
 * Names that a peer chose, made safe to print: one line of ASCII in which nothing can end a quoted
 * value, move the cursor or reverse the reading direction.
 */
final class Printable {

  private static final int MAX_CHARS = 200;
  private static final String ELLIPSIS = "...";

  private Printable() {}

  /** Escaped as in a Java string literal and cut to some 200 characters. */
  static String of(String name) {
    return of("", name);
  }

  /** The same with a prefix of ours before it. */
  static String of(String prefix, String name) {
    StringBuilder out =
        new StringBuilder(Math.min(MAX_CHARS, prefix.length() + name.length())).append(prefix);
    for (int i = 0; i < name.length(); i++) {
      if (out.length() >= MAX_CHARS - ELLIPSIS.length() && i < name.length() - 1) {
        return out.append(ELLIPSIS).toString();
      }
      append(out, name.charAt(i));
    }
    return out.toString();
  }

  /** Whether it is ASCII without spaces and control characters, as URIs and addresses are. */
  static boolean isVisibleAscii(String name) {
    return name.chars().allMatch(c -> c > ' ' && c < 0x7f);
  }

  private static void append(StringBuilder out, char c) {
    if (c == '"' || c == '\\') {
      out.append('\\').append(c);
    } else if (c >= ' ' && c < 0x7f) {
      out.append(c);
    } else {
      out.append(String.format("\\u%04x", (int) c));
    }
  }
}
