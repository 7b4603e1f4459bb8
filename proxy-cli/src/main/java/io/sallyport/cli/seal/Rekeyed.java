package io.sallyport.cli.seal;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.sallyport.cli.CommandFailed;
import io.sallyport.cli.seal.Output.Content;
import io.sallyport.envelope.EnvelopeFailed;
import io.sallyport.envelope.EnvelopeKey;
import io.sallyport.envelope.KeyRing;
import io.sallyport.envelope.Sealed;
import io.sallyport.envelope.SealedStart;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;

/** Sealed files that get another key: each is replaced as a whole, or stays as it is. */
public final class Rekeyed {

  private static final int MOST_START_BYTES = 8 * 1024;

  /** Between two looks at the progress. */
  private static final long PIECE_BYTES = 64L << 20;

  private Rekeyed() {}

  /** Opens and seals again. */
  public static void reseal(KeyRing ring, EnvelopeKey to, byte[] aad, Path file, Progress progress)
      throws CommandFailed {
    checkRegular(file);
    try (Input in = Input.of(file, progress);
        Replacement out = Replacement.of(file, Content.SEALED)) {
      SealedCopy.reseal(ring, to, aad, in, out);
      out.checkUnchanged();
      out.commit();
    }
  }

  /**
   * Has the data key wrapped by another key, and copies the chunks as they are.
   *
   * @return false when that key wraps it already; the file is then as it was
   */
  public static boolean rewrap(KeyRing ring, EnvelopeKey to, Path file, Progress progress)
      throws CommandFailed {
    checkRegular(file);
    try (Input in = Input.of(file, progress)) {
      SealedStart start = SealedCopy.start(in, Unpooled.buffer(MOST_START_BYTES));
      if (!start.header().isWrapped()) {
        throw CommandFailed.failed(
            in.name(),
            "is sealed with key " + start.header().keyId() + " itself, which wraps nothing",
            "use reseal");
      }
      // Also where it is wrapped by that key already: so it is by that key, not one of its name.
      SealedStart rewrapped = EnvelopeFaults.done(Sealed.rewrap(ring, start, to));
      if (start.header().keyId().equals(to.id())) {
        return false;
      }
      try (Replacement out = Replacement.of(file, Content.SEALED)) {
        ByteBuf encoded = Unpooled.wrappedBuffer(rewrapped.encoded());
        out.write(encoded);
        copy(in, start.length(), out, progress);
        out.checkUnchanged();
        out.commit();
      }
      return true;
    } catch (EnvelopeFailed e) {
      throw EnvelopeFaults.of(file.toString(), e);
    }
  }

  private static void copy(Input in, long from, Replacement out, Progress progress)
      throws CommandFailed {
    try {
      FileChannel source = in.channel();
      for (long at = from; at < in.fileBytes(); ) {
        long piece = Math.min(PIECE_BYTES, in.fileBytes() - at);
        long copied = out.copy(source, at, piece);
        if (copied <= 0) {
          throw CommandFailed.failed(in.name(), "was changed meanwhile", "run it again");
        }
        at += copied;
        progress.moved(copied);
      }
    } catch (IOException e) {
      throw Disk.writing(out.name(), e);
    }
  }

  private static void checkRegular(Path file) throws CommandFailed {
    if (Files.exists(file) && !Files.isDirectory(file) && !Files.isRegularFile(file)) {
      throw CommandFailed.invalid(
          file.toString(), "is a pipe, a socket or a device", "name a file");
    }
  }
}
