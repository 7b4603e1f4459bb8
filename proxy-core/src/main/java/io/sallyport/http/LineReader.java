package io.sallyport.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.netty.buffer.ByteBuf;
import io.netty.util.AsciiString;
import io.netty.util.ByteProcessor;
import java.util.Arrays;

/**
 * Reads lines that end with CRLF and hold no other control byte than HTAB. RFC 9112 §2.2 would let
 * a bare LF end a line: what takes it for an end and what does not then see different messages.
 * Each byte is looked at once, however small the pieces are in which a line comes.
 */
final class LineReader {

  private static final int USUAL_BYTES = 256;
  private static final int MOST_BYTES_KEPT = 4096;
  private static final ByteProcessor TEXT = Octets::isText;

  private byte[] line = new byte[USUAL_BYTES];
  private int length;

  /** Of the line that has not ended: what is known to be text. */
  private int textBytes;

  /**
   * Takes the next line, if all of it is there; else nothing is taken.
   *
   * @param mostBytes that the line may have, without CRLF
   * @param tooLong what is thrown as soon as it has more
   * @return whether there is a line to look at now
   * @throws Malformed also with {@link Flaw#BARE_CR}, {@link Flaw#BARE_LF} and {@link
   *     Flaw#CONTROL_BYTE}
   */
  boolean read(ByteBuf in, int mostBytes, Flaw tooLong) throws Malformed {
    int first = in.readerIndex();
    int window = (int) Math.min(in.readableBytes(), mostBytes + 1L);
    int at = textBytes < window ? in.forEachByte(first + textBytes, window - textBytes, TEXT) : -1;
    if (at < 0) {
      if (window > mostBytes) {
        throw new Malformed(tooLong, "more than " + mostBytes + " bytes");
      }
      textBytes = window;
      return false;
    }
    byte found = in.getByte(at);
    if (found == '\n') {
      throw new Malformed(Flaw.BARE_LF, "LF without CR");
    }
    if (found != '\r') {
      throw new Malformed(Flaw.CONTROL_BYTE, Excerpt.of(found));
    }
    textBytes = at - first;
    if (at + 1 == in.writerIndex()) {
      return false;
    }
    if (in.getByte(at + 1) != '\n') {
      throw new Malformed(Flaw.BARE_CR, "CR without LF");
    }
    take(in);
    return true;
  }

  private void take(ByteBuf in) {
    length = textBytes;
    textBytes = 0;
    if (length > line.length || (line.length > MOST_BYTES_KEPT && length <= USUAL_BYTES)) {
      line = new byte[Math.max(length, USUAL_BYTES)];
    }
    in.readBytes(line, 0, length);
    in.skipBytes(2);
  }

  /** Holds the line from index 0 on, until the next is read. */
  byte[] bytes() {
    return line;
  }

  /** Of the line, without CRLF. */
  int length() {
    return length;
  }

  byte byteAt(int index) {
    return line[index];
  }

  String text(int from, int to) {
    return new String(line, from, to - from, ISO_8859_1);
  }

  /** Whether it ends with this, and nothing else, from there on. */
  boolean endsWith(int from, AsciiString end) {
    return length - from == end.length()
        && Arrays.equals(line, from, length, end.array(), 0, end.length());
  }

  /** Index of the first such byte from there on; -1 where there is none. */
  int indexOf(char wanted, int from) {
    for (int i = from; i < length; i++) {
      if (line[i] == wanted) {
        return i;
      }
    }
    return -1;
  }
}
