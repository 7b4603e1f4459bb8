package io.sallyport.config;

import static java.nio.file.attribute.PosixFilePermission.GROUP_READ;
import static java.nio.file.attribute.PosixFilePermission.OTHERS_READ;

import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Optional;
import java.util.Set;

/**
 * A secret in a file that others than its reader can read. A file of root's may be open to its
 * group, unless root is who reads it: so root lends it to a service, which must not write to it.
 */
public final class OpenToOthers {

  public static final String FAULT = "can be read by group or others";

  private static final int ROOT = 0;
  private static final int UNKNOWN = -1;

  private OpenToOthers() {}

  /**
   * What to do about it; none where it is not open, or the file system has no such permissions.
   *
   * <p>Unless strict, none of what lies in memory that is mounted read-only either. So a Secret of
   * Kubernetes comes: root's, since whoever runs as another user could not read it with mode 600,
   * and nobody here can change that.
   */
  public static Optional<String> remedy(Path file, boolean strict) {
    try {
      Set<PosixFilePermission> permissions = Files.getPosixFilePermissions(file);
      boolean lent = isLent(owner(file), self());
      if (!isOpen(permissions, lent)) {
        return Optional.empty();
      }
      if (isInReadOnlyMemory(file)) {
        return strict
            ? Optional.of("have it mounted with mode 600, or leave strict permissions off")
            : Optional.empty();
      }
      return Optional.of(
          lent
              ? "give it a group that is only of the user who runs sallyport, and chmod 640 " + file
              : "chmod 600 " + file);
    } catch (IOException | UnsupportedOperationException e) {
      return Optional.empty();
    }
  }

  private static boolean isInReadOnlyMemory(Path file) throws IOException {
    FileStore store = Files.getFileStore(file);
    return store.type().equals("tmpfs") && store.isReadOnly();
  }

  static boolean isLent(int owner, int reader) {
    return owner == ROOT && reader != ROOT && reader != UNKNOWN;
  }

  static boolean isOpen(Set<PosixFilePermission> permissions, boolean lent) {
    return permissions.contains(OTHERS_READ) || (!lent && permissions.contains(GROUP_READ));
  }

  private static int owner(Path file) throws IOException {
    return (int) Files.getAttribute(file, "unix:uid");
  }

  /** As whom this process runs. */
  private static int self() {
    try {
      return owner(Path.of("/proc/self"));
    } catch (IOException e) {
      return UNKNOWN;
    }
  }
}
