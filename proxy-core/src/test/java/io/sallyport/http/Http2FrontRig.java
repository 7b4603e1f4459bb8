package io.sallyport.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.channel.EventLoop;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.codec.http2.DefaultHttp2HeadersDecoder;
import io.netty.handler.codec.http2.Http2Exception;
import io.sallyport.config.Http2Limits;
import io.sallyport.config.HttpLimits;
import io.sallyport.relay.CloseReason;
import io.sallyport.relay.ConnectionEvents.Direction;
import io.sallyport.relay.PlainEnd;
import io.sallyport.relay.RelayEvents;
import io.sallyport.relay.RelayTimeouts;
import io.sallyport.relay.StreamEnd;
import io.sallyport.rig.H2cConnection;
import io.sallyport.upstream.Dialer.Dialling;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The server's side of HTTP/2 without a socket, the frames of its client written by hand; behind it
 * an application of HTTP/1.1 that is as wordless.
 */
final class Http2FrontRig implements Service, RelayEvents, Answerers {

  private static final Pattern KEY = Pattern.compile("(?i)sec-websocket-key: (\\S+)");

  static final Duration HEADER = Duration.ofSeconds(10);
  static final Duration RESPONSE = Duration.ofSeconds(60);
  static final Duration SEND = Duration.ofSeconds(40);
  static final Duration IDLE = Duration.ofMinutes(10);
  static final Duration HALF_CLOSE = Duration.ofMinutes(2);
  static final Duration CLOSE = Duration.ofSeconds(5);
  static final int MOST_STREAMS = 5;
  static final int WINDOW = 2500;
  static final int MOST_RESETS = 20;
  static final int MOST_CONTROLS = 30;
  static final int MOST_BODY = 3000;
  static final String PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

  final EmbeddedChannel channel = new EmbeddedChannel();
  final List<Application> applications = new ArrayList<>();
  final List<Taker> waiting = new ArrayList<>();
  final List<CloseReason> ended = new ArrayList<>();
  final List<String> endWords = new ArrayList<>();
  final List<Answered> answered = new ArrayList<>();
  final List<HttpLimit> reached = new ArrayList<>();
  final List<Throwable> faults = new ArrayList<>();
  final Http2Front front;

  @Nullable Refusal refusal;
  boolean connecting;
  boolean leaving;
  boolean faulty;
  int abandoned;
  Duration lifetime;
  Duration requestTimeout = Duration.ZERO;
  Duration idle = IDLE;
  Duration sendTimeout = SEND;

  private final Http2Limits http2;
  private final Stuck stuck = new Stuck();
  private final DefaultHttp2HeadersDecoder hpack = new DefaultHttp2HeadersDecoder(false, 1 << 20);
  private final ByteArrayOutputStream written = new ByteArrayOutputStream();

  Http2FrontRig() {
    this(Duration.ZERO);
  }

  Http2FrontRig(Duration lifetime) {
    this(lifetime, 4096);
  }

  private Http2FrontRig(Duration lifetime, int tableBytes) {
    this.lifetime = lifetime;
    this.http2 = new Http2Limits(MOST_STREAMS, WINDOW, MOST_RESETS, MOST_CONTROLS, tableBytes, 16);
    channel.freezeTime();
    front = Http2Front.of(this, channel.eventLoop());
    channel.pipeline().addLast(stuck).addLast(front);
    settle();
  }

  /** One whose client has said hello. */
  static Http2FrontRig open() {
    Http2FrontRig rig = new Http2FrontRig();
    rig.hello();
    return rig;
  }

  /** One that keeps so much of the fields that were sent before. */
  static Http2FrontRig keeping(int tableBytes) {
    Http2FrontRig rig = new Http2FrontRig(Duration.ZERO, tableBytes);
    rig.hello();
    return rig;
  }

  void hello(byte[]... more) {
    send(
        PREFACE.getBytes(ISO_8859_1),
        Http2ClientRig.settings(),
        Http2ClientRig.frame(H2cConnection.SETTINGS, H2cConnection.ACK, 0, new byte[0]),
        Http2ClientRig.all(more));
    written();
  }

  /** All that came at once. */
  void send(byte[]... frames) {
    channel.writeInbound(Unpooled.wrappedBuffer(Http2ClientRig.all(frames)));
    settle();
  }

  void sendEachByte(byte[]... frames) {
    for (byte b : Http2ClientRig.all(frames)) {
      channel.writeInbound(Unpooled.wrappedBuffer(new byte[] {b}));
    }
    settle();
  }

  void get(int stream) {
    send(Http2ClientRig.lastHead(stream, head("GET")));
  }

  void post(int stream, String... more) {
    send(Http2ClientRig.head(stream, head("POST", more)));
  }

  void webSocket(int stream, String... more) {
    send(
        Http2ClientRig.head(
            stream, with(head("CONNECT"), with(new String[] {":protocol", "websocket"}, more))));
  }

  static String[] head(String method, String... more) {
    return with(
        new String[] {
          ":method", method, ":scheme", "https", ":path", "/", ":authority", "shop.example"
        },
        more);
  }

