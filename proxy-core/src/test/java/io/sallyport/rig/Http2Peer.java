package io.sallyport.rig;

import static io.sallyport.rig.Http2Frame.ACK;
import static io.sallyport.rig.Http2Frame.END_HEADERS;
import static io.sallyport.rig.Http2Frame.END_STREAM;
import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http2.DefaultHttp2HeadersDecoder;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Headers;
import io.sallyport.testcerts.TestIdentity;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;

/**
 * An HTTP/2 client over TLS that sends what it is told to, frame by frame or byte by byte, and
 * keeps what comes by its stream. While it reads it acknowledges SETTINGS and PING and gives
 * windows back, unless it is told not to. One thread reads; another may send.
 */
public final class Http2Peer implements AutoCloseable {

  public static final String PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

  /** RFC 9113 §6.9.2. */
  private static final long FIRST_WINDOW = 65_535;

  private static final int STANDSTILL_MILLIS = 500;
  private static final int LONGEST_WAIT_MILLIS = 20_000;

  /**
   * What has come on a stream.
   *
   * @param heads interim responses, the response and, behind its body, the trailers
   * @param ended whether its last frame has come
   * @param reset why it was reset; null if it was not
   */
  public record Answer(
      List<Http2Headers> heads, String body, boolean ended, @Nullable Http2Error reset) {

    /** Of the response that counts; 0 while there is none. */
    public int status() {
      int head = head();
      return head < 0 ? 0 : statusOf(heads.get(head));
    }

    /** Every value of a field of the response, in order. */
    public List<String> values(String name) {
      return valuesOf(heads.get(head()), name);
    }

    /** Every value of a trailer. */
    public List<String> trailers(String name) {
      return head() == heads.size() - 1 ? List.of() : valuesOf(heads.get(head() + 1), name);
    }

    private int head() {
      for (int i = 0; i < heads.size(); i++) {
        if (statusOf(heads.get(i)) >= 200) {
          return i;
        }
      }
      return -1;
    }

    private static int statusOf(Http2Headers head) {
      CharSequence status = head.status();
      return status == null ? 0 : Integer.parseInt(status.toString());
    }

    private static List<String> valuesOf(Http2Headers head, String name) {
      return head.getAll(name).stream().map(CharSequence::toString).toList();
    }
  }

  /** What the other side said when it told us to go. */
  public record GoAway(int lastStream, Http2Error error) {}

  private static final class Incoming {
    private final List<Http2Headers> heads = new ArrayList<>();
    private long bodyBytes;
    private long windowGiven;
    private final ByteArrayOutputStream body = new ByteArrayOutputStream();
    private boolean ended;
    private @Nullable Http2Error reset;
  }

  private final Socket tcp;

  /** What is spoken over: TLS, or TCP as it is. */
  private final Socket spoken;

  private final DataInputStream in;
  private final DefaultHttp2HeadersDecoder fields = new DefaultHttp2HeadersDecoder(false);
  private final Map<Integer, Incoming> streams = new TreeMap<>();
  private final Map<Integer, Long> settings = new TreeMap<>();
  private final List<GoAway> goAways = new ArrayList<>();
  private final ByteArrayOutputStream block = new ByteArrayOutputStream();
  private @Nullable IOException ending;
  private long windowGiven;
  private boolean keepsBodies = true;
  private boolean acknowledges = true;
  private boolean givesWindows = true;
  private boolean settingsAcknowledged;
  private int pongs;
  private int next = 1;

  private Http2Peer(Socket tcp, Socket spoken) throws IOException {
    this.tcp = tcp;
    this.spoken = spoken;
    this.in = new DataInputStream(spoken.getInputStream());
  }

