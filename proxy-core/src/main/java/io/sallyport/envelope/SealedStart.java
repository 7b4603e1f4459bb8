package io.sallyport.envelope;

/** All that stands before the chunks of a sealed message: header, salt and key commitment. */
public final class SealedStart {

  /** Of salt and commitment, after the header. */
  static final int BYTES_AFTER_HEADER = ChunkKeys.SALT_BYTES + ChunkKeys.COMMITMENT_BYTES;

  private final SealedHeader header;
  private final byte[] salt;
  private final byte[] commitment;

  SealedStart(SealedHeader header, byte[] salt, byte[] commitment) {
    this.header = header;
    this.salt = salt;
    this.commitment = commitment;
  }

  public SealedHeader header() {
    return header;
  }

  public int length() {
    return header.length() + BYTES_AFTER_HEADER;
  }

  public byte[] encoded() {
    return Bytes.concat(header.encoded(), salt, commitment);
  }

  byte[] salt() {
    return salt;
  }

  byte[] commitment() {
    return commitment;
  }

  /** The same message, its data key wrapped by another key. */
  SealedStart with(SealedHeader other) {
    return new SealedStart(other, salt, commitment);
  }
}
