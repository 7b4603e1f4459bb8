package io.sallyport.tls;

import io.netty.buffer.ByteBuf;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * What tells one TLS connection from another at both of its ends: the first bytes of the random of
 * its ClientHello (RFC 8446 §4.1.2), which a packet capture shows too. The client chooses it, so it
 * proves nothing.
 */
final class HelloRandom {

  private static final int HANDSHAKE = 22;
  private static final int CLIENT_HELLO = 1;

  /** After the headers of record and handshake message, and a version. */
  private static final int MESSAGE_TYPE_AT = 5;

  private static final int FIRST_BYTE_AT = 11;
  private static final int END = FIRST_BYTE_AT + Long.BYTES;

  private int seen;
  private long random;

  /** The next bytes of the client, as few as they may be; they are not consumed. */
  void saw(ByteBuf bytes) {
    for (int i = bytes.readerIndex(); i < bytes.writerIndex() && seen < END; i++, seen++) {
      int octet = bytes.getUnsignedByte(i);
      if ((seen == 0 && octet != HANDSHAKE) || (seen == MESSAGE_TYPE_AT && octet != CLIENT_HELLO)) {
        seen = Integer.MAX_VALUE;
        return;
      }
      if (seen >= FIRST_BYTE_AT) {
        random = random << Byte.SIZE | octet;
      }
    }
  }

  /** In hex; null while it has not come, and where what came is no TLS. */
  @Nullable String text() {
    return seen == END ? HexFormat.of().toHexDigits(random) : null;
  }
}
