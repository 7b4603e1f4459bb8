package io.sallyport.cli.seal;

import io.netty.buffer.ByteBuf;
import io.sallyport.cli.CommandFailed;
import java.io.Closeable;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/** Bytes from a file, a pipe or standard input, read once from front to back. */
public final class Input implements Closeable {

  private static final long UNKNOWN = -1;

  private final String name;
  private final FileChannel channel;
  private final long fileBytes;
  private final Progress progress;

  private Input(String name, FileChannel channel, long fileBytes, Progress progress) {
    this.name = name;
    this.channel = channel;
    this.fileBytes = fileBytes;
    this.progress = progress;
  }

  /**
   * @param given a file; null and {@code -} are standard input
   * @param progress is told what has been read
   */
  public static Input of(@Nullable Path given, Progress progress) throws CommandFailed {
    if (given == null || given.toString().equals("-")) {
      FileChannel channel = new FileInputStream(FileDescriptor.in).getChannel();
      return new Input("standard input", channel, UNKNOWN, progress);
    }
    Path file = given;
    String name = file.toString();
    if (Files.isDirectory(file)) {
      throw CommandFailed.invalid(name, "is a folder", "name a file");
    }
    try {
      FileChannel channel = FileChannel.open(file, StandardOpenOption.READ);
      long bytes = Files.isRegularFile(file) ? channel.size() : UNKNOWN;
      progress.expect(bytes);
      return new Input(name, channel, bytes, progress);
    } catch (IOException e) {
      throw CommandFailed.unreadable(file, e);
    }
  }

  public String name() {
    return name;
  }

  /** How long the file was when it was opened; negative where it is none. */
  long fileBytes() {
    return fileBytes;
  }

  /** To be read at positions; whoever does so tells the progress. */
  FileChannel channel() {
    return channel;
  }

  /**
   * Puts in front what is there by now, as much as fits; waits for the first of it.
   *
   * @return false at the end
   */
  boolean fill(ByteBuf buffer) throws CommandFailed {
    buffer.clear();
    return append(buffer, buffer.capacity());
  }

  /** As {@link #fill}, after what is in the buffer. */
  boolean append(ByteBuf buffer, int mostBytes) throws CommandFailed {
    try {
      int read = buffer.writeBytes(channel, mostBytes);
      progress.moved(Math.max(0, read));
      return read >= 0;
    } catch (IOException e) {
      throw Disk.reading(name, e);
    }
  }

  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      // It was only read.
    }
  }
}