  static String[] with(String[] some, String... more) {
    String[] all = new String[some.length + more.length];
    System.arraycopy(some, 0, all, 0, some.length);
    System.arraycopy(more, 0, all, some.length, more.length);
    return all;
  }

  Application application(int index) {
    return applications.get(index);
  }

  void pass(Duration time) {
    channel.advanceTimeBy(time.toNanos(), TimeUnit.NANOSECONDS);
    channel.runScheduledPendingTasks();
    settle();
  }

  void settle() {
    if (stuck.turning) {
      return;
    }
    channel.runPendingTasks();
    channel.checkException();
    for (ByteBuf out = channel.readOutbound(); out != null; out = channel.readOutbound()) {
      byte[] bytes = new byte[out.readableBytes()];
      out.readBytes(bytes);
      out.release();
      written.writeBytes(bytes);
    }
  }

  /** As a socket does that ends without a word. */
  void hangUp() {
    if (channel.isOpen()) {
      channel.pipeline().firstContext().close();
      settle();
    }
  }

  void end(StreamEnd how) {
    channel.pipeline().fireUserEventTriggered(how);
    settle();
  }

  /** For a moment the connection takes no more, and tells so when it does again, as TLS has it. */
  void fullWhile(Runnable what) {
    stuck.silent = true;
    channel.unsafe().outboundBuffer().setUserDefinedWritability(1, false);
    what.run();
    channel.unsafe().outboundBuffer().setUserDefinedWritability(1, true);
    channel.runPendingTasks();
    stuck.silent = false;
    channel.pipeline().fireChannelWritabilityChanged();
    settle();
  }

  void leave() {
    front.leave();
    settle();
  }

  /** What the loop does of itself it does afterwards. An embedded one would at every write. */
  void inOneTurn(Runnable what) {
    stuck.turning = true;
    what.run();
    stuck.turning = false;
    settle();
  }

  /** How often what had been written was sent off. */
  int flushes() {
    return stuck.flushes;
  }

  /** What is written from now on does not leave. */
  void stick() {
    stuck.holding = true;
  }

  void close() {
    hangUp();
    channel.finishAndReleaseAll();
    applications.forEach(Application::close);
    assertThat(faults).isEmpty();
  }

  /** Every frame that was written since it was asked last, such as {@code HEADERS 1 200 ends}. */
  List<String> written() {
    ByteBuffer in = ByteBuffer.wrap(written.toByteArray());
    written.reset();
    List<String> frames = new ArrayList<>();
    while (in.hasRemaining()) {
      int lengthAndType = in.getInt();
      int flags = in.get();
      int stream = in.getInt();
      byte[] payload = new byte[lengthAndType >>> 8];
      in.get(payload);
      int type = lengthAndType & 0xff;
      if (type == H2cConnection.HEADERS) {
        frames.add("HEADERS " + stream + " " + status(payload) + Http2ClientRig.ends(flags));
      } else if (type == H2cConnection.GOAWAY) {
        ByteBuffer words = ByteBuffer.wrap(payload);
        frames.add("GOAWAY " + words.getInt() + " " + words.getInt());
      } else {
        frames.add(Http2ClientRig.told(type, flags, stream, payload));
      }
    }
    return frames;
  }

  private String status(byte[] block) {
    ByteBuf in = Unpooled.wrappedBuffer(block);
    try {
      return String.valueOf(hpack.decodeHeaders(1, in).status());
    } catch (Http2Exception e) {
      throw new AssertionError(e);
    }
  }

  /** A socket that when told takes nothing, and tells of its room only when it may. */
  private static final class Stuck extends ChannelDuplexHandler {
    private boolean holding;
    private boolean silent;
    private boolean turning;
    private int flushes;
    private final Queue<Runnable> writes = new ArrayDeque<>();

    @Override
    public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
      if (turning) {
        writes.add(() -> ctx.write(message, promise));
      } else {
        writeOn();
        ctx.write(message, promise);
      }
    }

    private void writeOn() {
      while (!writes.isEmpty()) {
        writes.remove().run();
      }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
      if (!silent) {
        ctx.fireChannelWritabilityChanged();
      }
    }

