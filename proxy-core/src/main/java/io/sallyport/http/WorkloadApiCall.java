package io.sallyport.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOption;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http2.DefaultHttp2DataFrame;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.DefaultHttp2HeadersFrame;
import io.netty.handler.codec.http2.DefaultHttp2WindowUpdateFrame;
import io.netty.handler.codec.http2.Http2ChannelDuplexHandler;
import io.netty.handler.codec.http2.Http2DataFrame;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2FrameCodec;
import io.netty.handler.codec.http2.Http2FrameCodecBuilder;
import io.netty.handler.codec.http2.Http2FrameStream;
import io.netty.handler.codec.http2.Http2FrameStreamException;
import io.netty.handler.codec.http2.Http2GoAwayFrame;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2HeadersFrame;
import io.netty.handler.codec.http2.Http2ResetFrame;
import io.netty.handler.codec.http2.Http2Settings;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import io.sallyport.http.WorkloadApiFault.Kind;
import io.sallyport.identity.SafeText;
import io.sallyport.transport.Resets;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One call of {@code FetchX509SVID} (SPIFFE Workload API §5.2.1), which an agent goes on answering
 * as long as both live: gRPC over HTTP/2 by prior knowledge, one stream on a connection of its own.
 * Last in the pipeline; belongs to the channel's event loop.
 */
final class WorkloadApiCall extends Http2ChannelDuplexHandler {

  /**
   * For the first answer, and for any other from its first byte to its last. An agent may take half
   * a minute to find out who asks.
   */
  static final Duration PATIENCE = Duration.ofSeconds(60);

  private static final String CLOSED = "closed the connection";

  private static final String PATH = "/SpiffeWorkloadAPI/FetchX509SVID";

  /** A request without fields, with the five bytes that stand before every message. */
  private static final byte[] REQUEST = new byte[5];

  private static final long MOST_LIST_BYTES = 16 * 1024;

  private final Owner owner;
  private final GrpcMessages messages = new GrpcMessages();
  private @Nullable Future<?> deadline;
  private @Nullable Http2FrameStream stream;
  private boolean begun;
  private boolean over;

  /** Whose call it is. */
  interface Owner {

    /**
     * @param message is its own then, to wipe
     */
    void answered(byte[] message);

    /** The call has ended. Once, and nothing after it. */
    void ended(WorkloadApiFault why);
  }

  private WorkloadApiCall(Owner owner) {
    this.owner = owner;
  }

  /** Asks over a channel that is connected. On its loop. */
  static WorkloadApiCall on(Channel channel, Owner owner) {
    Http2FrameCodec codec =
        Http2FrameCodecBuilder.forClient()
            .initialSettings(
                Http2Settings.defaultSettings()
                    .pushEnabled(false)
                    .maxHeaderListSize(MOST_LIST_BYTES))
            .build();
    channel.pipeline().addLast(codec);
    WorkloadApiCall call = new WorkloadApiCall(owner);
    channel.pipeline().addLast(call);
    // An agent that dies is gone at once: half of it is of no use.
    channel.config().setOption(ChannelOption.ALLOW_HALF_CLOSURE, false);
    channel.config().setAutoRead(true); // what comes is taken at once
    return call;
  }

  @Override
  protected void handlerAdded0(ChannelHandlerContext ctx) {
    Http2FrameStream stream = newStream();
    this.stream = stream;
    Http2Headers head =
        new DefaultHttp2Headers()
            .method(HttpMethod.POST.asciiName())
            .scheme("http")
            .authority("localhost")
            .path(PATH)
            .add(HttpHeaderNames.CONTENT_TYPE, "application/grpc")
            .add(HttpHeaderNames.TE, HttpHeaderValues.TRAILERS)
            .add(HttpHeaderNames.USER_AGENT, "sallyport")
            // A page in a browser cannot send it, so that none can be made to ask (§4.1).
            .add("workload.spiffe.io", "true");
    ChannelFutureListener told =
        done -> {
          if (!done.isSuccess()) {
            boolean gone = done.cause() instanceof IOException;
            end(ctx, Kind.ENDED, gone ? CLOSED : "did not take the call");
          }
        };
    await(ctx, "gave no answer within ");
    ctx.write(new DefaultHttp2HeadersFrame(head).stream(stream)).addListener(told);
    ChannelFuture sent =
        ctx.writeAndFlush(
            new DefaultHttp2DataFrame(Unpooled.wrappedBuffer(REQUEST), true).stream(stream));
    sent.addListener(told);
  }