  /** Has shaken hands and agreed on {@code h2}, and has sent nothing. */
  public static Http2Peer silent(Pki pki, @Nullable TestIdentity who, int port) throws IOException {
    Socket tcp = new Socket(InetAddress.getLoopbackAddress(), port);
    tcp.setTcpNoDelay(true);
    SSLSocket tls = pki.over(tcp, who, "TLSv1.3");
    SSLParameters parameters = tls.getSSLParameters();
    parameters.setApplicationProtocols(new String[] {"h2"});
    tls.setSSLParameters(parameters);
    tls.startHandshake();
    if (!"h2".equals(tls.getApplicationProtocol())) {
      tls.close();
      throw new IOException("no h2, but " + tls.getApplicationProtocol());
    }
    return new Http2Peer(tcp, tls);
  }

  /** Over TCP as it is, with prior knowledge (RFC 9113 §3.3); has sent the preface. */
  public static Http2Peer plain(Socket tcp) throws IOException {
    tcp.setTcpNoDelay(true);
    Http2Peer peer = new Http2Peer(tcp, tcp);
    peer.send(PREFACE + Http2Frame.settings().wire());
    return peer;
  }

  /**
   * Has sent the preface and these settings as well.
   *
   * @param settings see {@link Http2Frame#settings}
   */
  public static Http2Peer open(Pki pki, @Nullable TestIdentity who, int port, long... settings)
      throws IOException {
    Http2Peer peer = silent(pki, who, port);
    peer.send(PREFACE + Http2Frame.settings(settings).wire());
    return peer;
  }

  /** From now on neither SETTINGS nor PING is acknowledged. */
  public Http2Peer acknowledgingNothing() {
    acknowledges = false;
    return this;
  }

  /** From now on what has been read opens no window again. */
  public Http2Peer givingNoWindows() {
    givesWindows = false;
    return this;
  }

  /** From now on of bodies only their lengths are kept, see {@link #bodyBytes}. */
  public Http2Peer keepingNoBodies() {
    keepsBodies = false;
    return this;
  }

  /** How many bytes of a response's body have come. */
  public long bodyBytes(int stream) {
    return incoming(stream).bodyBytes;
  }

  /** How many more bytes of bodies the other side lets us send on a stream that is open. */
  public long window(int stream, long sentOnStream, long sentOnConnection) {
    long first = settings.getOrDefault(Http2Frame.INITIAL_WINDOW_SIZE, FIRST_WINDOW);
    return Math.min(
        FIRST_WINDOW + windowGiven - sentOnConnection,
        first + incoming(stream).windowGiven - sentOnStream);
  }

  /**
   * Sends on the first stream that a body is sent on, until the other side takes no more.
   *
   * @return how many bytes
   */
  public int fill(int stream) throws IOException {
    AtomicLong sent = new AtomicLong();
    while (readsUntil(() -> window(stream, sent.get(), sent.get()) > 0)) {
      int now = (int) Math.min(16_384, window(stream, sent.get(), sent.get()));
      send(Http2Frame.data(stream, "x".repeat(now)));
      sent.addAndGet(now);
    }
    return sent.intValue();
  }

  /** A stream that has not been used yet. */
  public int nextStream() {
    next += 2;
    return next - 2;
  }

  /** From now on streams are used from this one on; those before it a test has used by itself. */
  public Http2Peer usingStreamsFrom(int stream) {
    next = stream;
    return this;
  }

  public void send(Http2Frame... frames) throws IOException {
    StringBuilder wire = new StringBuilder();
    for (Http2Frame frame : frames) {
      wire.append(frame.wire());
    }
    send(wire.toString());
  }

  /** As it is, a character for each byte. */
  public void send(String bytes) throws IOException {
    synchronized (spoken) {
      spoken.getOutputStream().write(bytes.getBytes(ISO_8859_1));
      spoken.getOutputStream().flush();
    }
  }

  /** The answer to a GET of a path, with further fields. */
  public Answer get(String path, String... fields) throws IOException {
    int stream = nextStream();
    send(Http2Frame.request(stream, FieldBlock.request("GET", path, fields)));
    return answer(stream);
  }

