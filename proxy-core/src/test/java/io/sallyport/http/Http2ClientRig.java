package io.sallyport.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoop;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.sallyport.relay.CloseReason;
import io.sallyport.relay.ConnectionEvents.Direction;
import io.sallyport.relay.EndOfStream;
import io.sallyport.rig.H2cConnection;
import io.sallyport.rig.Http2Frame;
import io.sallyport.transport.Resets;
import io.sallyport.upstream.Dialer.Dialling;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A client of HTTP/2 without a socket, the frames of its server written by hand. */
final class Http2ClientRig implements Http2Client.Owner {

  static final Http1Limits LIMITS = new Http1Limits(256, 2048, 20);

  final EmbeddedChannel channel = new EmbeddedChannel();
  final Http2Client client;
  final List<Throwable> faults = new ArrayList<>();
  int changed;
  int gone;

  private final ByteArrayOutputStream written = new ByteArrayOutputStream();

  Http2ClientRig() {
    this(false);
  }

  Http2ClientRig(boolean closed) {
    channel.freezeTime();
    if (closed) {
      channel.close();
    }
    client =
        Http2Client.on(
            channel,
            new Http2Client.Terms("http", Direction.TO_APPLICATION, null, LIMITS, 100),
            this);
    settle();
  }

  @Override
  public void changed(Http2Client of) {
    changed++;
  }

  @Override
  public void gone(Http2Client of) {
    gone++;
  }

  @Override
  public void served() {}

  @Override
  public void ending(CloseReason reason, @Nullable String detail) {}

  @Override
  public void fault(Throwable thrown) {
    faults.add(thrown);
  }

  /** One that asks, and what it is told. */
  final class Asking implements Asker, Answerers {
    final List<String> seen = new ArrayList<>();
    boolean takesMore = true;
    boolean mayAsk = true;
    int diallings;
    int flushes;
    final Exchange exchange;
    private @Nullable Channel tunnel;
    private @Nullable EndOfStream end;

    Asking(HttpRequest head) {
      exchange = new Exchange(this, this, head);
    }

    @Override
    public boolean mayRetry() {
      return true;
    }

    @Override
    public @Nullable Dialling take(EventLoop loop, Taker taker) {
      taker.taken(client.next(), false);
      return null;
    }

    @Override
    public Dialling dial(EventLoop loop, Taker taker) {
      diallings++;
      return () -> {};
    }

    @Override
    public EventLoop loop() {
      return channel.eventLoop();
    }

    @Override
    public void send(HttpResponse head) {
      StringBuilder text = new StringBuilder().append(head.status().code());
      head.headers()
          .forEach(
              field ->
                  text.append(' ').append(field.getKey()).append('=').append(field.getValue()));
      seen.add(text.toString());
    }

    @Override
    public void send(HttpContent part) {
      if (part.content().isReadable()) {
        seen.add(part.content().toString(ISO_8859_1));
      }
      if (part instanceof LastHttpContent last) {
        StringBuilder text = new StringBuilder("end");
        last.trailingHeaders()
            .forEach(
                field ->
                    text.append(' ').append(field.getKey()).append('=').append(field.getValue()));
        seen.add(text.toString());
      }
      part.release();
    }

    @Override
    public void flush() {
      flushes++;
    }

    @Override
    public boolean takesMore() {
      return takesMore;
    }

    @Override
    public void mayRead(boolean more) {
      mayAsk = more;
    }

    @Override
    public void over() {
      seen.add("over");
    }

    @Override
    public void refuse(Refusal refusal, @Nullable String detail) {
      seen.add("refused " + refusal.label() + ", " + detail);
    }

    @Override
    public void cut(CloseReason reason, @Nullable String detail) {
      seen.add("cut " + reason.label() + ", " + detail);
    }

    @Override
    public boolean showsCut(HttpResponse head) {
      return true;
    }

