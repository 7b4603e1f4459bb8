package io.sallyport.envelope;

import io.sallyport.envelope.FrameConnection.Role;
import java.nio.ByteBuffer;

/** What binds a frame to its place: direction ‖ connection salt ‖ counter, and its nonce. */
final class FrameAad {

  private final ByteBuffer aad;
  private final ByteBuffer nonce = ByteBuffer.allocate(Aes256Gcm.NONCE_BYTES);
  private final int counterAt;
  private long counter = -1;

  FrameAad(Role direction, byte[] connectionSalt) {
    counterAt = 1 + connectionSalt.length;
    aad = ByteBuffer.allocate(counterAt + Long.BYTES).put(direction.code()).put(connectionSalt);
  }

  /** Goes to the next frame; the first is number zero. */
  void next() {
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
