package io.sallyport.tls;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** What a peer sent before TLS came to be: how it began, and an alert in plaintext at its end. */
public final class FirstBytes {
  /** As many as the longest HTTP method and a space: {@code OPTIONS }. */
  private static final int KEPT = 8;

  private static final Pattern HTTP =
      Pattern.compile(
          "(?:(?:GET|HEAD|POST|PUT|DELETE|OPTIONS|PATCH|CONNECT|TRACE|PRI) |HTTP/).*",
          Pattern.DOTALL);

  /** Type 21, version 3.x, two bytes: level and description. */
  private static final int ALERT_RECORD_BYTES = 7;

  private static final char CHANGE_CIPHER_SPEC = 20;
  private static final char APPLICATION_DATA = 23;
  private static final char SSL_2 = 0x80;

  private String start = "";
  private int plainAlert = -1;

  /** Reads without consuming. */
  void saw(ByteBuf bytes) {
    int readable = bytes.readableBytes();
    if (start.length() < KEPT) {
      int length = Math.min(readable, KEPT - start.length());
      start += bytes.toString(bytes.readerIndex(), length, StandardCharsets.ISO_8859_1);
    }
    if (readable >= ALERT_RECORD_BYTES) {
      int at = bytes.writerIndex() - ALERT_RECORD_BYTES;
      boolean alert =
          bytes.getByte(at) == 21
              && bytes.getByte(at + 1) == 3
              && bytes.getUnsignedShort(at + 3) == 2
              && (bytes.getByte(at + 5) == 1 || bytes.getByte(at + 5) == 2);
      plainAlert = alert ? bytes.getUnsignedByte(at + 6) : -1;
    }
  }

  /**
   * Whether it begins as a record does, or as the ClientHello of SSL 2.0: for both BoringSSL has
   * the right answer.
   */
  boolean mayBeTls() {
    if (start.isEmpty()) {
      return true;
    }
    char first = start.charAt(0);
    return (first >= CHANGE_CIPHER_SPEC && first <= APPLICATION_DATA) || first >= SSL_2;
  }

  /** Whether nothing came. */
  public boolean none() {
    return start.isEmpty();
  }

  public boolean http() {
    return HTTP.matcher(start).matches();
  }

  /** The alert in the last record, null where that was something else. */
  public @Nullable Integer plainAlert() {
    return plainAlert < 0 ? null : plainAlert;
  }
}