    @Override
    public void switched(Answerer application) {
      seen.add("switched");
      tunnel = application.channel();
      end = application.endOfStream();
      tunnel.config().setAutoRead(mayAsk);
      tunnel
          .pipeline()
          .addLast(
              new ChannelInboundHandlerAdapter() {
                @Override
                public void channelRead(ChannelHandlerContext ctx, Object message) {
                  seen.add(((ByteBuf) message).toString(ISO_8859_1));
                  ((ByteBuf) message).release();
                }

                @Override
                public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
                  seen.add(event.toString());
                }

                @Override
                public void channelInactive(ChannelHandlerContext ctx) {
                  seen.add("closed");
                }
              });
      application.leavePipeline();
    }

    /** What it has become. */
    Channel tunnel() {
      return Objects.requireNonNull(tunnel);
    }

    ChannelFuture write(int bytes) {
      ChannelFuture written = tunnel().writeAndFlush(Unpooled.wrappedBuffer(new byte[bytes]));
      settle();
      return written;
    }

    void finish() {
      Objects.requireNonNull(end).finishOutput();
      settle();
    }

    void close() {
      tunnel().close();
      settle();
    }

    void reset() {
      Resets.reset(tunnel());
      settle();
    }

    void read(boolean more) {
      tunnel().config().setAutoRead(more);
      settle();
    }

    void body(String text) {
      exchange.request(new DefaultHttpContent(Unpooled.copiedBuffer(text, ISO_8859_1)));
      exchange.flushRequest();
      settle();
    }

