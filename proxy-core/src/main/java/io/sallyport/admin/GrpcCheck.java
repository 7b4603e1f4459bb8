package io.sallyport.admin;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http2.DefaultHttp2DataFrame;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.DefaultHttp2HeadersFrame;
import io.netty.handler.codec.http2.Http2DataFrame;
import io.netty.handler.codec.http2.Http2FrameCodecBuilder;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2HeadersFrame;
import io.netty.handler.codec.http2.Http2MultiplexHandler;
import io.netty.handler.codec.http2.Http2ResetFrame;
import io.netty.handler.codec.http2.Http2Settings;
import io.netty.handler.codec.http2.Http2StreamChannelBootstrap;
import io.netty.handler.codec.http2.Http2StreamFrame;
import io.sallyport.admin.AppCheck.Finding;
import io.sallyport.config.AppProbe.Grpc;
import java.io.ByteArrayOutputStream;
import org.jspecify.annotations.Nullable;

/**
 * One call of grpc.health.v1.Health/Check, over HTTP/2 by prior knowledge. Its two messages have
 * one field each, so they are written and read here: a library of gRPC's would be larger than all
 * of this proxy.
 */
final class GrpcCheck extends SimpleChannelInboundHandler<Http2StreamFrame> {

  private static final String STATUS_OK = "0";

  private static final int MOST_BYTES = 10 * 1024;

  /** A byte for compression and four for the length. */
  private static final int PREFIX_BYTES = 5;

  /** Field 1, of its type: bytes in the request, a number in the response. */
  private static final int SERVICE_FIELD = 0x0A;

  private static final int STATUS_FIELD = 0x08;

  private static final int SERVING = 1;

  private final Finding finding;
  private final ByteArrayOutputStream message = new ByteArrayOutputStream();

  private GrpcCheck(Finding finding) {
    this.finding = finding;
  }

  /** Has the channel ask when it is connected. */
  static void prepare(Channel channel, Grpc grpc, Finding finding) {
    channel
        .pipeline()
        .addLast(
            Http2FrameCodecBuilder.forClient()
                .initialSettings(Http2Settings.defaultSettings().pushEnabled(false))
                .build(),
            // A server begins no stream.
            new Http2MultiplexHandler(new ChannelInboundHandlerAdapter()),
            new Asking(grpc, finding));
  }

  /** Stands on the connection, and opens the one stream. */
  private static final class Asking extends ChannelInboundHandlerAdapter {

    private final Grpc grpc;
    private final Finding finding;

    Asking(Grpc grpc, Finding finding) {
      this.grpc = grpc;
      this.finding = finding;
    }

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
      new Http2StreamChannelBootstrap(ctx.channel())
          .handler(new GrpcCheck(finding))
          .open()
          .addListener(
              opened -> {
                if (opened.isSuccess()) {
                  send((Channel) opened.getNow());
                } else {
                  finding.unwell("the connection failed");
                }
              });
    }

    private void send(Channel stream) {
      Http2Headers head =
          new DefaultHttp2Headers()
              .method("POST")
              .scheme("http")
              .path("/grpc.health.v1.Health/Check")
              .authority("localhost:" + grpc.port())
              .set("content-type", "application/grpc")
              .set("te", "trailers")
              .set("user-agent", "kube-probe/sallyport");
      stream.write(new DefaultHttp2HeadersFrame(head));
      stream.writeAndFlush(new DefaultHttp2DataFrame(request(), true));
    }

    private ByteBuf request() {
      ByteBuf field = Unpooled.buffer();
      if (!grpc.service().isEmpty()) {
        byte[] service = grpc.service().getBytes(UTF_8);
        field.writeByte(SERVICE_FIELD);
        writeVarint(field, service.length);
        field.writeBytes(service);
      }
      return Unpooled.buffer().writeByte(0).writeInt(field.readableBytes()).writeBytes(field);
    }

    private static void writeVarint(ByteBuf to, int number) {
      int rest = number;
      while (rest > 0x7F) {
        to.writeByte((rest & 0x7F) | 0x80);
        rest >>>= 7;
      }
      to.writeByte(rest);
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
      finding.unwell("it closed the connection before the end of an answer");
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
      finding.unwell("its answer is no HTTP/2");
    }
  }

  @Override
  protected void channelRead0(ChannelHandlerContext ctx, Http2StreamFrame frame) {
    if (frame instanceof Http2HeadersFrame head) {
      read(head);
    } else if (frame instanceof Http2DataFrame data) {
      read(data);
    } else if (frame instanceof Http2ResetFrame) {
      finding.unwell("it reset the call");
    }
  }

  private void read(Http2HeadersFrame head) {
    CharSequence http = head.headers().status();
    if (http != null && !http.toString().equals("200")) {
      finding.unwell("its answer is no gRPC: HTTP status " + number(http));
    } else if (head.isEndStream()) {
      finish(head.headers().get("grpc-status"));
    }
  }

  private void read(Http2DataFrame data) {
    if (message.size() + data.content().readableBytes() > MOST_BYTES) {
      finding.unwell("its answer is too long");
      return;
    }
    message.writeBytes(ByteBufUtil.getBytes(data.content()));
    if (data.isEndStream()) {
      finding.unwell("its answer is no gRPC: there is no grpc-status");
    }
  }

  private void finish(@Nullable CharSequence grpcStatus) {
    if (grpcStatus == null) {
      finding.unwell("its answer is no gRPC: there is no grpc-status");
    } else if (!grpcStatus.toString().equals(STATUS_OK)) {
      finding.unwell("grpc-status " + number(grpcStatus));
    } else if (isServing(message.toByteArray())) {
      finding.well();
    } else {
      finding.unwell("it does not say SERVING");
    }
  }

  /** Of many a field of that number the last one counts; others than it there are none. */
  private static boolean isServing(byte[] message) {
    return message.length == PREFIX_BYTES + 2
        && message[0] == 0
        && message[PREFIX_BYTES - 1] == 2
        && message[PREFIX_BYTES] == STATUS_FIELD
        && message[PREFIX_BYTES + 1] == SERVING;
  }

  /** What else the application may write there is not for all who may ask. */
  private static String number(CharSequence text) {
    return text.length() <= 3 && text.chars().allMatch(c -> c >= '0' && c <= '9')
        ? text.toString()
        : "unknown";
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    finding.unwell("it closed the connection before the end of an answer");
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    finding.unwell("its answer is no HTTP/2");
  }
}
