package io.sallyport.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Objects;

/** Reads tables of messages: columns between bars, the last of which are bytes with escapes. */
final class CaseFile {

  private static final String BETWEEN_COLUMNS = " \\| ";

  private CaseFile() {}

  static List<String[]> rows(String name, int columns) {
    try (InputStream in = Objects.requireNonNull(CaseFile.class.getResourceAsStream(name), name)) {
      return new String(in.readAllBytes(), US_ASCII)
          .lines()
          .filter(line -> !line.isEmpty() && !line.startsWith("#"))
          .map(line -> line.split(BETWEEN_COLUMNS, columns))
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static byte[] bytes(String escaped) {
    return text(escaped).getBytes(ISO_8859_1);
  }

  /** With a character for each byte. */
  static String text(String escaped) {
    StringBuilder out = new StringBuilder(escaped.length());
    int i = 0;
    while (i < escaped.length()) {
      char c = escaped.charAt(i++);
      if (c != '\\') {
        out.append(c);
        continue;
      }
      switch (escaped.charAt(i++)) {
        case 'r' -> out.append('\r');
        case 'n' -> out.append('\n');
        case 't' -> out.append('\t');
        case '0' -> out.append('\0');
        case '\\' -> out.append('\\');
        case 'x' -> {
          out.append((char) Integer.parseInt(escaped, i, i + 2, 16));
          i += 2;
        }
        default -> throw new IllegalArgumentException(escaped);
      }
    }
    return out.toString();
  }
}
