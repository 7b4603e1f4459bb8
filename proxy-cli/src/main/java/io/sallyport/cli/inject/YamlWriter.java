package io.sallyport.cli.inject;

import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Writes maps, lists, texts, whole numbers and booleans as YAML or, which is YAML too, as JSON.
 *
 * <p>Own code: what is written stands in the midst of somebody's text, at its indentation, with its
 * line ends, and must come out the same from every version of a library, lest pods be rolled.
 */
final class YamlWriter {

  /** What nobody takes for anything but text. */
  private static final Pattern PLAIN = Pattern.compile("[A-Za-z/]([A-Za-z0-9/._:-]*[A-Za-z0-9])?");

  private static final Pattern NO_TEXT = Pattern.compile("(?i:true|false|yes|no|on|off|null|y|n)");

  private static final Pattern LINES = Pattern.compile("([\\x20-\\x7E]*\n)+");

  private final int listIndent;
  private final String lineEnd;
  private final StringBuilder out = new StringBuilder();

  private YamlWriter(int listIndent, String lineEnd) {
    this.listIndent = listIndent;
    this.lineEnd = lineEnd;
  }

  /**
   * In lines; the first is not indented, and the last one not ended.
   *
   * @param column of the others
   * @param listIndent how far lists stand behind their keys
   */
  static String block(Object value, int column, int listIndent, String lineEnd) {
    YamlWriter writer = new YamlWriter(listIndent, lineEnd);
    writer.write(value, column);
    return writer.out.toString();
  }

  private void write(Object value, int column) {
    if (value instanceof Map<?, ?> map) {
      boolean first = true;
      for (Map.Entry<?, ?> entry : map.entrySet()) {
        newLine(first, column);
        first = false;
        out.append(scalar(entry.getKey())).append(':');
        child(entry.getValue(), column);
      }
    } else if (value instanceof List<?> list) {
      boolean first = true;
      for (Object item : list) {
        newLine(first, column);
        first = false;
        out.append("- ");
        write(item, column + 2);
      }
    } else {
      out.append(scalar(value));
    }
  }

  private void newLine(boolean first, int column) {
    if (!first) {
      out.append(lineEnd).append(" ".repeat(column));
    }
  }

  private void child(Object value, int column) {
    if (isCollection(value)) {
      int below = column + (value instanceof Map ? 2 : listIndent);
      newLine(false, below);
      write(value, below);
    } else if (value instanceof String text && LINES.matcher(text).matches()) {
      out.append(" |");
      text.lines()
          .forEach(
              line ->
                  out.append(lineEnd)
                      .append(" ".repeat(line.isEmpty() ? 0 : column + 2))
                      .append(line));
    } else {
      out.append(' ').append(scalar(value));
    }
  }

  /** What is empty is written as JSON is. */
  private static boolean isCollection(Object value) {
    return (value instanceof Map<?, ?> map && !map.isEmpty())
        || (value instanceof List<?> list && !list.isEmpty());
  }

  private static String scalar(Object value) {
    return value instanceof String text
            && PLAIN.matcher(text).matches()
            && !NO_TEXT.matcher(text).matches()
        ? text
        : json(value);
  }

  /** On one line. */
  static String json(Object value) {
    if (value instanceof Map<?, ?> map) {
      return map.entrySet().stream()
          .map(entry -> json(entry.getKey()) + ": " + json(entry.getValue()))
          .collect(Collectors.joining(", ", "{", "}"));
    }
    if (value instanceof List<?> list) {
      return list.stream().map(YamlWriter::json).collect(Collectors.joining(", ", "[", "]"));
    }
    return value instanceof String text ? quoted(text) : value.toString();
  }

  private static String quoted(String text) {
    StringBuilder quoted = new StringBuilder("\"");
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '"', '\\' -> quoted.append('\\').append(c);
        case '\n' -> quoted.append("\\n");
        case '\t' -> quoted.append("\\t");
        default -> {
          // YAML's line ends and what it does not print; halves of a pair stay together.
          boolean escape =
              c < ' ' || (c >= 0x7F && c < 0xA0) || c == '\u2028' || c == '\u2029' || c == '\uFEFF';
          quoted.append(escape ? String.format("\\u%04x", (int) c) : String.valueOf(c));
        }
      }
    }
    return quoted.append('"').toString();
  }
}
