package io.sallyport.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.AbstractChannel;
import io.netty.channel.ChannelConfig;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelMetadata;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.ChannelPromise;
import io.netty.channel.DefaultChannelConfig;
import io.netty.channel.EventLoop;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Stream;
import io.sallyport.relay.EndOfStream;
import io.sallyport.relay.StreamEnd;
import java.io.IOException;
import java.net.SocketAddress;

/**
 * A stream of a client's connection of HTTP/2 that has become a tunnel (RFC 8441 §5), as a channel
 * of its own, so that it is relayed as any other connection is. A proper close is an END_STREAM
 * where the other side has finished too; every other one is a RST_STREAM with CANCEL. Belongs to
 * the event loop of the connection, which is its parent.
 *
 * <p>Of what is written one piece at a time is given to the stream, and it counts as unwritten
 * until it has left: what the stream's window holds back is seen here, as if it were a socket's.
 */
final class StreamChannel extends AbstractChannel {

  private static final ChannelMetadata METADATA = new ChannelMetadata(false);
  private static final int MOST_AT_ONCE = 16 * 1024;

  private final Http2Client client;
  private final Http2ClientStream stream;
  private final Http2Stream carrier;
  private final ChannelConfig config = new DefaultChannelConfig(this);
  private final End end = new End();

  /** Within the window of the stream, while nobody reads. */
  private final HeldBody held = new HeldBody();

  /** What is held, and not yet given back to the window. */
  private int unreturnedBytes;

  private boolean open = true;
  private boolean writing;
  private boolean outputEnded;
  private boolean inputEnded;
  private boolean inputEndTold;

  private StreamChannel(Http2Client client, Http2ClientStream stream, Http2Stream carrier) {
    super(client.channel());
    this.client = client;
    this.stream = stream;
    this.carrier = carrier;
  }

  /** Open, and nothing has come over it yet. On the loop of the connection. */
  static StreamChannel of(Http2Client client, Http2ClientStream stream, Http2Stream carrier) {
    StreamChannel made = new StreamChannel(client, stream, carrier);
    made.pipeline().addLast(made.end);
    client.channel().eventLoop().register(made);
    return made;
  }

  EndOfStream end() {
    return end;
  }

  // What comes.

  /**
   * Bytes, still the caller's.
   *
   * @return how many of them the window has back now
   */
  int data(ByteBuf data, boolean ends) {
    int bytes = data.readableBytes();
    if (!open) {
      return bytes;
    }
    if (config.isAutoRead() && held.isEmpty()) {
      if (bytes > 0) {
        pipeline().fireChannelRead(data.retainedSlice());
        stream.flushLater();
      }
    } else {
      held.add(data.duplicate());
    }
    if (ends) {
      inputEnded = true;
      tellEnd();
    }
    if (config.isAutoRead()) {
      return bytes;
    }
    unreturnedBytes += bytes;
    return 0;
  }

  /** All has been read that there was. */
  void readComplete() {
    pipeline().fireChannelReadComplete();
  }

  @Override
  protected void doBeginRead() {
    passHeld();
    if (config.isAutoRead() && unreturnedBytes > 0) {
      int bytes = unreturnedBytes;
      unreturnedBytes = 0;
      client.giveBack(carrier, bytes);
    }
    tellEnd();
  }

  private void passHeld() {
    if (!held.isEmpty()) {
      pipeline().fireChannelRead(held.takeData());
      pipeline().fireChannelReadComplete();
    }
  }

  private void tellEnd() {
    if (open && inputEnded && !inputEndTold && held.isEmpty()) {
      inputEndTold = true;
      pipeline().fireUserEventTriggered(StreamEnd.FINISHED);
    }
  }

  /** The other side has reset the stream. */
  void reset(long errorCode) {
    if (open && inputEnded && errorCode == Http2Error.NO_ERROR.code()) {
      // RFC 9113 §8.1: it has said all, and needs no more of what we would say.
      passHeld();
      tellEnd();
      over(StreamEnd.CLOSED);
    } else {
      over(StreamEnd.RESET);
    }
  }