  /** What comes on a stream, up to its end or that of the connection. */
  public Answer answer(int stream) throws IOException {
    Incoming incoming = incoming(stream);
    readUntil(() -> incoming.ended || incoming.reset != null);
    return soFar(stream);
  }

  /** What has come on a stream when its response's head has. */
  public Answer answerBegun(int stream) throws IOException {
    readUntil(() -> soFar(stream).status() != 0 || incoming(stream).reset != null);
    return soFar(stream);
  }

  /** What has come on a stream when so many bytes of its body have. */
  public Answer answerWith(int stream, int bytes) throws IOException {
    Incoming incoming = incoming(stream);
    readUntil(() -> incoming.body.size() >= bytes || incoming.ended || incoming.reset != null);
    return soFar(stream);
  }

  /** What has been read of a stream. */
  public Answer soFar(int stream) {
    Incoming incoming = incoming(stream);
    return new Answer(
        List.copyOf(incoming.heads),
        incoming.body.toString(ISO_8859_1),
        incoming.ended,
        incoming.reset);
  }

  /** Reads until the other side has ended the connection. */
  public void awaitEnd() throws IOException {
    readUntil(() -> false);
  }

  /** Reads until it holds, or the connection has ended. */
  public void readUntil(BooleanSupplier condition) throws IOException {
    while (ending == null && !condition.getAsBoolean()) {
      read();
    }
  }

  /**
   * Reads until it holds.
   *
   * @return false when nothing has come for longer than anything in motion ever takes
   */
  public boolean readsUntil(BooleanSupplier condition) throws IOException {
    spoken.setSoTimeout(STANDSTILL_MILLIS);
    try {
      readUntil(condition);
      return condition.getAsBoolean();
    } catch (SocketTimeoutException e) {
      return false;
    } finally {
      spoken.setSoTimeout(LONGEST_WAIT_MILLIS);
    }
  }

  /**
   * Whatever was sent before has been taken by the other side when this returns, or the connection
   * has ended.
   */
  public void roundTrip() throws IOException {
    int before = pongs;
    reply(Http2Frame.ping("sallypor"));
    readUntil(() -> pongs > before);
  }

  /** Each time that the other side told us to go, so far. */
  public List<GoAway> goAways() {
    return List.copyOf(goAways);
  }

  /** Reads until the other side has told us its settings, which it does first. */
  public Map<Integer, Long> settings() throws IOException {
    readUntil(() -> !settings.isEmpty());
    return Map.copyOf(settings);
  }

  /** Reads until the other side has taken our settings. */
  public void awaitSettingsAcknowledged() throws IOException {
    readUntil(() -> settingsAcknowledged);
  }

  /** Whether the other side has been found to have ended the connection. */
  public boolean hasEnded() {
    return ending != null;
  }

  /**
   * The next frame, whatever it is.
   *
   * @return null at the end of the connection, however it came about
   * @throws SocketTimeoutException when none comes for twenty seconds
   */
  public @Nullable Http2Frame read() throws IOException {
    Http2Frame frame;
    try {
      frame = frame();
    } catch (SocketTimeoutException e) {
      throw e;
    } catch (IOException e) {
      ending = e;
      return null;
    }
    take(frame);
    return frame;
  }

  private Http2Frame frame() throws IOException {
    int length = (in.readUnsignedShort() << 8) | in.readUnsignedByte();
    int type = in.readUnsignedByte();
    int flags = in.readUnsignedByte();
    int stream = in.readInt() & Integer.MAX_VALUE;
    byte[] payload = new byte[length];
    in.readFully(payload);
    return new Http2Frame(type, flags, stream, new String(payload, ISO_8859_1));
  }

