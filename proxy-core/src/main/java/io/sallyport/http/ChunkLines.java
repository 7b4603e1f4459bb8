package io.sallyport.http;

/**
 * Reads the lines that tell the sizes of chunks (RFC 9112 §7.1). What extensions say is not looked
 * at, since none is passed on and nothing but CRLF can end the line; how much of a body they are is
 * bounded, or a peer could keep us reading them for a byte of data each.
 */
final class ChunkLines {

  /** Of one line, without CRLF. */
  static final int MOST_BYTES = 1024;

  private static final int MOST_DIGITS = 16;

  /** What extensions may take beyond as much as the data. */
  private static final int EXTENSION_BYTES = 16 * 1024;

  private long dataBytes;
  private long extensionBytes;

  void reset() {
    dataBytes = 0;
    extensionBytes = 0;
  }

  /** Such many bytes of data have come. */
  void came(int bytes) {
    dataBytes += bytes;
  }

  /**
   * The size of the chunk that follows, 0 for the last.
   *
   * @throws Malformed with {@link Flaw#CHUNK_SIZE} or {@link Flaw#CHUNK_EXTENSION}
   */
  long size(LineReader line) throws Malformed {
    long size = 0;
    int digits = 0;
    while (digits < line.length() && digits <= MOST_DIGITS) {
      int digit = Character.digit(line.byteAt(digits), 16);
      if (digit < 0) {
        break;
      }
      size = size << 4 | digit;
      digits++;
    }
    if (digits == 0 || digits > MOST_DIGITS || size < 0 || !endsOrExtends(line, digits)) {
      throw new Malformed(Flaw.CHUNK_SIZE, Excerpt.of(line.text(0, line.length())));
    }
    extensionBytes += line.length() - digits;
    if (extensionBytes > EXTENSION_BYTES + dataBytes) {
      throw new Malformed(Flaw.CHUNK_EXTENSION, "more of extensions than of data");
    }
    return size;
  }

  private static boolean endsOrExtends(LineReader line, int from) {
    int at = from;
    while (at < line.length() && Octets.isBlank(line.byteAt(at))) {
      at++;
    }
    return at < line.length() ? line.byteAt(at) == ';' : at == from;
  }
}
