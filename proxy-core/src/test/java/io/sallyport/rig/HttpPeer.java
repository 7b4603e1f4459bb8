package io.sallyport.rig;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.util.List;

/** An HTTP/1.1 client that sends what it is told to, byte for byte. */
public final class HttpPeer implements AutoCloseable {

  private final Socket socket;

  /**
   * A response that has come whole.
   *
   * @param head status line and fields
   * @param text the body, a character for each byte
   */
  public record Response(String head, String text) {
    public int status() {
      return Integer.parseInt(head.substring(9, 12));
    }

    /** Every value of a field, in order. */
    public List<String> values(String name) {
      return HttpFraming.values(head, name);
    }
  }

  private HttpPeer(Socket socket) {
    this.socket = socket;
  }

  public static HttpPeer over(Socket socket) {
    return new HttpPeer(socket);
  }

  public Socket socket() {
    return socket;
  }

  public void send(String text) throws IOException {
    send(text.getBytes(ISO_8859_1));
  }

  public void send(byte[] bytes) throws IOException {
    socket.getOutputStream().write(bytes);
    socket.getOutputStream().flush();
  }

  /** Sends, and reads the response. */
  public Response ask(String request) throws IOException {
    send(request);
    return read();
  }

  /** A GET of a path, with further fields, each ending in CR LF. */
  public Response get(String path, String... fields) throws IOException {
    return ask(
        "GET " + path + " HTTP/1.1\r\nHost: localhost\r\n" + String.join("", fields) + "\r\n");
  }

  /** The next response, interim ones included. */
  public Response read() throws IOException {
    return read(false);
  }

  /** The next response, to a HEAD. */
  public Response readWithoutBody() throws IOException {
    return read(true);
  }

  /** The head of the next response; its body is the caller's to read. */
  public String readHead() throws IOException {
    String head = HttpFraming.head(socket.getInputStream());
    if (head == null) {
      throw new EOFException("no response");
    }
    return head;
  }

  private Response read(boolean toHead) throws IOException {
    String head = readHead();
    InputStream body = HttpFraming.body(socket.getInputStream(), head, toHead);
    return new Response(head, new String(body.readAllBytes(), ISO_8859_1));
  }

  /** The next so many bytes, a character for each. */
  public String read(int bytes) throws IOException {
    return new String(socket.getInputStream().readNBytes(bytes), ISO_8859_1);
  }

  /** All that still comes, up to the end. */
  public byte[] rest() throws IOException {
    return socket.getInputStream().readAllBytes();
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