    @Override
    public void flush(ChannelHandlerContext ctx) {
      if (!holding) {
        flushes++;
        writeOn();
        ctx.flush();
      }
    }
  }

  /** A connection of it: one request, or one after the other. */
  final class Application implements ClientConnection.Owner {
    final EmbeddedChannel channel = new EmbeddedChannel();
    final Http1Client client;
    final List<CloseReason> ended = new ArrayList<>();
    int kept;
    private final StringBuilder seen = new StringBuilder();

    Application() {
      channel.freezeTime();
      PlainEnd end = new PlainEnd();
      channel.pipeline().addLast(end);
      client =
          Http1Client.on(
              channel, this, end, Direction.TO_APPLICATION, Http1Limits.of(limits()), null);
    }

    /** What came to it. */
    String seen() {
      channel.runPendingTasks();
      for (ByteBuf out = channel.readOutbound(); out != null; out = channel.readOutbound()) {
        seen.append(out.toString(ISO_8859_1));
        out.release();
      }
      return seen.toString();
    }

    /** Of what came to it all behind the head. */
    String body() {
      String all = seen();
      return all.substring(all.indexOf("\r\n\r\n") + 4);
    }

    void answer(String text) {
      channel.writeInbound(Unpooled.copiedBuffer(text, ISO_8859_1));
      channel.runPendingTasks();
      Http2FrontRig.this.settle();
    }

    /** To the change of protocol that it was asked for (RFC 6455 §4.2.2), and goes on with this. */
    void agree(String more) {
      Matcher key = KEY.matcher(seen());
      assertThat(key.find()).isTrue();
      byte[] text = (key.group(1) + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").getBytes(ISO_8859_1);
      String accept;
      try {
        accept =
            Base64.getEncoder().encodeToString(MessageDigest.getInstance("SHA-1").digest(text));
      } catch (NoSuchAlgorithmException e) {
        throw new AssertionError(e);
      }
      answer(
          """
          HTTP/1.1 101 Switching Protocols
          Connection: Upgrade
          Upgrade: websocket
          Sec-WebSocket-Accept: %s

          """
                  .replace("\n", "\r\n")
                  .formatted(accept)
              + more);
    }

    void finish() {
      channel.pipeline().fireUserEventTriggered(ChannelInputShutdownEvent.INSTANCE);
      channel.runPendingTasks();
      Http2FrontRig.this.settle();
    }

    void reset() {
      channel.pipeline().fireExceptionCaught(new IOException("Connection reset by peer"));
      channel.runPendingTasks();
      Http2FrontRig.this.settle();
    }

    void hangUp() {
      channel.pipeline().firstContext().close();
      channel.runPendingTasks();
      Http2FrontRig.this.settle();
    }

    void writable(boolean writable) {
      channel.unsafe().outboundBuffer().setUserDefinedWritability(1, writable);
      channel.runPendingTasks();
      Http2FrontRig.this.settle();
    }

    boolean isOpen() {
      channel.runPendingTasks();
      return channel.isOpen();
    }

    void close() {
      channel.finishAndReleaseAll();
    }

    @Override
    public void ready(ClientConnection connection) {
      kept++;
    }

    @Override
    public void served() {}

    @Override
    public void gone(ClientConnection connection) {}

    @Override
    public void ending(CloseReason reason, @Nullable String detail) {
      ended.add(reason);
    }

    @Override
    public void fault(Throwable thrown) {
      faults.add(thrown);
    }
  }

  // What it is served by.

  @Override
  public Direction requestsGo() {
    return Direction.TO_APPLICATION;
  }

  @Override
  public HttpLimits limits() {
    return new HttpLimits(
        256,
        2048,
        20,
        MOST_BODY,
        100,
        HEADER,
        requestTimeout,
        RESPONSE,
        sendTimeout,
        100,
        RESPONSE,
        1,
        http2);
  }

  @Override
  public RelayTimeouts timeouts() {
    return new RelayTimeouts(idle, HALF_CLOSE, CLOSE, lifetime);
  }

  @Override
  public Judgement judge(RequestHead head) {
    if (faulty) {
      throw new IllegalStateException("a fault of ours");
    }
    return new Judgement(refusal, this, false, null);
  }

  @Override
  public Rewriting rewriting() {
    return RewritingTest.plain();
  }

  @Override
  public boolean isLeaving() {
    return leaving;
  }

  @Override
  public void lingerOnClose() {}

  @Override
  public RelayEvents events() {
    return this;
  }

  @Override
  public void track(Channel tracked) {}

  @Override
  public void ending(CloseReason reason, @Nullable String word, @Nullable String words) {
    ended.add(reason);
    if (word != null) {
      endWords.add(word);
    }
  }

  @Override
  public void limitReached(HttpLimit limit) {
    reached.add(limit);
  }

  @Override
  public void answered(Answered request) {
    answered.add(request);
  }

  @Override
  public void relayed(Direction direction, int bytes) {}

  @Override
  public void ending(CloseReason reason) {
    ending(reason, null, null);
  }

  @Override
  public void fault(Throwable cause) {
    faults.add(cause);
  }

  @Override
  public @Nullable Dialling take(EventLoop loop, Taker taker) {
    if (connecting) {
      return dial(loop, taker);
    }
    connect(taker);
    return null;
  }

  @Override
  public boolean mayRetry() {
    return true;
  }

  @Override
  public Dialling dial(EventLoop loop, Taker taker) {
    waiting.add(taker);
    return () -> {
      abandoned++;
      waiting.remove(taker);
    };
  }

  void connect(Taker taker) {
    Application made = new Application();
    applications.add(made);
    taker.taken(made.client.first(), false);
    settle();
  }

  /** Those that wait have their connections. */
  void connected() {
    List<Taker> all = List.copyOf(waiting);
    waiting.clear();
    all.forEach(this::connect);
  }
}
