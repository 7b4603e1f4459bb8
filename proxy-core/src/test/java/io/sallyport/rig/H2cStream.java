package io.sallyport.rig;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.netty.handler.codec.http2.Http2Headers;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A request to an {@link H2cApplication}, and the means to answer it. */
public final class H2cStream {

  private static final byte[] END = new byte[0];
  private static final byte[] BROKEN = new byte[0];

  private final H2cConnection connection;
  private final int id;
  private final Http2Headers fields;
  private final boolean endsWithHead;
  private final BlockingQueue<byte[]> parts = new LinkedBlockingQueue<>();
  private volatile @Nullable Http2Headers trailers;

  H2cStream(H2cConnection connection, int id, Http2Headers fields, boolean ends) {
    this.connection = connection;
    this.id = id;
    this.fields = fields;
    this.endsWithHead = ends;
    if (ends) {
      parts.add(END);
    }
  }

  void came(byte[] data, boolean ends) {
    if (data.length > 0) {
      parts.add(data);
    }
    if (ends) {
      parts.add(END);
    }
  }

  void trailers(Http2Headers came) {
    trailers = came;
    parts.add(END);
  }

  void connectionEnded() {
    parts.add(BROKEN);
  }

  public int id() {
    return id;
  }

  public H2cConnection connection() {
    return connection;
  }

  /** Every value of a field, in order; pseudo fields too. */
  public List<String> values(String name) {
    List<String> values = new ArrayList<>();
    fields.getAll(name).forEach(value -> values.add(value.toString()));
    return values;
  }

  /** Of all fields. */
  public List<String> names() {
    List<String> names = new ArrayList<>();
    fields.forEach(field -> names.add(field.getKey().toString()));
    return names;
  }

  public String method() {
    return String.join(",", values(":method"));
  }

  public String path() {
    return String.join(",", values(":path"));
  }

  /** Whether there was neither a body nor an empty frame for one. */
  public boolean endsWithHead() {
    return endsWithHead;
  }

  /** Once the body has been read to its end; null when there were none. */
  public @Nullable String trailer(String name) {
    Http2Headers came = trailers;
    CharSequence value = came == null ? null : came.get(name);
    return value == null ? null : value.toString();
  }

  /** Whoever does not read it stops the other side, by the window of the stream. */
  public InputStream body() {
    return new InputStream() {
      private byte[] part = END;
      private int next;
      private int unreturned;
      private boolean over;

      @Override
      public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
      }

      @Override
      public int read(byte[] into, int from, int length) throws IOException {
        if (length == 0) {
          return 0;
        }
        while (next == part.length && !over) {
          part = poll();
          next = 0;
          if (part == BROKEN) {
            throw new EOFException("within a body");
          }
          over = part == END;
          if (!over) {
            unreturned = connection.giveBack(id, unreturned + part.length);
          }
        }
        if (over) {
          return -1;
        }
        int read = Math.min(length, part.length - next);
        System.arraycopy(part, next, into, from, read);
        next += read;
        return read;
      }
    };
  }

  private byte[] poll() throws IOException {
    try {
      byte[] part = parts.poll(20, TimeUnit.SECONDS);
      if (part == null) {
        throw new EOFException("no more of a body has come");
      }
      return part;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException();
    }
  }

  /** Reads the body to its end, a character for each byte. */
  public String text() throws IOException {
    return new String(body().readAllBytes(), ISO_8859_1);
  }

  public void head(boolean ends, String... namesAndValues) throws IOException {
    connection.frame(
        H2cConnection.HEADERS,
        H2cConnection.END_HEADERS | (ends ? H2cConnection.END_STREAM : 0),
        id,
        H2cConnection.block(namesAndValues));
  }

  /** At once, whatever the windows are. */
  public void data(String text, boolean ends) throws IOException {
    connection.frame(
        H2cConnection.DATA, ends ? H2cConnection.END_STREAM : 0, id, text.getBytes(ISO_8859_1));
  }

  /** As the windows let it. */
  public OutputStream out() {
    return new OutputStream() {
      @Override
      public void write(int b) throws IOException {
        write(new byte[] {(byte) b}, 0, 1);
      }

      @Override
      public void write(byte[] bytes, int from, int length) throws IOException {
        try {
          connection.data(id, bytes, from, length, false);
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
          throw new InterruptedIOException();
        }
      }
    };
  }

  public void reset(int error) throws IOException {
    connection.frame(H2cConnection.RST_STREAM, 0, id, H2cConnection.number(error));
  }
}
