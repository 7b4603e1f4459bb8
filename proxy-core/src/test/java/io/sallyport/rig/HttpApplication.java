package io.sallyport.rig;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import javax.net.ssl.SSLContext;

/**
 * A plain HTTP/1.1 application that writes down every request as it came, byte for byte, and
 * answers by a script. It keeps connections until the other side closes them.
 */
public final class HttpApplication implements AutoCloseable {

  /** Answers one request; what it throws closes the connection. */
  @FunctionalInterface
  public interface Script {
    void answer(Request request, OutputStream out) throws IOException, InterruptedException;
  }

  /**
   * A request whose head has come.
   *
   * @param head request line and fields, lines ending in CR LF
   * @param body to be read as it comes; ends where the request does
   */
  public record Request(String head, InputStream body) {
    public String line() {
      return head.substring(0, head.indexOf('\r'));
    }

    public String method() {
      return line().substring(0, line().indexOf(' '));
    }

    public String target() {
      return line().split(" ", 3)[1];
    }

    /** Every value of a field, in order. */
    public List<String> values(String name) {
      return HttpFraming.values(head, name);
    }

    /** What came behind the body, which has been read to its end: lines ending in CR LF. */
    public String trailers() {
      return HttpFraming.trailers(body);
    }
  }

  private final Script script;
  private final Application application;
  private final BlockingQueue<Request> requests = new LinkedBlockingQueue<>();

  private HttpApplication(Script script, Function<Application.Script, Application> serving) {
    this.script = script;
    this.application = serving.apply(this::serve);
  }

  public static HttpApplication answering(Script script) {
    return new HttpApplication(script, Application::serving);
  }

  /** The same behind TLS 1.3: a peer that an outbound listener may go to. */
  public static HttpApplication answeringTls(SSLContext context, Script script) {
    return new HttpApplication(script, serve -> Application.servingTls(context, "TLSv1.3", serve));
  }

  private void serve(Socket socket) throws IOException, InterruptedException {
    InputStream in = socket.getInputStream();
    OutputStream out = socket.getOutputStream();
    for (String head = HttpFraming.head(in); head != null; head = HttpFraming.head(in)) {
      InputStream body = HttpFraming.body(in, head, false);
      Request request = new Request(head, body);
      requests.add(request);
      script().answer(request, out);
      out.flush();
      body.readAllBytes();
    }
  }

  /** Answers everything with 200 and {@code hello}. */
  public static HttpApplication start() {
    return answering(
        (request, out) -> write(out, "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nhello\n"));
  }

  public static void write(OutputStream out, String text) throws IOException {
    out.write(text.getBytes(ISO_8859_1));
    out.flush();
  }

  private Script script() {
    return script;
  }

  /** As it is written in a configuration. */
  public String address() {
    return application.address();
  }

  /** Connections, since the start. */
  public int accepted() {
    return application.accepted();
  }

  /** Connections that have not ended. */
  public int open() {
    return application.open();
  }

  /** How a connection ended, see {@link Application#nextEnding}. */
  public String nextEnding() throws InterruptedException {
    return application.nextEnding();
  }

  /** The next request that has not been asked for yet; waits for it. */
  public Request next() throws InterruptedException {
    Request next = requests.poll(20, TimeUnit.SECONDS);
    if (next == null) {
      throw new IllegalStateException("no request has come");
    }
    return next;
  }

  /** Those that nobody has asked for. */
  public List<Request> others() {
    List<Request> others = new ArrayList<>();
    requests.drainTo(others);
    return others;
  }

  @Override
  public void close() throws IOException {
    application.close();
  }
}
