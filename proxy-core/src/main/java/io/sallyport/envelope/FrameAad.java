package io.sallyport.envelope;

import io.sallyport.envelope.FrameConnection.Role;
import java.nio.ByteBuffer;

/** What binds a frame to its place: direction ‖ connection salt ‖ counter, and its nonce. */
final class FrameAad {

  /** As many as C2SP allows chunks under one key. */
  static final long MOST_FRAMES = ChunkNonces.MOST_CHUNKS;

  private final ByteBuffer aad;
  private final ByteBuffer nonce = ByteBuffer.allocate(Aes256Gcm.NONCE_BYTES);
  private final int counterAt;
  private long counter;

  FrameAad(Role direction, byte[] connectionSalt) {
    this(direction, connectionSalt, 0);
  }

  FrameAad(Role direction, byte[] connectionSalt, long first) {
    counter = first - 1;
    counterAt = 1 + connectionSalt.length;
    aad = ByteBuffer.allocate(counterAt + Long.BYTES).put(direction.code()).put(connectionSalt);
  }

  /** Goes to the next frame; the first is number zero. */
  void next() throws EnvelopeFailed {
    if (counter + 1 >= MOST_FRAMES) {
      throw new EnvelopeFailed(
          EnvelopeFailure.TOO_LONG, "a direction has at most 2^38 frames; connect again");
    }
    counter++;
    aad.putLong(counterAt, counter);
    nonce.putLong(Aes256Gcm.NONCE_BYTES - Long.BYTES, counter);
  }

  long counter() {
    return counter;
  }

  byte[] aad() {
    return aad.array();
  }

  /** The counter, in twelve bytes. */
  byte[] nonce() {
    return nonce.array();
  }
}
