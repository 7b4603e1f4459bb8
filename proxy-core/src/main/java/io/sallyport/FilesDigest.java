package io.sallyport;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Collection;
import java.util.HexFormat;

/**
 * Tells whether any of several files has changed, by what is in them: a time of modification may
 * stay, and with a symbolic link it is that of another file.
 */
final class FilesDigest {

  /** More than any file that is read may have. */
  private static final int MOST_BYTES = (16 << 20) + 1;

  private static final byte[] NO_FILE = {};

  private static final int CHUNK = 16 * 1024;

  /** The digest of no files, whatever is in them. */
  static final String UNKNOWN = "";

  /** No file system's clock is coarser. */
  private static final Duration COARSEST_CLOCK = Duration.ofSeconds(2);

  private FilesDigest() {}

  /** Whether what was read of these may not be what is in them now. */
  static boolean mayHaveChangedSince(Instant read, Collection<Path> files) {
    Instant from = read.minus(COARSEST_CLOCK);
    for (Path file : files) {
      try {
        if (Files.getLastModifiedTime(file).toInstant().isAfter(from)) {
          return true;
        }
      } catch (IOException e) {
        return true;
      }
    }
    return false;
  }

  /** Changes with any content, with what is there and with what can be read. Blocks. */
  static String of(Collection<Path> files) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      byte[] chunk = new byte[CHUNK];
      for (Path file : files.stream().sorted().toList()) {
        digest.update(file.toString().getBytes(StandardCharsets.UTF_8));
        digest.update(ofContent(file, chunk));
      }
      Arrays.fill(chunk, (byte) 0); // there may be a key in it
      return HexFormat.of().formatHex(digest.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  private static byte[] ofContent(Path file, byte[] chunk) throws NoSuchAlgorithmException {
    if (!Files.isRegularFile(file)) {
      return NO_FILE; // a pipe would be read empty, or wait for a writer
    }
    MessageDigest content = MessageDigest.getInstance("SHA-256");
    try (InputStream in = Files.newInputStream(file)) {
      int left = MOST_BYTES;
      for (int n = in.read(chunk); n > 0 && left > 0; n = in.read(chunk)) {
        content.update(chunk, 0, n);
        left -= n;
      }
      return content.digest();
    } catch (IOException e) {
      return e.getClass().getName().getBytes(StandardCharsets.UTF_8);
    }
  }
}
