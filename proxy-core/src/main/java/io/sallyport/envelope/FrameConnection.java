package io.sallyport.envelope;

import static java.util.Objects.requireNonNull;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A connection whose two streams are cut into frames, each sealed as it is written: nothing waits
 * for a chunk to be full. Not thread-safe.
 *
 * <p>Each side first sends its preamble:
 *
 * <pre>
 *   0      4  magic 89 53 4C 46
 *   4      1  version 01
 *   5      1  suite 01: AES-256-GCM, HKDF-Expand-SHA-512
 *   6      1  role: 00 who opened the connection, 01 who accepted it
 *   7      1  K, 1 to 64
 *   8      K  id of the key under which this side seals
 *   8+K   24  salt, random
 * </pre>
 *
 * <p>and then, once it has the other's, frames: length(4, big-endian) ‖ nonce(12) ‖ ciphertext ‖
 * tag(16), of which length counts all but itself; at most 16 KiB of plaintext each. A frame that
 * holds nothing is the end of its direction, whatever the channel below does with its ends, and
 * nothing follows it there; the other direction goes on. AAD = direction(1: the sender's role) ‖
 * connection salt(48: the opener's, then the accepter's) ‖ counter(8, big-endian, from zero). The
 * key of a direction is HKDF-Expand-SHA-512(input key, "sallyport frames v1 AES-256-GCM" ‖ 00 ‖
 * direction ‖ opener's preamble ‖ accepter's preamble).
 *
 * <p>So a frame counts once, at its place, in its direction, on this connection: both sides have
 * added something new to the salt, and what was recorded on one connection opens on no other. The
 * key is new with each connection; the nonce is the counter, which therefore never repeats under
 * it.
 *
 * <p>What it does not give: forward secrecy, which TLS around it has; and a name for the other
 * side. Whoever has the key ring may be at the other end, so a ring is for two sidecars, or for
 * such as stand for one another.
 */
public final class FrameConnection {

  /** Which side of the connection this is. */
  public enum Role {
    /** Who opened the connection. */
    INITIATOR(0),
    /** Who accepted it. */
    RESPONDER(1);

    private final byte code;

    Role(int code) {
      this.code = (byte) code;
    }

    Role other() {
      return this == INITIATOR ? RESPONDER : INITIATOR;
    }

    byte code() {
      return code;
    }
  }

  private static final byte[] LABEL =
      "sallyport frames v1 AES-256-GCM\0".getBytes(StandardCharsets.US_ASCII);

  private final Role role;
  private final KeyRing ring;
  private final EnvelopeKey key;
  private final FramePreamble own;
  private final FramePreamble.Reader reader = new FramePreamble.Reader();
  private @Nullable FrameSealer sealer;
  private @Nullable FrameOpener opener;

  /**
   * @param ring whose primary key for {@link KeyUse#FRAMES} seals, and whose others open
   * @throws EnvelopeFailed with {@link EnvelopeFailure#NO_PRIMARY_KEY}
   */
  public FrameConnection(Role role, KeyRing ring) throws EnvelopeFailed {
    this(role, ring, Bytes.random(FramePreamble.SALT_BYTES));
  }

  /**
   * @param salt random, and never used before
   */
  FrameConnection(Role role, KeyRing ring, byte[] salt) throws EnvelopeFailed {
    this.role = role;
    this.ring = ring;
    this.key = ring.primary(KeyUse.FRAMES);
    this.own = new FramePreamble(role, key.id(), salt);
  }

  /** What to send first. */
  public byte[] preamble() {
    return own.encoded();
  }

  /**
   * Takes the other side's preamble, in pieces of any size, and not a byte more.
   *
   * @return whether it is whole, so that frames may be sealed and opened
   * @throws EnvelopeFailed when it is not one, not of the other side, or of a key that is unknown
   *     or disabled
   */
  public boolean read(ByteBuf in) throws EnvelopeFailed {
    if (sealer != null) {
      return true;
    }
    FramePreamble other = reader.read(in);
    if (other == null) {
      return false;
    }
    if (other.role() != role.other()) {
      throw new EnvelopeFailed(
          EnvelopeFailure.MALFORMED, "the preamble is of our own side: sent back, or both dialled");
    }
    EnvelopeKey theirs = ring.toOpen(other.keyId(), KeyUse.FRAMES);
    boolean first = role == Role.INITIATOR;
    FramePreamble initiator = first ? own : other;
    FramePreamble responder = first ? other : own;
    byte[] preambles = Bytes.concat(initiator.encoded(), responder.encoded());
    byte[] salt = Bytes.concat(initiator.salt(), responder.salt());
    sealer = new FrameSealer(cipher(key, role, preambles), new FrameAad(role, salt));
    opener =
        new FrameOpener(cipher(theirs, role.other(), preambles), new FrameAad(role.other(), salt));
    return true;
  }

  private static Aes256Gcm cipher(EnvelopeKey key, Role direction, byte[] preambles) {
    byte[] derived =
        HkdfExpand.sha512(
            key.secret(),
            Bytes.concat(LABEL, new byte[] {direction.code()}, preambles),
            Aes256Gcm.KEY_BYTES);
    Aes256Gcm cipher = new Aes256Gcm(derived);
    Arrays.fill(derived, (byte) 0);
    return cipher;
  }

  /** After {@link #read} has said so. */
  public FrameSealer sealer() {
    return requireNonNull(sealer, "the other side's preamble is missing");
  }

  /** After {@link #read} has said so. */
  public FrameOpener opener() {
    return requireNonNull(opener, "the other side's preamble is missing");
  }
}
