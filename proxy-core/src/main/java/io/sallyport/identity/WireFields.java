package io.sallyport.identity;

import io.sallyport.config.Malformed;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * The fields of one message in the wire format of Protocol Buffers, in their order. What ends
 * before its time, or is of a kind that the format has not, is refused; so are groups, which it has
 * not any more.
 */
final class WireFields {

  private static final int VARINT = 0;
  private static final int FIXED_64 = 1;
  private static final int LENGTH_DELIMITED = 2;
  private static final int FIXED_32 = 5;

  private static final int MOST_VARINT_BYTES = 10;

  private final byte[] in;
  private final int end;
  private int at;

  private int number;
  private int type;
  private int from;

  WireFields(byte[] message) {
    this(message, 0, message.length);
  }

  private WireFields(byte[] in, int from, int end) {
    this.in = in;
    this.at = from;
    this.end = end;
  }

  /** Goes to the next field; false when there is none. */
  boolean next() throws Malformed {
    if (at == end) {
      return false;
    }
    long tag = varint();
    type = (int) tag & 7;
    long field = tag >>> 3;
    if (field < 1 || field >= 1 << 29) {
      throw broken("a field of no number");
    }
    number = (int) field;
    long length =
        switch (type) {
          case VARINT -> {
            varint();
            yield 0;
          }
          case FIXED_64 -> Long.BYTES;
          case LENGTH_DELIMITED -> varint();
          case FIXED_32 -> Integer.BYTES;
          default -> throw broken("a field of the type " + type);
        };
    from = at;
    if (length < 0 || length > end - at) {
      throw broken("a field that is longer than what holds it");
    }
    at += (int) length;
    return true;
  }

  /** Of the field. */
  int number() {
    return number;
  }

  /** What the field holds; a copy, which the caller may wipe. */
  byte[] bytes() throws Malformed {
    requireContent();
    return Arrays.copyOfRange(in, from, at);
  }

  /** The field as text, of which only ASCII is ever good: anything else comes as some other. */
  String text() throws Malformed {
    requireContent();
    return new String(in, from, at - from, StandardCharsets.ISO_8859_1);
  }

  /** The field as a message. */
  WireFields message() throws Malformed {
    requireContent();
    return new WireFields(in, from, at);
  }

  private void requireContent() throws Malformed {
    if (type != LENGTH_DELIMITED) {
      throw broken("the field " + number + " as a number");
    }
  }

  private long varint() throws Malformed {
    long value = 0;
    for (int i = 0; i < MOST_VARINT_BYTES; i++) {
      if (at == end) {
        throw broken("a number that does not end");
      }
      byte next = in[at++];
      value |= (long) (next & 0x7f) << (7 * i);
      if (next >= 0) {
        return value;
      }
    }
    throw broken("a number that does not end");
  }

  private static Malformed broken(String what) {
    return new Malformed(
        "the Workload API gave a message that cannot be read: it has " + what,
        "check that it is a SPIFFE agent that answers there");
  }
}
