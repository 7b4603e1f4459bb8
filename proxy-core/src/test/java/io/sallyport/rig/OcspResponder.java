package io.sallyport.rig;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.sallyport.testcerts.OcspSpec;
import io.sallyport.testcerts.TestCa;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.math.BigInteger;
import java.net.Socket;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.bouncycastle.cert.ocsp.OCSPReq;
import org.jspecify.annotations.Nullable;

/** An OCSP responder on loopback, which answers as it is told to, honestly or not. */
public final class OcspResponder implements AutoCloseable {

  /** How an answer that has been made is given. */
  @FunctionalInterface
  public interface Manner {
    void give(byte[] answer, Socket socket) throws IOException;
  }

  /** As HTTP has it. */
  public static final Manner PROMPTLY = (answer, socket) -> whole("200 OK", answer, socket);

  /** Not at all, and the connection stays. */
  public static final Manner NEVER = (answer, socket) -> untilClosed(socket);

  /** A byte at a time. */
  public static final Manner DRIPPING =
      (answer, socket) -> {
        head("200 OK", answer.length, socket);
        for (byte each : answer) {
          socket.getOutputStream().write(each);
          LockSupport.parkNanos(Duration.ofMillis(50).toNanos());
        }
      };

  private static final int HUGE = 10 << 20;

  private final TestCa ca;
  private final Application http;
  private final Map<BigInteger, X509Certificate> known = new ConcurrentHashMap<>();
  private final Map<BigInteger, Consumer<OcspSpec>> wishes = new ConcurrentHashMap<>();
  private final Map<BigInteger, AtomicInteger> questions = new ConcurrentHashMap<>();
  private final AtomicInteger asked = new AtomicInteger();
  private volatile Manner manner = PROMPTLY;

  private OcspResponder(TestCa ca) {
    this.ca = ca;
    http = Application.serving(this::serve);
  }

  /** Says of every certificate that it knows that it is good, until told otherwise. */
  public static OcspResponder of(TestCa ca) {
    return new OcspResponder(ca);
  }

  public String url() {
    return "http://" + http.address() + "/ocsp";
  }

  public OcspResponder knows(X509Certificate... certificates) {
    Stream.of(certificates).forEach(each -> known.put(each.getSerialNumber(), each));
    return this;
  }

  /** From now on says this of a certificate. */
  public void says(X509Certificate of, Consumer<OcspSpec> wish) {
    knows(of);
    wishes.put(of.getSerialNumber(), wish);
  }

  public void answers(Manner now) {
    manner = now;
  }

  /** As {@link #PROMPTLY}, after so long. */
  public static Manner slowly(Duration pause) {
    return (answer, socket) -> {
      LockSupport.parkNanos(pause.toNanos());
      PROMPTLY.give(answer, socket);
    };
  }

  /** As {@link #PROMPTLY}, once it has been let go. */
  public static Manner after(CountDownLatch go) {
    return (answer, socket) -> {
      try {
        go.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      PROMPTLY.give(answer, socket);
    };
  }

  /** Something else that is well formed HTTP. */
  public static Manner instead(String status, byte[] body) {
    return (answer, socket) -> whole(status, body, socket);
  }

  /** Ten megabytes. */
  public static Manner hugely() {
    return instead("200 OK", new byte[HUGE]);
  }

  /** Bytes that are not HTTP. */
  public static Manner raw(String bytes) {
    return (answer, socket) -> socket.getOutputStream().write(bytes.getBytes(US_ASCII));
  }

  /** Questions so far. */
  public int asked() {
    return asked.get();
  }

  /** Questions about one certificate so far. */
  public int asked(X509Certificate about) {
    AtomicInteger count = questions.get(about.getSerialNumber());
    return count == null ? 0 : count.get();
  }

  /** Waits until a connection has ended. */
  public void awaitEnding() throws InterruptedException {
    http.nextEnding();
  }

  private void serve(Socket socket) throws IOException {
    DataInputStream in = new DataInputStream(socket.getInputStream());
    for (int length = contentLength(in); length >= 0; length = contentLength(in)) {
      byte[] body = new byte[length];
      in.readFully(body);
      BigInteger serial = serial(body);
      asked.incrementAndGet();
      questions.computeIfAbsent(serial, none -> new AtomicInteger()).incrementAndGet();
      manner.give(answer(serial), socket);
    }
  }

  private byte[] answer(BigInteger serial) {
    X509Certificate certificate = known.get(serial);
    return certificate == null
        ? ca.ocspAnswer(ca.certificate(), spec -> spec.error(6))
        : ca.ocspAnswer(certificate, wishes.getOrDefault(serial, spec -> {}));
  }

  private static BigInteger serial(byte[] question) throws IOException {
    try {
      return new OCSPReq(question).getRequestList()[0].getCertID().getSerialNumber();
    } catch (RuntimeException e) {
      throw new IOException("not an OCSP request", e);
    }
  }

  /** Less than zero when no request comes any more. */
  private static int contentLength(DataInputStream in) throws IOException {
    int length = -1;
    for (String line = line(in); line != null && !line.isEmpty(); line = line(in)) {
      if (line.regionMatches(true, 0, "Content-Length:", 0, 15)) {
        length = Integer.parseInt(line.substring(15).strip());
      }
    }
    return length;
  }

  @SuppressWarnings("deprecation") // a request's head is ASCII, which is what it can read
  private static @Nullable String line(DataInputStream in) throws IOException {
    return in.readLine();
  }

  private static void whole(String status, byte[] body, Socket socket) throws IOException {
    head(status, body.length, socket);
    socket.getOutputStream().write(body);
  }

  private static void head(String status, int length, Socket socket) throws IOException {
    OutputStream out = socket.getOutputStream();
    String head =
        "HTTP/1.1 "
            + status
            + "\r\nContent-Type: application/ocsp-response\r\nContent-Length: "
            + length
            + "\r\n\r\n";
    out.write(head.getBytes(US_ASCII));
  }

  private static void untilClosed(Socket socket) throws IOException {
    socket.getInputStream().transferTo(OutputStream.nullOutputStream());
  }

  @Override
  public void close() throws IOException {
    http.close();
  }
}