  private void await(ChannelHandlerContext ctx, String what) {
    if (deadline == null && !over) {
      deadline =
          ctx.executor()
              .schedule(
                  () -> end(ctx, Kind.NO_ANSWER, what + PATIENCE.toSeconds() + "s"),
                  PATIENCE.toNanos(),
                  TimeUnit.NANOSECONDS);
    }
  }

  private void awaitNothing() {
    if (deadline != null) {
      deadline.cancel(false);
      deadline = null;
    }
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object frame) {
    try {
      if (over) {
        return;
      }
      if (frame instanceof Http2HeadersFrame headers) {
        headers(ctx, headers);
      } else if (frame instanceof Http2DataFrame data) {
        data(ctx, data);
      } else if (frame instanceof Http2ResetFrame reset) {
        end(ctx, Kind.ENDED, "reset the call, error " + reset.errorCode());
      } else if (frame instanceof Http2GoAwayFrame goAway && !takes(goAway)) {
        end(ctx, Kind.ENDED, "did not take the call, error " + goAway.errorCode());
      }
    } finally {
      ReferenceCountUtil.release(frame);
    }
  }

  /** What it has begun, a server that goes away may still end. */
  private boolean takes(Http2GoAwayFrame goAway) {
    return stream != null && goAway.lastStreamId() >= stream.id();
  }

  private void headers(ChannelHandlerContext ctx, Http2HeadersFrame frame) {
    if (frame.isEndStream()) {
      end(ctx, GrpcStatus.of(frame.headers()));
      return;
    }
    String status = String.valueOf(frame.headers().status());
    CharSequence type = frame.headers().get(HttpHeaderNames.CONTENT_TYPE);
    if (status.startsWith("1")) {
      return; // another head follows
    }
    if (begun || !status.equals("200") || !String.valueOf(type).startsWith("application/grpc")) {
      end(
          ctx,
          Kind.BAD_PROTOCOL,
          "answered in HTTP and not in gRPC, with the status " + SafeText.of(status));
      return;
    }
    begun = true;
  }

  private void data(ChannelHandlerContext ctx, Http2DataFrame frame) {
    if (!begun) {
      end(ctx, Kind.BAD_PROTOCOL, "answered in HTTP and not in gRPC");
      return;
    }
    ByteBuf content = frame.content();
    try {
      messages.add(
          content,
          message -> {
            awaitNothing();
            owner.answered(message);
          });
    } catch (GrpcMessages.Unreadable e) {
      end(ctx, Kind.BAD_PROTOCOL, String.valueOf(e.getMessage()));
      return;
    }
    if (frame.isEndStream()) {
      end(ctx, Kind.BAD_PROTOCOL, "ended the call without a status");
      return;
    }
    if (messages.isAmidOne()) {
      await(ctx, "did not end a message within ");
    }
    int bytes = frame.initialFlowControlledBytes();
    if (bytes > 0) {
      ctx.writeAndFlush(new DefaultHttp2WindowUpdateFrame(bytes).stream(stream));
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    end(ctx, Kind.ENDED, CLOSED);
    ctx.fireChannelInactive();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    if (cause instanceof Http2Exception || cause instanceof Http2FrameStreamException) {
      end(ctx, Kind.BAD_PROTOCOL, "does not speak HTTP/2 as it should");
    } else if (cause instanceof IOException) {
      end(ctx, Kind.ENDED, CLOSED);
    } else {
      end(
          ctx,
          Kind.ENDED,
          "was given up by a fault of the proxy: " + SafeText.of(cause.toString()));
    }
  }

  private void end(ChannelHandlerContext ctx, Kind kind, String detail) {
    end(ctx, new WorkloadApiFault(kind, detail));
  }

  private void end(ChannelHandlerContext ctx, WorkloadApiFault why) {
    if (!over) {
      stop(ctx);
      owner.ended(why);
    }
  }

  private void stop(ChannelHandlerContext ctx) {
    over = true;
    awaitNothing();
    messages.wipe();
    Resets.reset(ctx.channel());
  }

  /** Hangs up; its owner is told nothing more. On its loop. */
  void cancel(Channel channel) {
    ChannelHandlerContext ctx = channel.pipeline().context(this);
    if (ctx != null && !over) {
      stop(ctx);
    }
  }
}
