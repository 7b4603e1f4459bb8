package io.sallyport.cli.seal;

import io.sallyport.cli.CommandFailed;
import io.sallyport.envelope.EnvelopeKey;
import io.sallyport.envelope.KeyFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Set;

/** A key that nobody has seen, in a file that was not there and is its owner's alone. */
public final class NewKeyFile {

  private NewKeyFile() {}

  public static void write(Path file) throws CommandFailed {
    byte[] key = new byte[EnvelopeKey.SECRET_BYTES];
    new SecureRandom().nextBytes(key);
    byte[] line = KeyFile.encoded(key);
    try (FileChannel channel =
        FileChannel.open(
            file,
            Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")))) {
      write(channel, ByteBuffer.wrap(line), file);
    } catch (FileAlreadyExistsException e) {
      throw CommandFailed.invalid(
          file.toString(),
          "is there already, and what it has sealed would be lost with it",
          "name a new file");
    } catch (NoSuchFileException e) {
      throw CommandFailed.invalid(
          file.toString(), "is in a folder that does not exist", "make it first");
    } catch (IOException e) {
      throw Disk.writing(file.toString(), e);
    } finally {
      Arrays.fill(key, (byte) 0);
      Arrays.fill(line, (byte) 0);
    }
    Folder.force(file);
  }

  /** What would be half a key is removed. */
  private static void write(FileChannel channel, ByteBuffer line, Path file) throws IOException {
    boolean whole = false;
    try {
      while (line.hasRemaining()) {
        channel.write(line);
      }
      channel.force(true);
      whole = true;
    } finally {
      if (!whole) {
        Files.deleteIfExists(file);
      }
    }
  }
}
