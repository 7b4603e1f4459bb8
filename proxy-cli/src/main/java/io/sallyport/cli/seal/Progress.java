package io.sallyport.cli.seal;

import java.io.PrintWriter;
import java.util.Locale;

/**
 * How far long work has come: one line on a terminal, written anew, and gone at the end. What is
 * done within a second shows none, and what is no terminal never does.
 */
public final class Progress implements AutoCloseable {

  private static final long FIRST_NANOS = 1_000_000_000L;
  private static final long BETWEEN_NANOS = 200_000_000L;
  private static final String START_OF_EMPTY_LINE = "\r\033[K";

  private final PrintWriter err;
  private final String what;
  private final boolean shown;
  private final long began = System.nanoTime();
  private long due = began + FIRST_NANOS;
  private long expectedBytes = -1;
  private long bytes;
  private boolean written;

  /**
   * @param shown whether {@code err} is a terminal that nothing else is written to meanwhile
   * @param what is being done, as in {@code sealing}
   */
  public Progress(PrintWriter err, String what, boolean shown) {
    this.err = err;
    this.what = what;
    this.shown = shown;
  }

  void expect(long wholeBytes) {
    expectedBytes = wholeBytes;
  }

  void moved(long more) {
    bytes += more;
    if (!shown) {
      return;
    }
    long now = System.nanoTime();
    if (now - due >= 0) {
      due = now + BETWEEN_NANOS;
      written = true;
      err.print(START_OF_EMPTY_LINE + line(bytes, expectedBytes, now - began));
      err.flush();
    }
  }

  /** {@code sealing: 41%, 1.2 GiB, 512.0 MiB/s}. */
  String line(long done, long whole, long nanos) {
    double seconds = nanos / 1e9;
    return what
        + ": "
        + (whole > 0 ? Math.min(100, done * 100 / whole) + "%, " : "")
        + size(done)
        + ", "
        + size((long) (done / seconds))
        + "/s";
  }

  private static String size(long bytes) {
    double size = bytes;
    for (String unit : new String[] {"B", "KiB", "MiB", "GiB"}) {
      if (size < 1024) {
        return String.format(Locale.ROOT, unit.equals("B") ? "%.0f %s" : "%.1f %s", size, unit);
      }
      size /= 1024;
    }
    return String.format(Locale.ROOT, "%.1f TiB", size);
  }

  /** Takes the line away. */
  @Override
  public void close() {
    if (written) {
      written = false;
      err.print(START_OF_EMPTY_LINE);
      err.flush();
    }
  }
}
