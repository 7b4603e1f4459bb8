package io.sallyport.config;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;

/**
 * What stands in the place of a file and may keep its reader waiting for good. What this process
 * was given when it was started, such as {@code /dev/fd/63} of a shell's {@code <(...)}, is read.
 */
public final class PipeOrDevice {

  public static final String FAULT = "is a pipe, a socket or a device";
  public static final String REMEDY = "name a file, which can be read again";

  private PipeOrDevice() {}

  public static boolean is(Path file) {
    Path absolute = file.toAbsolutePath();
    if (absolute.startsWith("/dev") || absolute.startsWith("/proc")) {
      return false;
    }
    try {
      return Files.readAttributes(file, BasicFileAttributes.class).isOther();
    } catch (IOException e) {
      return false; // whoever reads it says what is wrong
    }
  }
}
