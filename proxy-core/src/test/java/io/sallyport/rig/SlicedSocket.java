package io.sallyport.rig;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;

/** Sends the first TLS record, a ClientHello, in pieces of one byte; what follows goes as it is. */
public final class SlicedSocket extends Socket {

  private static final int HEADER_BYTES = 5;

  /** What becomes of each byte. */
  public enum Slices {
    /** A packet of its own. */
    PACKETS,
    /** A TLS record of its own (RFC 8446 §5.1), all of them in one packet. */
    RECORDS,
    /** A TLS record of its own, in as many packets as it has bytes. */
    RECORDS_IN_PACKETS
  }

  private final Slices slices;
  private boolean begun;

  public SlicedSocket(int port, Slices slices) throws IOException {
    super(InetAddress.getLoopbackAddress(), port);
    setTcpNoDelay(true);
    this.slices = slices;
  }

  @Override
  public OutputStream getOutputStream() throws IOException {
    return new FilterOutputStream(super.getOutputStream()) {
      @Override
      public void write(byte[] bytes, int offset, int length) throws IOException {
        if (begun) {
          out.write(bytes, offset, length);
          return;
        }
        begun = true;
        byte[] sent =
            slices == Slices.PACKETS
                ? java.util.Arrays.copyOfRange(bytes, offset, offset + length)
                : records(bytes, offset, length);
        if (slices == Slices.RECORDS) {
          out.write(sent);
        } else {
          for (byte each : sent) {
            out.write(each);
            out.flush();
          }
        }
      }
    };
  }

  private static byte[] records(byte[] record, int offset, int length) {
    byte[] records = new byte[(length - HEADER_BYTES) * (HEADER_BYTES + 1)];
    int at = 0;
    for (int i = offset + HEADER_BYTES; i < offset + length; i++) {
      System.arraycopy(record, offset, records, at, 3); // type and version
      records[at + 4] = 1;
      records[at + HEADER_BYTES] = record[i];
      at += HEADER_BYTES + 1;
    }
    return records;
  }
}
