package io.sallyport.config;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;

/** What is said of a file that a configuration names, in the same words whoever reads it. */
public final class FileFault {

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

  /** Of a secret that others can read, see {@link OpenToOthers}. */
  public static Optional<Malformed> othersCanRead(Path file, boolean strict) {
    return OpenToOthers.remedy(file, strict)
        .map(remedy -> new Malformed(file + " " + OpenToOthers.FAULT, remedy));
  }
}
