package io.sallyport.rig;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Where a well-formed HTTP/1.1 message begins and ends. */
final class HttpFraming {

  private HttpFraming() {}

  /** What follows the head. */
  static InputStream body(InputStream in, String head, boolean none) {
    return none ? new ByteArrayInputStream(new byte[0]) : new Body(in, head);
  }

  /** The trailers behind a body that has been read to its end, as field lines. */
  static String trailers(InputStream body) {
    return body instanceof Body framed ? framed.trailers.toString() : "";
  }

  /** Every value of a field, in order. */
  static List<String> values(String head, String name) {
    List<String> values = new ArrayList<>();
    for (String field : head.lines().toList()) {
      int colon = field.indexOf(':');
      if (colon > 0 && field.substring(0, colon).equalsIgnoreCase(name)) {
        values.add(field.substring(colon + 1).strip());
      }
    }
    return values;
  }

  /** Null at the end. */
  static @Nullable String head(InputStream in) throws IOException {
    ByteArrayOutputStream head = new ByteArrayOutputStream();
    int matched = 0;
    while (matched < 4) {
      int next = in.read();
      if (next < 0) {
        if (head.size() == 0) {
          return null;
        }
        throw new EOFException("within a head: " + head.toString(ISO_8859_1));
      }
      head.write(next);
      matched = next == "\r\n\r\n".charAt(matched) ? matched + 1 : next == '\r' ? 1 : 0;
    }
    return head.toString(ISO_8859_1);
  }

  /** As the head says that it is framed. */
  private static final class Body extends InputStream {
    private final InputStream in;
    private final boolean chunked;
    private final StringBuilder trailers = new StringBuilder();
    private long left;
    private boolean over;

    Body(InputStream in, String head) {
      this.in = in;
      String lower = head.toLowerCase(Locale.ROOT);
      chunked = lower.contains("\r\ntransfer-encoding: chunked\r\n");
      int length = lower.indexOf("\r\ncontent-length: ");
      if (length >= 0) {
        int from = length + "\r\ncontent-length: ".length();
        left = Long.parseLong(lower.substring(from, lower.indexOf('\r', from)));
      }
      over = !chunked && left == 0;
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] bytes, int from, int length) throws IOException {
      if (length == 0) {
        return 0;
      }
      if (chunked && left == 0 && !over) {
        left = Long.parseLong(line(), 16);
        if (left == 0) {
          for (String line = line(); !line.isEmpty(); line = line()) {
            trailers.append(line).append("\r\n");
          }
          over = true;
        }
      }
      if (over) {
        return -1;
      }
      int read = in.read(bytes, from, (int) Math.min(length, left));
      if (read < 0) {
        throw new EOFException("within a body");
      }
      left -= read;
      if (left == 0) {
        if (chunked) {
          line();
        } else {
          over = true;
        }
      }
      return read;
    }

    private String line() throws IOException {
      StringBuilder line = new StringBuilder();
      for (int next = in.read(); next != '\n'; next = in.read()) {
        if (next < 0) {
          throw new EOFException("within a chunked body");
        }
        if (next != '\r') {
          line.append((char) next);
        }
      }
      return line.toString();
    }
  }
}