  private void take(Http2Frame frame) throws IOException {
    switch (frame.type()) {
      case Http2Frame.DATA -> takeData(frame);
      case Http2Frame.HEADERS, Http2Frame.CONTINUATION -> takeFields(frame);
      case Http2Frame.RST_STREAM ->
          incoming(frame.stream()).reset = Http2Error.valueOf(frame.numberAt(0));
      case Http2Frame.SETTINGS -> takeSettings(frame);
      case Http2Frame.PING -> takePing(frame);
      case Http2Frame.GOAWAY ->
          goAways.add(new GoAway((int) frame.numberAt(0), Http2Error.valueOf(frame.numberAt(4))));
      case Http2Frame.WINDOW_UPDATE -> {
        if (frame.stream() == 0) {
          windowGiven += frame.numberAt(0);
        } else {
          incoming(frame.stream()).windowGiven += frame.numberAt(0);
        }
      }
      default -> {
        // It changes nothing that a test reads.
      }
    }
  }

  private void takeData(Http2Frame frame) throws IOException {
    Incoming incoming = incoming(frame.stream());
    String payload = frame.payload();
    if (frame.has(Http2Frame.PADDED)) {
      payload = payload.substring(1, payload.length() - payload.charAt(0));
    }
    incoming.bodyBytes += payload.length();
    if (keepsBodies) {
      incoming.body.write(payload.getBytes(ISO_8859_1));
    }
    incoming.ended |= frame.has(END_STREAM);
    if (givesWindows && !frame.payload().isEmpty()) {
      int bytes = frame.payload().length();
      reply(Http2Frame.windowUpdate(0, bytes));
      if (!incoming.ended) {
        reply(Http2Frame.windowUpdate(frame.stream(), bytes));
      }
    }
  }

  private void takeFields(Http2Frame frame) throws IOException {
    if (frame.has(Http2Frame.PADDED | Http2Frame.WITH_PRIORITY)
        && frame.type() == Http2Frame.HEADERS) {
      throw new IllegalStateException("no reader for " + frame);
    }
    Incoming incoming = incoming(frame.stream());
    if (frame.type() == Http2Frame.HEADERS) {
      incoming.ended |= frame.has(END_STREAM);
    }
    block.write(frame.payload().getBytes(ISO_8859_1));
    if (frame.has(END_HEADERS)) {
      try {
        incoming.heads.add(
            fields.decodeHeaders(frame.stream(), Unpooled.wrappedBuffer(block.toByteArray())));
      } catch (Http2Exception e) {
        throw new IllegalStateException(e);
      }
      block.reset();
    }
  }

  private void takeSettings(Http2Frame frame) throws IOException {
    if (frame.has(ACK)) {
      settingsAcknowledged = true;
      return;
    }
    for (int i = 0; i < frame.payload().length(); i += 6) {
      int identifier = (frame.payload().charAt(i) << 8) | frame.payload().charAt(i + 1);
      settings.put(identifier, frame.numberAt(i + 2));
    }
    if (acknowledges) {
      reply(Http2Frame.settingsAck());
    }
  }

  private void takePing(Http2Frame frame) throws IOException {
    if (frame.has(ACK)) {
      pongs++;
    } else if (acknowledges) {
      reply(new Http2Frame(Http2Frame.PING, ACK, 0, frame.payload()));
    }
  }

  /** Lost on a connection that has ended, of which the next read tells. */
  private void reply(Http2Frame frame) {
    try {
      send(frame);
    } catch (IOException e) {
      // What had come before is still to be read.
    }
  }

  private Incoming incoming(int stream) {
    return streams.computeIfAbsent(stream, each -> new Incoming());
  }

  /** Ends the connection with an RST, whatever anybody is still sending. */
  public void abort() throws IOException {
    try {
      tcp.setSoLinger(true, 0);
    } catch (SocketException e) {
      // TLS has closed it already, as it does when a write of the other thread fails.
    }
    tcp.close();
  }

  @Override
  public void close() throws IOException {
    spoken.close();
  }
}
