package io.sallyport.config;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;

/** What is said of a file that a configuration names, in the same words whoever reads it. */
public final class FileFault {

  private static final Set<PosixFilePermission> OTHERS_READ =
      EnumSet.of(PosixFilePermission.GROUP_READ, PosixFilePermission.OTHERS_READ);

  private FileFault() {}

  /** Where it may keep its reader waiting for good, see {@link PipeOrDevice}. */
  public static Optional<Malformed> pipe(Path file) {
    return PipeOrDevice.is(file)
        ? Optional.of(new Malformed(file + " " + PipeOrDevice.FAULT, PipeOrDevice.REMEDY))
        : Optional.empty();
  }

  /** Of one that could not be read. */
  public static Malformed unreadable(Path file, IOException cause) {
    if (cause instanceof NoSuchFileException) {
      return new Malformed(file + " does not exist", "check the path");
    }
    if (cause instanceof AccessDeniedException) {
      return new Malformed(
          file + " may not be read by this user",
          "give the user that runs sallyport the right to read it");
    }
    if (Files.isDirectory(file)) {
      return new Malformed(file + " is a folder", "name a file in it");
    }
    return pipe(file)
        .orElseGet(() -> new Malformed(file + " cannot be read", "check the file and its disk"));
  }

  /**
   * Of a secret that others can read; none where the file system has no such permissions.
   *
   * <p>Unless strict, none of what lies in memory that is mounted read-only either. So a Secret of
   * Kubernetes comes: root's, since whoever runs as another user could not read it with mode 600,
   * and nobody here can change that.
   */
  public static Optional<Malformed> othersCanRead(Path file, boolean strict) {
    try {
      Set<PosixFilePermission> permissions = Files.getPosixFilePermissions(file);
      if (OTHERS_READ.stream().noneMatch(permissions::contains)) {
        return Optional.empty();
      }
      boolean mounted = isInReadOnlyMemory(file);
      return mounted && !strict
          ? Optional.empty()
          : Optional.of(
              new Malformed(
                  file + " can be read by group or others",
                  mounted
                      ? "have it mounted with mode 600, or leave strict-permissions off"
                      : "chmod 600 " + file));
    } catch (IOException | UnsupportedOperationException e) {
      return Optional.empty();
    }
  }

  private static boolean isInReadOnlyMemory(Path file) throws IOException {
    FileStore store = Files.getFileStore(file);
    return store.type().equals("tmpfs") && store.isReadOnly();
  }
}
