package io.sallyport.http;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http2.DefaultHttp2Connection;
import io.netty.handler.codec.http2.DefaultHttp2ConnectionDecoder;
import io.netty.handler.codec.http2.DefaultHttp2ConnectionEncoder;
import io.netty.handler.codec.http2.DefaultHttp2FrameReader;
import io.netty.handler.codec.http2.DefaultHttp2FrameWriter;
import io.netty.handler.codec.http2.DefaultHttp2HeadersEncoder;
import io.netty.handler.codec.http2.DefaultHttp2LocalFlowController;
import io.netty.handler.codec.http2.DefaultHttp2RemoteFlowController;
import io.netty.handler.codec.http2.Http2Connection;
import io.netty.handler.codec.http2.Http2ConnectionDecoder;
import io.netty.handler.codec.http2.Http2ConnectionEncoder;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2FrameReader;
import io.netty.handler.codec.http2.Http2HeadersEncoder;
import io.netty.handler.codec.http2.Http2PromisedRequestVerifier;
import io.netty.handler.codec.http2.Http2Stream;
import io.netty.handler.codec.http2.UniformStreamByteDistributor;
import io.netty.util.AsciiString;
import io.sallyport.config.Http2Limits;

/**
 * Netty's parts of one end of a connection of HTTP/2, set up so that no peer can make them hold
 * much: fields come as {@link FieldSection}s, unjudged; priorities, which RFC 9113 has given up,
 * count for nothing; what is received counts against the window of its stream until it is used,
 * while that of the connection is open at all times, so that no stream waits for another.
 *
 * @param sent a property that each stream gets when a frame of its data leaves
 */
record Http2Codec(
    Http2Connection connection,
    Http2ConnectionDecoder decoder,
    Http2ConnectionEncoder encoder,
    Http2Connection.PropertyKey sent) {

  /** More of it is sent when half of it has been used. */
  private static final float WINDOW_UPDATE_RATIO = 0.5f;

  /** Requests of many peers share a table, and none shall try what is in it (RFC 7541 §7.1). */
  private static final Http2HeadersEncoder.SensitivityDetector SECRETS =
      (name, value) ->
          AsciiString.contentEquals(name, HttpHeaderNames.AUTHORIZATION)
              || AsciiString.contentEquals(name, HttpHeaderNames.COOKIE);

  /**
   * @param limits of which those of heads are meant here
   */
  static Http2Codec of(boolean server, Http1Limits heads, Http2Limits limits) {
    Http2Connection connection = new DefaultHttp2Connection(server);
    connection
        .local()
        .flowController(new DefaultHttp2LocalFlowController(connection, WINDOW_UPDATE_RATIO, true));
    connection
        .remote()
        .flowController(
            new DefaultHttp2RemoteFlowController(
                connection, new UniformStreamByteDistributor(connection)));
    Http2Connection.PropertyKey sent = connection.newKey();
    Http2ConnectionEncoder encoder =
        new DefaultHttp2ConnectionEncoder(
            connection,
            new MarkingFrameWriter(
                new BoundedHeadersEncoder(
                    server ? Http2HeadersEncoder.NEVER_SENSITIVE : SECRETS,
                    limits.headerTableBytes()),
                connection,
                sent));
    long mostListBytes = FieldSection.mostListBytes(heads);
    Http2FrameReader reader =
        new DefaultHttp2FrameReader(
            server
                ? FieldSection.requestDecoder(mostListBytes)
                : FieldSection.decoder(mostListBytes),
            limits.maxContinuations());
    Http2ConnectionDecoder decoder =
        new DefaultHttp2ConnectionDecoder(
            connection,
            encoder,
            server ? new RequestStreams(connection, reader) : reader,
            Http2PromisedRequestVerifier.ALWAYS_VERIFY,
            true,
            true,
            false,
            false);
    return new Http2Codec(connection, decoder, encoder, sent);
  }

  private static final class MarkingFrameWriter extends DefaultHttp2FrameWriter {
    private final Http2Connection connection;
    private final Http2Connection.PropertyKey sent;

    MarkingFrameWriter(
        Http2HeadersEncoder fields, Http2Connection connection, Http2Connection.PropertyKey sent) {
      super(fields);
      this.connection = connection;
      this.sent = sent;
    }

    @Override
    public ChannelFuture writeData(
        ChannelHandlerContext ctx,
        int streamId,
        ByteBuf data,
        int padding,
        boolean ends,
        ChannelPromise promise) {
      Http2Stream stream = connection.stream(streamId);
      if (stream != null) {
        stream.setProperty(sent, Boolean.TRUE);
      }
      return super.writeData(ctx, streamId, data, padding, ends, promise);
    }
  }

  private static final class BoundedHeadersEncoder extends DefaultHttp2HeadersEncoder {
    private final int mostTableBytes;

    /**
     * @param mostTableBytes of the fields that were sent last; a peer may allow more
     */
    BoundedHeadersEncoder(Http2HeadersEncoder.SensitivityDetector secrets, int mostTableBytes) {
      super(secrets);
      this.mostTableBytes = mostTableBytes;
      try {
        maxHeaderTableSize(maxHeaderTableSize()); // which a peer need not say (RFC 7541 §4.2)
      } catch (Http2Exception e) {
        throw new IllegalArgumentException("no size of a table: " + mostTableBytes, e);
      }
    }

    @Override
    public void maxHeaderTableSize(long peers) throws Http2Exception {
      super.maxHeaderTableSize(Math.min(peers, mostTableBytes));
    }
  }
}
