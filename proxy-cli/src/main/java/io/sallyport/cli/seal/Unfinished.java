package io.sallyport.cli.seal;

import static java.nio.file.StandardCopyOption.ATOMIC_MOVE;
import static java.nio.file.StandardOpenOption.CREATE_NEW;
import static java.nio.file.StandardOpenOption.WRITE;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.util.HashSet;
import java.util.Set;

/**
 * The temporary files of this process. None outlives it, however it ends, short of being killed:
 * whoever is told to end it has a shutdown hook run.
 */
final class Unfinished {

  /** Guarded by the class, as all else here. */
  private static final Set<Path> FILES = new HashSet<>();

  private static boolean hooked;
  private static boolean ending;

  private Unfinished() {}

  /**
   * @throws IOException also when the process is ending: nobody would remove it
   */
  static synchronized FileChannel create(Path file, FileAttribute<?>... attributes)
      throws IOException {
    if (!hooked) {
      Runtime.getRuntime().addShutdownHook(new Thread(Unfinished::end));
      hooked = true;
    }
    checkGoingOn();
    FileChannel channel = FileChannel.open(file, Set.of(CREATE_NEW, WRITE), attributes);
    FILES.add(file);
    return channel;
  }

  /** It is finished: what was at the other place is gone, all at once. */
  static synchronized void rename(Path file, Path to) throws IOException {
    checkGoingOn();
    Files.move(file, to, ATOMIC_MOVE);
    FILES.remove(file);
  }

  static synchronized void delete(Path file) {
    if (FILES.remove(file)) {
      deleteQuietly(file);
    }
  }

  private static void checkGoingOn() throws IOException {
    if (ending) {
      throw new InterruptedIOException("was interrupted");
    }
  }

  private static synchronized void end() {
    ending = true;
    FILES.forEach(Unfinished::deleteQuietly);
    FILES.clear();
  }

  private static void deleteQuietly(Path file) {
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      // The disk is beyond help, and what went wrong there is told already.
    }
  }
}
