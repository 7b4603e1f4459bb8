package io.sallyport.rig;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http2.DefaultHttp2HeadersDecoder;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Headers;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** One connection of an {@link H2cApplication}: frames (RFC 9113 §6), read and written by hand. */
public final class H2cConnection {

  public static final int DATA = 0;
  public static final int HEADERS = 1;
  public static final int PRIORITY = 2;
  public static final int RST_STREAM = 3;
  public static final int SETTINGS = 4;
  public static final int PUSH_PROMISE = 5;
  public static final int PING = 6;
  public static final int GOAWAY = 7;
  public static final int WINDOW_UPDATE = 8;
  public static final int CONTINUATION = 9;

  public static final int END_STREAM = 1;
  public static final int ACK = 1;
  public static final int END_HEADERS = 4;

  private static final String PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
  private static final int INITIAL_WINDOW = 65_535;
  private static final int MOST_IN_A_FRAME = 16_384;

  private final Socket socket;
  private final H2cApplication.Script script;
  private final DefaultHttp2HeadersDecoder hpack = new DefaultHttp2HeadersDecoder(false, 1 << 20);
  private final Map<Integer, H2cStream> streams = new ConcurrentHashMap<>();
  private final Map<Integer, Long> windows = new ConcurrentHashMap<>();
  private final List<String> received = new ArrayList<>();
  private int unreturned;

  H2cConnection(Socket socket, H2cApplication.Script script) {
    this.socket = socket;
    this.script = script;
    windows.put(0, (long) INITIAL_WINDOW);
  }

  void serve(byte[] settings) throws IOException {
    socket.setTcpNoDelay(true); // or a window waits for an acknowledgement
    DataInputStream in = new DataInputStream(new BufferedInputStream(socket.getInputStream()));
    String preface = new String(in.readNBytes(PREFACE.length()), ISO_8859_1);
    if (!preface.equals(PREFACE)) {
      throw new IOException("no preface: " + preface);
    }
    frame(SETTINGS, 0, 0, settings);
    try {
      while (true) {
        int lengthAndType = in.readInt();
        int flags = in.readUnsignedByte();
        int stream = in.readInt();
        byte[] payload = in.readNBytes(lengthAndType >>> 8);
        take(lengthAndType & 0xff, flags, stream, payload);
      }
    } catch (EOFException e) {
      // the other side is done
    } finally {
      streams.values().forEach(H2cStream::connectionEnded);
      synchronized (windows) {
        windows.clear();
        windows.notifyAll();
      }
    }
  }

  private void take(int type, int flags, int id, byte[] payload) throws IOException {
    switch (type) {
      case DATA -> {
        H2cStream stream = streams.get(id);
        if (stream != null) {
          stream.came(payload, (flags & END_STREAM) != 0);
        }
        unreturned = giveBack(0, unreturned + payload.length);
      }
      case HEADERS -> fields(flags, id, payload);
      case RST_STREAM -> {
        note("RST_STREAM " + id + " " + ByteBuffer.wrap(payload).getInt());
        H2cStream stream = streams.get(id);
        if (stream != null) {
          stream.connectionEnded();
        }
      }
      case SETTINGS -> {
        if ((flags & ACK) == 0) {
          note("SETTINGS");
          frame(SETTINGS, ACK, 0);
        }
      }
      case PING -> {
        note("PING");
        if ((flags & ACK) == 0) {
          frame(PING, ACK, 0, payload);
        }
      }
      case GOAWAY -> note("GOAWAY " + ByteBuffer.wrap(payload, 4, 4).getInt());
      case WINDOW_UPDATE -> {
        synchronized (windows) {
          windows.merge(id, (long) ByteBuffer.wrap(payload).getInt(), Long::sum);
          windows.notifyAll();
        }
      }
      default -> note("frame of type " + type);
    }
  }

  private void fields(int flags, int id, byte[] payload) throws IOException {
    if ((flags & ~(END_STREAM | END_HEADERS)) != 0 || (flags & END_HEADERS) == 0) {
      throw new IOException("fields in a form that this application does not read: " + flags);
    }
    Http2Headers fields;
    ByteBuf block = Unpooled.wrappedBuffer(payload);
    try {
      fields = hpack.decodeHeaders(id, block);
    } catch (Http2Exception e) {
      throw new IOException(e);
    }
    boolean ends = (flags & END_STREAM) != 0;
    H2cStream known = streams.get(id);
    if (known != null) {
      known.trailers(fields);
      return;
    }
    synchronized (windows) {
      windows.merge(id, (long) INITIAL_WINDOW, Long::sum);
    }
    H2cStream stream = new H2cStream(this, id, fields, ends);
    streams.put(id, stream);
    Thread thread =
        new Thread(
            () -> {
              try {
                script.answer(stream);
              } catch (IOException | InterruptedException e) {
                close();
              }
            },
            "stream " + id);
    thread.setDaemon(true);
    thread.start();
  }

