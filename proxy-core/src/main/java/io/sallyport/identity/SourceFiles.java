package io.sallyport.identity;

import io.sallyport.config.FileFault;
import io.sallyport.config.Malformed;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Reads each file at most once, so that certificate and key in one file are of one age, and no more
 * of it than a limit. What was read is wiped in the end.
 */
final class SourceFiles implements AutoCloseable {
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
    Optional<Malformed> pipe = FileFault.pipe(file);
    if (pipe.isPresent()) {
      throw unusable(setting, pipe.get());
    }
    try (InputStream in = Files.newInputStream(file)) {
      return in.readNBytes(MOST_BYTES_OF_TRUST + 1);
    } catch (IOException e) {
      throw unreadable(setting, file, e);
    }
  }

  static Unusable unreadable(String setting, Path file, IOException cause) {
    return unusable(setting, FileFault.unreadable(file, cause));
  }

  private static Unusable unusable(String setting, Malformed fault) {
    return new Unusable(setting, fault.fault(), fault.remedy());
  }

  @Override
  public void close() {
    contents.values().forEach(content -> Arrays.fill(content, (byte) 0));
  }
}
