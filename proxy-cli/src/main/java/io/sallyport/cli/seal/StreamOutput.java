package io.sallyport.cli.seal;

import io.netty.buffer.ByteBuf;
import io.sallyport.cli.CommandFailed;
import java.io.IOException;
import java.nio.channels.FileChannel;

/** Standard output, a pipe or a device: what has been written there has been read, perhaps. */
final class StreamOutput implements Output {

  private final String name;
  private final FileChannel channel;
  private final boolean terminal;
  private long releasedBytes;

  /**
   * @param terminal where text is shown and other bytes are refused: they could play with it
   */
  StreamOutput(String name, FileChannel channel, boolean terminal) {
    this.name = name;
    this.channel = channel;
    this.terminal = terminal;
  }

  static CommandFailed notForATerminal() {
    return CommandFailed.invalid(
        "standard output",
        "is a terminal, and this is no text",
        "name a file with -o, or send it to another program");
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public void write(ByteBuf bytes) throws CommandFailed {
    if (terminal && bytes.forEachByte(StreamOutput::isOfText) >= 0) {
      throw notForATerminal();
    }
    try {
      while (bytes.isReadable()) {
        releasedBytes += bytes.readBytes(channel, bytes.readableBytes());
      }
    } catch (IOException e) {
      throw Disk.writing(name, e);
    }
  }

  private static boolean isOfText(byte value) {
    return value < 0 || (value >= ' ' && value != 0x7f) || "\t\n\r".indexOf(value) >= 0;
  }

  @Override
  public long releasedBytes() {
    return releasedBytes;
  }

  @Override
  public void commit() throws CommandFailed {
    try {
      channel.close();
    } catch (IOException e) {
      // Some file systems tell only now.
      throw Disk.writing(name, e);
    }
  }

  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      // What went wrong before has been told.
    }
  }
}
