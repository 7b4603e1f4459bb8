package io.sallyport.rig;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/**
 * An application that speaks WebSocket over HTTP/1.1 (RFC 6455) and sends every message back. It
 * ends a connection when it is told to, or the other side has finished.
 */
public final class WebSocketApplication implements AutoCloseable {

  private static final String SALT = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  private static final int MASKED = 0x80;
  private static final int CLOSE = 0x88;
  private static final int TWO_BYTES = 126;

  private final BlockingQueue<String> heads = new LinkedBlockingQueue<>();
  private final Application application;

  private WebSocketApplication(Function<Application.Script, Application> serving) {
    this.application = serving.apply(this::serve);
  }

  public static WebSocketApplication echo() {
    return new WebSocketApplication(Application::serving);
  }

  /** The same behind TLS 1.3: a peer that an outbound listener may go to. */
  public static WebSocketApplication echoTls(SSLContext context) {
    return new WebSocketApplication(serve -> Application.servingTls(context, "TLSv1.3", serve));
  }

  /** A message of at most 125 bytes, as a client sends it; its mask changes nothing. */
  public static String message(String text) {
    return "\201" + (char) (MASKED | text.length()) + "\0\0\0\0" + text;
  }

  /** The same as it comes back. */
  public static String answer(String text) {
    return "\201" + (char) text.length() + text;
  }

  /** What a server shows of a client's key (RFC 6455 §4.2.2). */
  public static String accept(String key) {
    try {
      byte[] hash = MessageDigest.getInstance("SHA-1").digest((key + SALT).getBytes(ISO_8859_1));
      return Base64.getEncoder().encodeToString(hash);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  /**
   * Reads a request, and agrees to the WebSocket that it asks for.
   *
   * @return its head; null when none came
   */
  public static @Nullable String agree(Socket socket) throws IOException {
    String head = HttpFraming.head(socket.getInputStream());
    if (head != null) {
      HttpApplication.write(
          socket.getOutputStream(),
          "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
              + "Sec-WebSocket-Accept: "
              + accept(HttpFraming.values(head, "sec-websocket-key").get(0))
              + "\r\n\r\n");
    }
    return head;
  }

  private void serve(Socket socket) throws IOException {
    String head = agree(socket);
    if (head == null) {
      return;
    }
    heads.add(head);
    sendBackAll(socket.getInputStream(), socket.getOutputStream());
  }

  /** Every message, up to the one that closes the WebSocket or the end of what comes. */
  public static void sendBackAll(InputStream from, OutputStream out) throws IOException {
    DataInputStream in = new DataInputStream(from);
    try {
      for (int first = in.readUnsignedByte(); sendBack(first, in, out); ) {
        first = in.readUnsignedByte();
      }
    } catch (EOFException e) {
      // The other side has finished.
    }
  }

  /** False when the message was the last. */
  private static boolean sendBack(int first, DataInputStream in, OutputStream out)
      throws IOException {
    int short1 = in.readUnsignedByte() & ~MASKED;
    int length = short1 == TWO_BYTES ? in.readUnsignedShort() : short1;
    byte[] mask = in.readNBytes(4);
    byte[] text = in.readNBytes(length);
    for (int i = 0; i < text.length; i++) {
      text[i] ^= mask[i % 4];
    }
    out.write(first);
    out.write(short1);
    if (short1 == TWO_BYTES) {
      out.write(length >> 8);
      out.write(length);
    }
    out.write(text);
    out.flush();
    return first != CLOSE;
  }

  /** As it is written in a configuration. */
  public String address() {
    return application.address();
  }

  /** Connections, since the start. */
  public int accepted() {
    return application.accepted();
  }

  /** The head of the next request that has not been asked for yet; waits for it. */
  public String next() throws InterruptedException {
    String next = heads.poll(20, TimeUnit.SECONDS);
    if (next == null) {
      throw new IllegalStateException("no request has come");
    }
    return next;
  }

  /** How a connection ended, see {@link Application#nextEnding}. */
  public String nextEnding() throws InterruptedException {
    return application.nextEnding();
  }

  @Override
  public void close() throws IOException {
    application.close();
  }
}