    void end() {
      exchange.request(LastHttpContent.EMPTY_LAST_CONTENT);
      exchange.flushRequest();
      settle();
    }
  }

  /** A request whose head has been sent. */
  Asking begin(String method, String... fields) {
    HttpRequest head =
        new DefaultHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.valueOf(method), "/");
    head.headers().set("Host", "a");
    for (int i = 0; i < fields.length; i += 2) {
      head.headers().add(fields[i], fields[i + 1]);
    }
    Asking asking = new Asking(head);
    asking.exchange.begin();
    return asking;
  }

  /** One for a WebSocket, which the server has said that it takes, and has agreed to. */
  Asking tunnel() {
    Asking asking = askForWebSocket();
    send(settings(Http2Frame.ENABLE_CONNECT_PROTOCOL, 1), head(3, ":status", "200"));
    asking.seen.clear();
    written();
    return asking;
  }

  Asking askForWebSocket() {
    Asking asking =
        begin(
            "GET",
            "Upgrade",
            "websocket",
            "Connection",
            "upgrade",
            "Sec-WebSocket-Key",
            "dGhlIHNhbXBsZSBub25jZQ==");
    asking.end();
    return asking;
  }

  /** A request without a body. */
  Asking ask(String method) {
    Asking asking = begin(method);
    asking.end();
    return asking;
  }

  void send(byte[]... frames) {
    for (byte[] frame : frames) {
      channel.writeInbound(Unpooled.wrappedBuffer(frame));
    }
    settle();
  }

  /** As if each byte came alone. */
  void sendEachByte(byte[]... frames) {
    for (byte[] frame : frames) {
      for (byte b : frame) {
        channel.writeInbound(Unpooled.wrappedBuffer(new byte[] {b}));
      }
    }
    settle();
  }

  void pass(long seconds) {
    channel.advanceTimeBy(seconds, TimeUnit.SECONDS);
    channel.runScheduledPendingTasks();
    settle();
  }

  /** As a socket does that ends without a word. */
  void hangUp() {
    if (channel.isOpen()) {
      channel.pipeline().firstContext().close();
      settle();
    }
  }

  void close() {
    hangUp();
    channel.finishAndReleaseAll();
  }

  void writable(boolean writable) {
    channel.unsafe().outboundBuffer().setUserDefinedWritability(1, writable);
    settle();
  }

  private void settle() {
    channel.runPendingTasks();
    channel.checkException();
    for (ByteBuf out = channel.readOutbound(); out != null; out = channel.readOutbound()) {
      byte[] bytes = new byte[out.readableBytes()];
      out.readBytes(bytes);
      out.release();
      written.writeBytes(bytes);
    }
  }

  /** Every frame that was written since it was asked last, such as {@code HEADERS 3 5}. */
  List<String> written() {
    ByteBuffer in = ByteBuffer.wrap(written.toByteArray());
    written.reset();
    List<String> frames = new ArrayList<>();
    if (in.remaining() >= 24 && in.get(0) == 'P') {
      in.position(24);
      frames.add("PREFACE");
    }
    while (in.hasRemaining()) {
      int lengthAndType = in.getInt();
      int flags = in.get();
      int stream = in.getInt();
      byte[] payload = new byte[lengthAndType >>> 8];
      in.get(payload);
      frames.add(told(lengthAndType & 0xff, flags, stream, payload));
    }
    return frames;
  }

  static String told(int type, int flags, int stream, byte[] payload) {
    return switch (type) {
      case H2cConnection.DATA -> "DATA " + stream + " " + payload.length + ends(flags);
      case H2cConnection.HEADERS -> "HEADERS " + stream + ends(flags);
      case H2cConnection.RST_STREAM -> "RST_STREAM " + stream + " " + number(payload, 0);
      case H2cConnection.SETTINGS -> (flags & 1) == 0 ? "SETTINGS" : "SETTINGS ack";
      case H2cConnection.PING -> (flags & 1) == 0 ? "PING" : "PING ack";
      case H2cConnection.GOAWAY -> "GOAWAY " + number(payload, 4);
      case H2cConnection.WINDOW_UPDATE -> "WINDOW_UPDATE " + stream + " " + number(payload, 0);
      default -> "type " + type;
    };
  }

  static String ends(int flags) {
    return (flags & H2cConnection.END_STREAM) == 0 ? "" : " ends";
  }

  private static int number(byte[] payload, int at) {
    return ByteBuffer.wrap(payload, at, 4).getInt();
  }

  // Frames of the server.

  static byte[] frame(int type, int flags, int stream, byte[] payload) {
    return ByteBuffer.allocate(9 + payload.length)
        .putInt((payload.length << 8) | type)
        .put((byte) flags)
        .putInt(stream)
        .put(payload)
        .array();
  }

  static byte[] settings(int... idsAndValues) {
    ByteBuffer out = ByteBuffer.allocate(idsAndValues.length / 2 * 6);
    for (int i = 0; i < idsAndValues.length; i += 2) {
      out.putShort((short) idsAndValues[i]).putInt(idsAndValues[i + 1]);
    }
    return frame(H2cConnection.SETTINGS, 0, 0, out.array());
  }

  static byte[] head(int stream, String... namesAndValues) {
    return head(stream, false, namesAndValues);
  }

  static byte[] lastHead(int stream, String... namesAndValues) {
    return head(stream, true, namesAndValues);
  }

  private static byte[] head(int stream, boolean ends, String... namesAndValues) {
    return frame(
        H2cConnection.HEADERS,
        H2cConnection.END_HEADERS | (ends ? H2cConnection.END_STREAM : 0),
        stream,
        H2cConnection.block(namesAndValues));
  }

  static byte[] data(int stream, String text) {
    return frame(H2cConnection.DATA, 0, stream, text.getBytes(ISO_8859_1));
  }

  static byte[] lastData(int stream, String text) {
    return frame(H2cConnection.DATA, H2cConnection.END_STREAM, stream, text.getBytes(ISO_8859_1));
  }

  static byte[] numbers(int type, int stream, int... values) {
    ByteBuffer out = ByteBuffer.allocate(4 * values.length);
    for (int value : values) {
      out.putInt(value);
    }
    return frame(type, 0, stream, out.array());
  }

  static byte[] all(byte[]... frames) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (byte[] frame : frames) {
      out.writeBytes(frame);
    }
    return out.toByteArray();
  }
}
