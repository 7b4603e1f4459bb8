package io.sallyport.envelope;

import static java.util.Objects.requireNonNull;

import java.security.MessageDigest;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A key of a ring: its id, what it is for, what it may do, and the secret, which it never tells.
 */
public final class EnvelopeKey {

  /** An id goes into headers and logs, so it has few characters and an end. */
  public static final int MOST_ID_LENGTH = 64;

  /** Of every secret. */
  public static final int SECRET_BYTES = Aes256Gcm.KEY_BYTES;

  private static final Pattern ID = Pattern.compile("[A-Za-z0-9._-]{1," + MOST_ID_LENGTH + "}");

  private final String id;
  private final KeyUse use;
  private final KeyState state;
  private final byte @Nullable [] secret;
  private final @Nullable KeyWrapping wrapping;
  private final NonceBudget nonces;

  private EnvelopeKey(
      String id,
      KeyUse use,
      KeyState state,
      byte @Nullable [] secret,
      @Nullable KeyWrapping wrapping,
      NonceBudget nonces) {
    if (!isId(id)) {
      throw new IllegalArgumentException("a key id is 1 to 64 of A-Z a-z 0-9 . _ -");
    }
    this.id = id;
    this.use = use;
    this.state = state;
    this.secret = secret;
    this.wrapping = wrapping;
    this.nonces = nonces;
  }

  /**
   * A key whose secret is here.
   *
   * @param id 1 to 64 of {@code [A-Za-z0-9._-]}
   * @param secret 32 uniformly random bytes; copied
   */
  public static EnvelopeKey of(String id, KeyUse use, KeyState state, byte[] secret) {
    if (secret.length != SECRET_BYTES) {
      throw new IllegalArgumentException("a secret of " + secret.length + " bytes");
    }
    byte[] own = secret.clone();
    return new EnvelopeKey(
        id,
        use,
        state,
        own,
        use == KeyUse.WRAP ? new AesKeyWrapping(own) : null,
        new NonceBudget(id));
  }

  /** A key that wraps data keys and is kept elsewhere, such as in a key management service. */
  public static EnvelopeKey wrapping(String id, KeyState state, KeyWrapping wrapping) {
    return new EnvelopeKey(id, KeyUse.WRAP, state, null, wrapping, new NonceBudget(id));
  }

  /**
   * A disabled key, whose secret is not needed and may be gone. What names it is refused as such,
   * not as unknown.
   */
  public static EnvelopeKey disabled(String id, KeyUse use) {
    return new EnvelopeKey(id, use, KeyState.DISABLED, null, null, new NonceBudget(id));
  }

  public static boolean isId(String text) {
    return ID.matcher(text).matches();
  }

  public String id() {
    return id;
  }

  public KeyUse use() {
    return use;
  }

  public KeyState state() {
    return state;
  }

  /** How many messages it has sealed under random nonces. */
  public NonceBudget nonces() {
    return nonces;
  }

  /** False of a disabled key, and of one that is kept elsewhere. */
  boolean hasSecret() {
    return secret != null;
  }

  /** Not to be changed. */
  byte[] secret() {
    return requireNonNull(secret);
  }

  KeyWrapping wrapping() {
    return requireNonNull(wrapping);
  }

  /** The same key, which counts its nonces on from where the other one was. */
  EnvelopeKey continuing(EnvelopeKey before) {
    return new EnvelopeKey(id, use, state, secret, wrapping, before.nonces);
  }

  /** Compares in constant time; false where one of them has no secret here. */
  public boolean hasSecretOf(EnvelopeKey other) {
    return secret != null && other.secret != null && MessageDigest.isEqual(secret, other.secret);
  }

  /** Whether nothing but how many nonces were taken can tell them apart. */
  boolean isSameAs(EnvelopeKey other) {
    boolean neitherHere = secret == null && other.secret == null && wrapping == other.wrapping;
    return isNamedAs(other) && state == other.state && (hasSecretOf(other) || neitherHere);
  }

  /** All that tells whether two keys are one, where the secret of one is not here. */
  boolean mayBe(EnvelopeKey other) {
    return isNamedAs(other) && (secret == null || other.secret == null);
  }

  private boolean isNamedAs(EnvelopeKey other) {
    return id.equals(other.id) && use == other.use;
  }

  @Override
  public String toString() {
    return id + " (" + use + ", " + state + ")";
  }
}