  /** The stream has ended, or its connection: properly when both sides had finished. */
  void streamEnded() {
    if (!(inputEnded && outputEnded)) {
      over(StreamEnd.RESET);
    }
  }

  /** There is nothing left that could be reset. */
  private void over(StreamEnd how) {
    if (open) {
      inputEnded = true;
      inputEndTold = true;
      outputEnded = true;
      held.release();
      pipeline().fireUserEventTriggered(how);
      unsafe().close(voidPromise());
    }
  }

  // What goes out.

  @Override
  protected void doWrite(ChannelOutboundBuffer out) {
    while (!writing && out.current() instanceof ByteBuf data) {
      int bytes = Math.min(data.readableBytes(), MOST_AT_ONCE);
      if (bytes == 0) {
        out.remove();
      } else {
        writing = true;
        ChannelPromise written = client.frames().newPromise();
        written.addListener(done -> written(bytes, done.isSuccess()));
        ByteBuf piece = data.retainedSlice(data.readerIndex(), bytes);
        client.frames().data(carrier, piece, false, written);
        client.flushSoon();
      }
    }
  }

  /** Where it has not been, the stream has ended, which is told by itself. */
  private void written(int bytes, boolean hasBeen) {
    ChannelOutboundBuffer out = unsafe().outboundBuffer();
    if (hasBeen && out != null) {
      writing = false;
      out.removeBytes(bytes);
      unsafe().flush();
    }
  }

  private void endOutput() {
    if (open && !outputEnded) {
      outputEnded = true;
      client.frames().data(carrier, Unpooled.EMPTY_BUFFER, true);
      client.flushSoon();
    }
  }

  /**
   * Properly; whoever resets it closes it in its pipeline ({@link io.sallyport.transport.Resets}).
   */
  @Override
  public ChannelFuture close() {
    ChannelOutboundBuffer out = unsafe().outboundBuffer();
    if (inputEnded && (out == null || out.isEmpty())) {
      endOutput();
    }
    return super.close();
  }

  @Override
  protected void doClose() {
    open = false;
    held.release();
    if (inputEnded && outputEnded) {
      client.finish(stream);
    } else {
      client.reset(stream, Http2Error.CANCEL);
    }
  }

  // What a channel has to have.

  @Override
  public ChannelConfig config() {
    return config;
  }

  @Override
  public boolean isOpen() {
    return open;
  }

  @Override
  public boolean isActive() {
    return open;
  }

  @Override
  public ChannelMetadata metadata() {
    return METADATA;
  }

  @Override
  protected boolean isCompatible(EventLoop loop) {
    return true;
  }

  @Override
  protected SocketAddress localAddress0() {
    return parent().localAddress();
  }

  @Override
  protected SocketAddress remoteAddress0() {
    return parent().remoteAddress();
  }

  @Override
  protected void doBind(SocketAddress address) {
    throw new UnsupportedOperationException();
  }

  @Override
  protected void doDisconnect() {
    throw new UnsupportedOperationException();
  }

  @Override
  protected AbstractUnsafe newUnsafe() {
    return new AbstractUnsafe() {
      @Override
      public void connect(SocketAddress remote, SocketAddress local, ChannelPromise promise) {
        promise.setFailure(new UnsupportedOperationException());
      }
    };
  }

  private final class End extends ChannelInboundHandlerAdapter implements EndOfStream {

    @Override
    public void finishOutput() {
      writeAndFlush(Unpooled.EMPTY_BUFFER)
          .addListener(
              done -> {
                if (done.isSuccess()) {
                  endOutput();
                }
              });
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
      if (cause instanceof IOException) {
        ctx.fireUserEventTriggered(StreamEnd.RESET); // it was closed under a write
      } else {
        ctx.fireExceptionCaught(cause);
      }
    }
  }
}