  private void note(String frame) {
    synchronized (received) {
      received.add(frame);
    }
  }

  /** Frames that came and were not part of a request, such as {@code RST_STREAM 3 8}. */
  public List<String> received() {
    synchronized (received) {
      return List.copyOf(received);
    }
  }

  /** All at once, so that one that was refused does not keep others out. */
  public synchronized void frame(int type, int flags, int stream, byte[]... payload)
      throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (byte[] part : payload) {
      out.write(part);
    }
    ByteBuffer header = ByteBuffer.allocate(9);
    header.putInt((out.size() << 8) | type).put((byte) flags).putInt(stream);
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    all.write(header.array());
    out.writeTo(all);
    socket.getOutputStream().write(all.toByteArray());
  }

  /** Bytes that may be no frames. */
  public synchronized void raw(byte[] bytes) throws IOException {
    socket.getOutputStream().write(bytes);
  }

  public void windowUpdate(int stream, int increment) throws IOException {
    frame(WINDOW_UPDATE, 0, stream, number(increment));
  }

  public void goAway(int lastStream, int error) throws IOException {
    frame(GOAWAY, 0, 0, number(lastStream), number(error));
  }

  /**
   * Not each frame by itself: the other side would go on in ever smaller ones.
   *
   * @return what is left to be given back
   */
  int giveBack(int stream, int bytes) throws IOException {
    if (bytes < INITIAL_WINDOW / 2) {
      return bytes;
    }
    windowUpdate(stream, bytes);
    return 0;
  }

  /** As much as the windows let it; waits for them. */
  void data(int stream, byte[] bytes, int from, int length, boolean ends)
      throws IOException, InterruptedException {
    int sent = 0;
    do {
      int now = awaitWindow(stream, length - sent);
      byte[] part = Arrays.copyOfRange(bytes, from + sent, from + sent + now);
      sent += now;
      frame(DATA, ends && sent == length ? END_STREAM : 0, stream, part);
    } while (sent < length);
  }

  private int awaitWindow(int stream, int wanted) throws IOException, InterruptedException {
    synchronized (windows) {
      while (true) {
        if (windows.isEmpty() || socket.isClosed()) {
          throw new EOFException("the connection ended while a window was waited for");
        }
        long room = Math.min(windows.getOrDefault(0, 0L), windows.getOrDefault(stream, 0L));
        int now = (int) Math.min(Math.min(room, wanted), MOST_IN_A_FRAME);
        if (now > 0 || wanted == 0) {
          windows.merge(0, (long) -now, Long::sum);
          windows.merge(stream, (long) -now, Long::sum);
          return now;
        }
        windows.wait();
      }
    }
  }

  public void close() {
    try {
      socket.close();
    } catch (IOException e) {
      // it is closed
    }
  }

  static byte[] number(int value) {
    return ByteBuffer.allocate(4).putInt(value).array();
  }

  static byte[] settings(int... idsAndValues) {
    ByteBuffer out = ByteBuffer.allocate(idsAndValues.length / 2 * 6);
    for (int i = 0; i < idsAndValues.length; i += 2) {
      out.putShort((short) idsAndValues[i]).putInt(idsAndValues[i + 1]);
    }
    return out.array();
  }

  /** Literals that no table keeps (RFC 7541 §6.2.2), in the order and the case that they have. */
  public static byte[] block(String... namesAndValues) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (int i = 0; i < namesAndValues.length; i++) {
      if (i % 2 == 0) {
        out.write(0);
      }
      byte[] text = namesAndValues[i].getBytes(ISO_8859_1);
      int rest = text.length - 127;
      out.write(Math.min(127, text.length));
      if (rest >= 0) {
        while (rest >= 128) {
          out.write((rest & 127) | 128);
          rest >>= 7;
        }
        out.write(rest);
      }
      out.writeBytes(text);
    }
    return out.toByteArray();
  }
}
