package io.sallyport.cli.seal;

import io.netty.buffer.ByteBuf;
import io.sallyport.cli.CommandFailed;
import java.io.Closeable;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/** Where the result goes. What is closed and was not committed is not there, where that can be. */
public interface Output extends Closeable {

  /** What is written. */
  enum Content {
    /** Sealed: not for a terminal, and no secret. */
    SEALED,
    /** A new file of it is its owner's alone; on a terminal only text is shown. */
    PLAINTEXT
  }

  /**
   * @param given a file; null and {@code -} are standard output
   */
  static Output to(@Nullable Path given, Content content) throws CommandFailed {
    if (given == null || Terminal.namesStandardOutput(given)) {
      boolean terminal = Terminal.isStandardOutput();
      if (terminal && content == Content.SEALED) {
        throw StreamOutput.notForATerminal();
      }
      FileChannel channel = new FileOutputStream(FileDescriptor.out).getChannel();
      return new StreamOutput("standard output", channel, terminal);
    }
    if (Files.isDirectory(given)) {
      throw CommandFailed.invalid(given.toString(), "is a folder", "name a file in it");
    }
    if (!Files.exists(given) || Files.isRegularFile(given)) {
      return Replacement.of(given, content);
    }
    try {
      FileChannel channel = FileChannel.open(given, StandardOpenOption.WRITE);
      return new StreamOutput(given.toString(), channel, false);
    } catch (IOException e) {
      throw Disk.writing(given.toString(), e);
    }
  }

  /** For messages. */
  String name();

  /** All that there is to read of it. */
  void write(ByteBuf bytes) throws CommandFailed;

  /**
   * How many bytes are where they cannot be taken back, whether what follows them is good or not.
   */
  long releasedBytes();

  /** All of it has been written, and is good. */
  void commit() throws CommandFailed;

  @Override
  void close();
}
