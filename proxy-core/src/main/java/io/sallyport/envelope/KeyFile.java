package io.sallyport.envelope;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;

/** Files that hold one key: exactly 32 bytes, encoded as whoever names the file says. */
public final class KeyFile {

  /** Nothing that is a key file is larger: 64 hex digits and CR LF. */
  private static final int MOST_BYTES = 66;

  private KeyFile() {}

  /**
   * @return 32 bytes, for the caller to wipe
   * @throws InvalidKeyFile when it does not hold exactly one key in that encoding
   * @throws IOException when it cannot be read
   */
  public static byte[] read(Path file, KeyEncoding encoding) throws InvalidKeyFile, IOException {
    byte[] content;
    try (InputStream in = Files.newInputStream(file)) {
      content = in.readNBytes(MOST_BYTES + 1);
    }
    byte[] key = {};
    try {
      if (content.length > MOST_BYTES) {
        throw new InvalidKeyFile("is larger than a key");
      }
      key = decode(content, encoding);
      if (key.length != EnvelopeKey.SECRET_BYTES) {
        int length = key.length;
        Arrays.fill(key, (byte) 0);
        throw new InvalidKeyFile("holds a key of " + length + " bytes; it must be 32");
      }
      return key;
    } finally {
      if (content != key) {
        Arrays.fill(content, (byte) 0);
      }
    }
  }

  /** As `keygen` writes it: base64 and a line end. */
  public static byte[] encoded(byte[] key) {
    byte[] text = Base64.getEncoder().encode(key);
    byte[] line = Arrays.copyOf(text, text.length + 1);
    line[text.length] = '\n';
    Arrays.fill(text, (byte) 0);
    return line;
  }

  private static byte[] decode(byte[] content, KeyEncoding encoding) throws InvalidKeyFile {
    if (encoding == KeyEncoding.BINARY) {
      return content.clone();
    }
    byte[] line = withoutLineEnd(content);
    try {
      return encoding == KeyEncoding.HEX ? hex(line) : Base64.getDecoder().decode(line);
    } catch (IllegalArgumentException e) {
      // Not the cause: it would tell bytes of the key.
      throw new InvalidKeyFile("is not " + (encoding == KeyEncoding.HEX ? "hex" : "base64"));
    } finally {
      Arrays.fill(line, (byte) 0);
    }
  }

  private static byte[] withoutLineEnd(byte[] content) {
    int length = content.length;
    if (length > 0 && content[length - 1] == '\n') {
      length--;
    }
    if (length > 0 && content[length - 1] == '\r') {
      length--;
    }
    return Arrays.copyOf(content, length);
  }

  private static byte[] hex(byte[] digits) {
    CharBuffer chars = StandardCharsets.ISO_8859_1.decode(ByteBuffer.wrap(digits));
    try {
      return HexFormat.of().parseHex(chars);
    } finally {
      Arrays.fill(chars.array(), '\0');
    }
  }
}
