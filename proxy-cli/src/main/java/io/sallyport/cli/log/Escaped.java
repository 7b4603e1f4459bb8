package io.sallyport.cli.log;

import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Text from anywhere, made safe to print: printable ASCII only. A line break cannot forge a second
 * line, an escape sequence or a bidi override cannot play with the terminal, and no encoding is
 * needed. Everything else is written as in a JSON string.
 */
public final class Escaped {

  /** Longer text is cut in a log; what a peer may send must not fill the disk. */
  static final int MAX_CHARS = 2048;

  private static final Pattern BARE = Pattern.compile("[\\w.:/@%+*~,-]{1,256}");

  private Escaped() {}

  /** A JSON string, however long. */
  public static String quoted(String text) {
    StringBuilder out = new StringBuilder(text.length() + 2).append('"');
    append(out, text, text.length(), true);
    return out.append('"').toString();
  }

  /** What goes between the quotes of a JSON string. */
  static void append(StringBuilder out, String text) {
    append(out, text, true);
  }

  /** A JSON string, cut where it is long. */
  static void appendQuoted(StringBuilder out, String text) {
    out.append('"');
    append(out, text);
    out.append('"');
  }

  /** A message for people, in which quotes mean nothing. */
  static void appendProse(StringBuilder out, String text) {
    append(out, text, false);
  }

  /** As it is where it is one plain word, else quoted, so that key=value can be told apart. */
  static void appendWord(StringBuilder out, String text) {
    if (BARE.matcher(text).matches()) {
      out.append(text);
    } else {
      appendQuoted(out, text);
    }
  }

  private static void append(StringBuilder out, String text, boolean quotes) {
    int end = Math.min(text.length(), MAX_CHARS);
    append(out, text, end, quotes);
    if (end < text.length()) {
      out.append("...(").append(text.length() - end).append(" more)");
    }
  }

  private static void append(StringBuilder out, String text, int end, boolean quotes) {
    for (int i = 0; i < end; i++) {
      append(out, text.charAt(i), quotes);
    }
  }

  private static void append(StringBuilder out, char c, boolean quotes) {
    switch (c) {
      case '"' -> out.append(quotes ? "\\\"" : "\"");
      case '\\' -> out.append("\\\\");
      case '\n' -> out.append("\\n");
      case '\r' -> out.append("\\r");
      case '\t' -> out.append("\\t");
      default -> {
        if (c >= ' ' && c <= '~') {
          out.append(c);
        } else {
          out.append("\\u");
          for (int shift = 12; shift >= 0; shift -= 4) {
            out.append(Character.forDigit(c >> shift & 0xF, 16));
          }
        }
      }
    }
  }

  /** The text of a value whose own {@code toString} may fail: a log call never throws. */
  static String text(@Nullable Object value) {
    try {
      return String.valueOf(value);
    } catch (RuntimeException | StackOverflowError e) {
      return "(" + e.getClass().getName() + " in toString)";
    }
  }
}
