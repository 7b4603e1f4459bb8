package io.sallyport;

/**
 * Tells when files that are looked at now and then are to be read: once two looks have found the
 * same in them. What is being rewritten in place may be valid at any moment, as half a bundle of
 * CAs or half a list of rules is, and is not what anybody meant. Confined to one thread.
 */
final class SettledFiles {

  private String taken;
  private String seen = FilesDigest.UNKNOWN;

  /**
   * @param taken the {@link FilesDigest} of what is served by
   */
  SettledFiles(String taken) {
    this.taken = taken;
  }

  /** They have been read; unknown when they may have changed since, or others have been named. */
  void taken(String digest) {
    taken = digest;
  }

  /** Whether this is not what was read last. */
  boolean areNew(String digest) {
    return !digest.equals(taken);
  }

  /**
   * One look.
   *
   * @param now their digest
   * @param anyway to read them again though nothing has changed, as what was in them could not
   *     serve
   */
  boolean areToBeRead(String now, boolean anyway) {
    boolean settled = now.equals(seen);
    seen = now;
    return settled && (anyway || areNew(now));
  }
}
