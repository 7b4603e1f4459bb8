package io.sallyport.http;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http2.Http2Connection;
import io.netty.handler.codec.http2.Http2ConnectionAdapter;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2FrameListener;
import io.netty.handler.codec.http2.Http2FrameListenerDecorator;
import io.netty.handler.codec.http2.Http2FrameReader;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2Stream;
import org.jspecify.annotations.Nullable;

/**
 * Says of frames for streams that have ended what RFC 9113 §5.1 says, where Netty says less: it
 * answers fields for a stream that was ended, or that was passed over, with an error of the stream
 * alone, and resets once more for each frame that was on its way when we reset its stream. Frames
 * for a stream that was one too many it takes for an error of the connection, and requests that
 * come after GOAWAY it resets, where RFC 9113 §6.8 has them ignored.
 */
final class RequestStreams implements Http2FrameReader {

  /** For so many streams it is remembered how they ended. */
  private static final int REMEMBERED = 128;

  private final Http2Connection connection;
  private final Http2FrameReader reader;

  /** Those that we reset are negative. */
  private final int[] ended = new int[REMEMBERED];

  private int next;
  private @Nullable Judging judging;

  RequestStreams(Http2Connection connection, Http2FrameReader reader) {
    this.connection = connection;
    this.reader = reader;
    connection.addListener(
        new Http2ConnectionAdapter() {
          @Override
          public void onStreamClosed(Http2Stream stream) {
            remember(stream.isResetSent() ? -stream.id() : stream.id());
          }
        });
  }

  private void remember(int id) {
    ended[next] = id;
    next = (next + 1) % REMEMBERED;
  }

  @Override
  public void readFrame(ChannelHandlerContext ctx, ByteBuf in, Http2FrameListener to)
      throws Http2Exception {
    Judging before = judging;
    if (before == null || before.to != to) {
      before = new Judging(to);
      judging = before;
    }
    reader.readFrame(ctx, in, before);
  }

  @Override
  public Configuration configuration() {
    return reader.configuration();
  }

  @Override
  public void close() {
    reader.close();
  }

  /** We have reset it, or are not to serve it; frames that were on their way may still come. */
  private boolean isIgnored(int id) {
    return connection.stream(id) == null && (hasEnded(-id) || isAfterGoAway(id));
  }

  private boolean isAfterGoAway(int id) {
    Http2Connection.Endpoint<?> peers = connection.remote();
    return connection.goAwaySent()
        && peers.isValidStreamId(id)
        && id > peers.lastStreamKnownByPeer();
  }

  private boolean hasEnded(int id) {
    for (int each : ended) {
      if (each == id) {
        return true;
      }
    }
    return false;
  }

  private final class Judging extends Http2FrameListenerDecorator {
    private final Http2FrameListener to;

    Judging(Http2FrameListener to) {
      super(to);
      this.to = to;
    }

    @Override
    public void onHeadersRead(
        ChannelHandlerContext ctx, int id, Http2Headers headers, int padding, boolean ends)
        throws Http2Exception {
      if (isForOpen(id)) {
        to.onHeadersRead(ctx, id, headers, padding, ends);
      }
    }

    @Override
    public void onHeadersRead(
        ChannelHandlerContext ctx,
        int id,
        Http2Headers headers,
        int dependency,
        short weight,
        boolean exclusive,
        int padding,
        boolean ends)
        throws Http2Exception {
      if (isForOpen(id)) {
        to.onHeadersRead(ctx, id, headers, dependency, weight, exclusive, padding, ends);
      }
    }

    /** Or new. */
    private boolean isForOpen(int id) throws Http2Exception {
      Http2Stream stream = connection.stream(id);
      if (stream != null) {
        if (stream.state() == Http2Stream.State.HALF_CLOSED_REMOTE) {
          throw Http2Exception.streamError(
              id, Http2Error.STREAM_CLOSED, "fields after the end of stream %d", id);
        }
        return true;
      }
      if (isIgnored(id)) {
        return false;
      }
      if (!connection.streamMayHaveExisted(id)) {
        checkRoom(id);
        return true;
      }
      throw Http2Exception.connectionError(
          hasEnded(id) ? Http2Error.STREAM_CLOSED : Http2Error.PROTOCOL_ERROR,
          "fields for stream %d, which is not open",
          id);
    }

    private void checkRoom(int id) throws Http2Exception {
      Http2Connection.Endpoint<?> peers = connection.remote();
      if (peers.isValidStreamId(id) && !peers.canOpenStream()) {
        remember(-id);
        throw Http2Exception.streamError(
            id, Http2Error.REFUSED_STREAM, "more than %d streams", peers.maxActiveStreams());
      }
    }

    @Override
    public void onRstStreamRead(ChannelHandlerContext ctx, int id, long errorCode)
        throws Http2Exception {
      if (!isIgnored(id)) {
        to.onRstStreamRead(ctx, id, errorCode);
      }
    }

    @Override
    public void onWindowUpdateRead(ChannelHandlerContext ctx, int id, int increment)
        throws Http2Exception {
      if (!isIgnored(id)) {
        to.onWindowUpdateRead(ctx, id, increment);
      }
    }

    @Override
    public int onDataRead(
        ChannelHandlerContext ctx, int id, ByteBuf data, int padding, boolean ends)
        throws Http2Exception {
      if (!isIgnored(id)) {
        return to.onDataRead(ctx, id, data, padding, ends);
      }
      // The window of the connection counts it all the same.
      connection.local().flowController().receiveFlowControlledFrame(null, data, padding, ends);
      return data.readableBytes() + padding;
    }
  }
}
