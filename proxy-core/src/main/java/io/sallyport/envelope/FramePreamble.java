package io.sallyport.envelope;

import io.netty.buffer.ByteBuf;
import io.sallyport.envelope.FrameConnection.Role;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** What each side of a {@link FrameConnection} sends first. */
final class FramePreamble {

  private static final byte[] MAGIC = {(byte) 0x89, 'S', 'L', 'F'};
  private static final byte VERSION = 1;
  private static final byte SUITE = 1;
  private static final int FIXED_BYTES = 8;
  static final int SALT_BYTES = 24;

  private final Role role;
  private final String keyId;
  private final byte[] salt;

  FramePreamble(Role role, String keyId, byte[] salt) {
    this.role = role;
    this.keyId = keyId;
    this.salt = salt;
  }

  Role role() {
    return role;
  }

  String keyId() {
    return keyId;
  }

  byte[] salt() {
    return salt;
  }

  byte[] encoded() {
    return ByteBuffer.allocate(FIXED_BYTES + keyId.length() + SALT_BYTES)
        .put(MAGIC)
        .put(VERSION)
        .put(SUITE)
        .put(role.code())
        .put((byte) keyId.length())
        .put(keyId.getBytes(StandardCharsets.US_ASCII))
        .put(salt)
        .array();
  }

  /** Collects one, in pieces of any size; lengths are checked before anything is allocated. */
  static final class Reader {

    private byte[] bytes = new byte[FIXED_BYTES];
    private int have;

    /** Null while it wants more. */
    @Nullable FramePreamble read(ByteBuf in) throws EnvelopeFailed {
      if (!take(in)) {
        return null;
      }
      if (bytes.length == FIXED_BYTES) {
        checkFixedPart();
        bytes = Arrays.copyOf(bytes, FIXED_BYTES + bytes[7] + SALT_BYTES);
        if (!take(in)) {
          return null;
        }
      }
      int saltAt = bytes.length - SALT_BYTES;
      String keyId =
          new String(bytes, FIXED_BYTES, saltAt - FIXED_BYTES, StandardCharsets.ISO_8859_1);
      if (!EnvelopeKey.isId(keyId)) {
        throw new EnvelopeFailed(
            EnvelopeFailure.MALFORMED,
            "the preamble has a key id with other characters than A-Z a-z 0-9 . _ -");
      }
      return new FramePreamble(
          bytes[6] == 0 ? Role.INITIATOR : Role.RESPONDER,
          keyId,
          Arrays.copyOfRange(bytes, saltAt, bytes.length));
    }

    private boolean take(ByteBuf in) {
      int length = Math.min(in.readableBytes(), bytes.length - have);
      in.readBytes(bytes, have, length);
      have += length;
      return have == bytes.length;
    }

    private void checkFixedPart() throws EnvelopeFailed {
      if (!Arrays.equals(bytes, 0, MAGIC.length, MAGIC, 0, MAGIC.length)) {
        throw new EnvelopeFailed(
            EnvelopeFailure.NOT_AN_ENVELOPE,
            "it does not begin with the preamble of frames; does the other side have an envelope?");
      }
      if (bytes[4] != VERSION || bytes[5] != SUITE) {
        throw new EnvelopeFailed(
            EnvelopeFailure.UNKNOWN_VERSION,
            "version " + bytes[4] + ", suite " + bytes[5] + "; known is version 1, suite 1");
      }
      int idLength = bytes[7];
      if (bytes[6] < 0 || bytes[6] > 1 || idLength < 1 || idLength > EnvelopeKey.MOST_ID_LENGTH) {
        throw new EnvelopeFailed(
            EnvelopeFailure.MALFORMED, "the preamble has a role or a length out of bounds");
      }
    }
  }
}
