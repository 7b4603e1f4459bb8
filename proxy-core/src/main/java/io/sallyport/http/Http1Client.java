package io.sallyport.http;

import static java.util.Objects.requireNonNull;

import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.util.ReferenceCountUtil;
import io.sallyport.relay.CloseReason;
import io.sallyport.relay.ConnectionEvents.Direction;
import io.sallyport.relay.EndOfStream;
import io.sallyport.relay.StreamEnd;
import io.sallyport.transport.Resets;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * HTTP/1.1 with a server, which serves one exchange after the other. Last in its pipeline, after
 * the codec. Belongs to its event loop.
 */
public final class Http1Client extends ChannelInboundHandlerAdapter
    implements ClientConnection, Answerer {

  private static final long MOST_SECONDS = 5;

  private final Channel channel;
  private final Owner owner;
  private final EndOfStream end;
  private final Direction towards;
  private final ClientCodec codec;
  private final @Nullable String authority;

  private @Nullable RequestWriter requests;
  private @Nullable Exchange exchange;
  private boolean serving;
  private boolean mayBeKept = true;
  private @Nullable CloseReason leaving;
  private long unusedSince;

  private Http1Client(
      Channel channel,
      Owner owner,
      EndOfStream end,
      Direction towards,
      ClientCodec codec,
      @Nullable String authority) {
    this.channel = channel;
    this.owner = owner;
    this.end = end;
    this.towards = towards;
    this.codec = codec;
    this.authority = authority;
  }

  /**
   * Speaks it over a channel that is connected, and where there is TLS shaken hands on.
   *
   * @param end last in the pipeline so far: tells how the stream ends
   * @param towards who the server is
   * @param authority what requests have for Host; null to leave them what they have
   */
  public static Http1Client on(
      Channel channel,
      Owner owner,
      EndOfStream end,
      Direction towards,
      Http1Limits heads,
      @Nullable String authority) {
    ClientCodec codec = new ClientCodec(heads);
    Http1Client client = new Http1Client(channel, owner, end, towards, codec, authority);
    channel.pipeline().addLast(new ProperEnd()).addLast(codec).addLast(client);
    client.unusedSince = client.now();
    return client;
  }

  /** What answers the first exchange, which begins now. */
  public Answerer first() {
    serving = true;
    return this;
  }

  @Override
  public @Nullable Answerer next() {
    if (!hasRoom()) {
      return null;
    }
    serving = true;
    return this;
  }

  @Override
  public boolean hasRoom() {
    return !serving && mayBeKept && channel.isActive();
  }

  @Override
  public long unusedSince() {
    return serving ? now() : unusedSince;
  }

  private long now() {
    return channel.eventLoop().ticker().nanoTime();
  }

  @Override
  public void leave(CloseReason reason) {
    if (leaving != null) {
      return;
    }
    leaving = reason;
    mayBeKept = false;
    if (!serving) {
      close(reason);
    }
  }

  @Override
  public void cut(CloseReason reason) {
    gone(Refusal.ofCut(reason), reason, null);
    Resets.reset(channel);
  }

  @Override
  public Channel channel() {
    return channel;
  }

  @Override
  public EndOfStream endOfStream() {
    return end;
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    requests = new RequestWriter(ctx);
  }

  @Override
  public void serve(Exchange next) {
    exchange = next;
    mayRead(true);
  }

  @Override
  public void send(HttpRequest request) {
    if (authority != null) {
      request.headers().set(HttpHeaderNames.HOST, authority);
    }
    requests().write(request);
  }

  @Override
  public void send(HttpContent part) {
    requests().write(part);
  }

  @Override
  public void flush() {
    requests().flush();
  }

  private RequestWriter requests() {
    return requireNonNull(requests);
  }

  @Override
  public boolean takesMore() {
    return channel.isWritable();
  }

  /** What the socket takes also of a piece that it does not take whole. */
  @Override
  public long taken() {
    ChannelOutboundBuffer out = channel.unsafe().outboundBuffer();
    return out == null ? 0 : out.currentProgress() - out.totalPendingWriteBytes();
  }

  @Override
  public void mayRead(boolean more) {
    channel.config().setAutoRead(more);
  }

  @Override
  public void exchangeOver() {
    exchange = null;
    if (mayBeKept && codec.isIdle() && channel.isActive()) {
      served();
      unusedSince = now();
      mayRead(true); // or its end would not be seen
      owner.ready(this);
    } else {
      close(leaving == null ? closed() : leaving);
      served();
    }
  }

  @Override
  public void reset() {
    exchange = null;
    end(CloseReason.REQUEST_ABANDONED, null);
    Resets.reset(channel);
    served();
  }

  private void served() {
    if (serving) {
      serving = false;
      owner.served();
    }
  }

  private void end(CloseReason reason, @Nullable String detail) {
    mayBeKept = false;
    owner.ending(reason, detail);
    owner.gone(this);
  }

  /** Lets what has been sent arrive, as far as it is taken in time. */
  private void close(CloseReason reason) {
    end(reason, null);
    var deadline =
        channel.eventLoop().schedule(() -> Resets.reset(channel), MOST_SECONDS, TimeUnit.SECONDS);
    channel.closeFuture().addListener(closed -> deadline.cancel(false));
    channel.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(done -> channel.close());
  }

  /** Counts as an exchange until the end, since it is as much of a load. */
  @Override
  public void leavePipeline() {
    exchange = null;
    mayBeKept = false;
    owner.gone(this);
    channel.closeFuture().addListener(closed -> served());
    channel.pipeline().remove(this);
    channel.pipeline().remove(ProperEnd.class);
    channel.pipeline().remove(codec); // at last, for it passes on what it has not read
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    Exchange to = exchange;
    if (to == null) {
      // RFC 9112 §9.2: what nobody asked for answers nothing that is asked later.
      ReferenceCountUtil.release(message);
      end(CloseReason.BAD_RESPONSE, "bytes that answer no request");
      Resets.reset(channel);
      return;
    }
    if (message instanceof BadMessage bad) {
      bad((BadResponse) bad.decoderResult().cause());
    } else if (message instanceof HttpResponse response) {
      mayBeKept &= ServedRequest.isInterim(response) || HttpUtil.isKeepAlive(response);
      to.response(response);
    } else {
      to.response((HttpContent) message);
    }
  }

  private void bad(BadResponse why) {
    if (why.fault() == ResponseFault.TRUNCATED) {
      gone(Refusal.CONNECTION_TERMINATED, CloseReason.RESPONSE_INCOMPLETE, why.detail());
    } else {
      gone(
          Refusal.of(why.fault()),
          CloseReason.BAD_RESPONSE,
          why.fault().label() + ": " + why.detail());
    }
    Resets.reset(channel);
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    if (exchange != null) {
      exchange.flushResponse();
    }
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext ctx) {
    if (exchange != null) {
      exchange.applicationTakesMore(channel.isWritable());
    }
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (event instanceof ChannelInputShutdownEvent) {
      ended(Refusal.CONNECTION_TERMINATED, closed());
      channel.close();
    } else if (event instanceof StreamEnd broken) {
      switch (broken) {
        case FINISHED, CLOSED -> ended(Refusal.CONNECTION_TERMINATED, closed());
        case TRUNCATED -> ended(Refusal.CONNECTION_TERMINATED, CloseReason.TRUNCATED);
        case RESET ->
            ended(
                Refusal.CONNECTION_TERMINATED,
                toPeer() ? CloseReason.PEER_RESET : CloseReason.APPLICATION_RESET);
        // A server of TLS 1.3 that does not take our certificate says so after the handshake.
        case BROKEN -> ended(Refusal.TLS_PROTOCOL_ERROR, CloseReason.TLS_ERROR);
      }
      channel.close(); // as it is, so that an alert on its way still arrives
    }
  }

  private boolean toPeer() {
    return towards == Direction.TO_PEER;
  }

  private CloseReason closed() {
    return toPeer() ? CloseReason.PEER_CLOSED : CloseReason.APPLICATION_CLOSED;
  }

  /** Its stream has, and if within a response, then that is not whole. */
  private void ended(Refusal refusal, CloseReason how) {
    if (exchange == null) {
      end(how, null);
    } else {
      gone(
          refusal,
          how.isProperEnd() ? CloseReason.RESPONSE_INCOMPLETE : how,
          "the connection ended before the response did");
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    owner.fault(cause);
    gone(Refusal.INTERNAL_ERROR, CloseReason.INTERNAL_ERROR, null);
    Resets.reset(channel);
  }

  private void gone(Refusal refusal, CloseReason reason, @Nullable String detail) {
    end(reason, detail);
    Exchange ended = exchange;
    exchange = null;
    served();
    if (ended != null) {
      ended.applicationGone(refusal, reason, detail);
    }
  }
}
