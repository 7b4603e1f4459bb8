package io.sallyport.testcerts;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;

/**
 * A file that appears whole or not at all: written beside its place, then renamed into it. Several
 * can be staged before the first is published, so that a full disk leaves none of them.
 */
final class StagedFile implements AutoCloseable {
  private final Path temporary;
  private final Path place;

  private StagedFile(Path temporary, Path place) {
    this.temporary = temporary;
    this.place = place;
  }

  /** A file that all may read. */
  static StagedFile open(Path place, String text) throws IOException {
    return stage(place, text.getBytes(StandardCharsets.US_ASCII), "rw-r--r--");
  }

  /** A file that nobody but its owner can read, at any time. */
  static StagedFile secret(Path place, String text) throws IOException {
    return secret(place, text.getBytes(StandardCharsets.US_ASCII));
  }

  /** A file that nobody but its owner can read, at any time. */
  static StagedFile secret(Path place, byte[] content) throws IOException {
    return stage(place, content, "rw-------");
  }

  private static StagedFile stage(Path place, byte[] content, String mode) throws IOException {
    // createTempFile makes it 0600 before a byte is in it, whatever the umask.
    Path temporary =
        Files.createTempFile(place.toAbsolutePath().getParent(), "." + place.getFileName(), ".tmp");
    StagedFile staged = new StagedFile(temporary, place);
    try {
      Files.write(temporary, content);
      if (temporary.getFileSystem().supportedFileAttributeViews().contains("posix")) {
        Files.setPosixFilePermissions(temporary, PosixFilePermissions.fromString(mode));
      }
      return staged;
    } catch (IOException e) {
      staged.close();
      throw e;
    }
  }

  /** Puts the file into its place, instead of what may be there. */
  void publish() throws IOException {
    Files.move(temporary, place, StandardCopyOption.ATOMIC_MOVE);
  }

  @Override
  public void close() throws IOException {
    Files.deleteIfExists(temporary);
  }
}
