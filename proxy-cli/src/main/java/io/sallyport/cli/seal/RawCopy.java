package io.sallyport.cli.seal;

import static io.sallyport.envelope.RawSealer.DEFAULT_MOST_BYTES;
import static io.sallyport.envelope.RawSealer.OVERHEAD_BYTES;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.sallyport.cli.CommandFailed;
import io.sallyport.envelope.EnvelopeFailed;
import io.sallyport.envelope.EnvelopeKey;
import io.sallyport.envelope.KeyRing;
import io.sallyport.envelope.RawOpener;
import io.sallyport.envelope.RawSealer;
import java.util.Arrays;

/** Seals and opens in the raw format: one message, one buffer, and so at most 16 MiB. */
public final class RawCopy {

  private static final int FIRST_BYTES = 64 * 1024;

  /** One byte more than is allowed says that it is too long, however long it is. */
  private static final int MOST_READ_BYTES = DEFAULT_MOST_BYTES + OVERHEAD_BYTES + 1;

  private RawCopy() {}

  public static void seal(EnvelopeKey key, Input in, Output out) throws CommandFailed {
    ByteBuf plain = whole(in);
    ByteBuf sealed = Unpooled.buffer(plain.readableBytes() + OVERHEAD_BYTES);
    try {
      new RawSealer(key, DEFAULT_MOST_BYTES).seal(plain, sealed);
      out.write(sealed);
    } catch (EnvelopeFailed e) {
      throw EnvelopeFaults.ofRaw(in.name(), e);
    } finally {
      Arrays.fill(plain.array(), (byte) 0);
    }
  }

  public static void open(KeyRing ring, Input in, Output out) throws CommandFailed {
    ByteBuf sealed = whole(in);
    ByteBuf plain = Unpooled.buffer(Math.max(0, sealed.readableBytes() - OVERHEAD_BYTES));
    try {
      new RawOpener(ring, DEFAULT_MOST_BYTES).open(sealed, plain);
      out.write(plain);
    } catch (EnvelopeFailed e) {
      throw EnvelopeFaults.ofRaw(in.name(), e);
    } finally {
      Arrays.fill(plain.array(), (byte) 0);
    }
  }

  private static ByteBuf whole(Input in) throws CommandFailed {
    long known = in.fileBytes() < 0 ? FIRST_BYTES : in.fileBytes() + 1;
    ByteBuf whole = Unpooled.buffer((int) Math.min(known, MOST_READ_BYTES), MOST_READ_BYTES);
    while (whole.readableBytes() < MOST_READ_BYTES) {
      whole.ensureWritable(1);
      if (!in.append(whole, whole.writableBytes())) {
        break;
      }
    }
    return whole;
  }
}
