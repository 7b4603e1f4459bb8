package io.sallyport.identity;

import io.sallyport.config.PipeOrDevice;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/**
 * Reads each file at most once, so that certificate and key in one file are of one age, and no more
 * of it than a limit. What was read is wiped in the end.
 */
final class SourceFiles implements AutoCloseable {
  private static final Set<PosixFilePermission> OTHERS_READ =
      EnumSet.of(PosixFilePermission.GROUP_READ, PosixFilePermission.OTHERS_READ);

  static final int MOST_BYTES_OF_KEY = 1 << 20;
  static final int MOST_BYTES_OF_TRUST = 16 << 20;

  private final Map<Path, byte[]> contents = new HashMap<>();

  /** Not empty. The caller must not change it. */
  byte[] read(String setting, Path file, int mostBytes) throws Unusable {
    byte[] content = contents.get(file);
    if (content == null) {
      content = fresh(setting, file);
      contents.put(file, content);
    }
    if (content.length == 0) {
      throw new Unusable(setting, file + " is empty", "check what writes it");
    }
    if (content.length > mostBytes) {
      throw new Unusable(
          setting, file + " is larger than " + mostBytes + " bytes", "name the right file");
    }
    return content;
  }

  private static byte[] fresh(String setting, Path file) throws Unusable {
    if (PipeOrDevice.is(file)) {
      throw pipe(setting, file);
    }
    try (InputStream in = Files.newInputStream(file)) {
      return in.readNBytes(MOST_BYTES_OF_TRUST + 1);
    } catch (IOException e) {
      throw unreadable(setting, file, e);
    }
  }

  private static Unusable pipe(String setting, Path file) {
    return new Unusable(setting, file + " " + PipeOrDevice.FAULT, PipeOrDevice.REMEDY);
  }

  static Unusable unreadable(String setting, Path file, IOException cause) {
    if (cause instanceof NoSuchFileException) {
      return new Unusable(setting, file + " does not exist", "check the path");
    }
    if (cause instanceof AccessDeniedException) {
      return new Unusable(
          setting,
          file + " may not be read by this user",
          "give the user that runs sallyport the right to read it");
    }
    if (Files.isDirectory(file)) {
      return new Unusable(setting, file + " is a folder", "name a file in it");
    }
    if (PipeOrDevice.is(file)) {
      return pipe(setting, file);
    }
    return new Unusable(setting, file + " cannot be read", "check the file and its disk");
  }

  /** Where the file system has no such permissions, nobody. */
  static boolean othersCanRead(Path file) {
    try {
      Set<PosixFilePermission> permissions = Files.getPosixFilePermissions(file);
      return OTHERS_READ.stream().anyMatch(permissions::contains);
    } catch (IOException | UnsupportedOperationException e) {
      return false;
    }
  }

  @Override
  public void close() {
    contents.values().forEach(content -> Arrays.fill(content, (byte) 0));
  }
}
