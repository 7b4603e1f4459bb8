package io.sallyport.http;

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
import io.netty.handler.codec.http2.UniformStreamByteDistributor;
import io.netty.util.AsciiString;

/**
 * Netty's parts of one end of a connection of HTTP/2, set up so that no peer can make them hold
 * much: fields come as {@link FieldSection}s, unjudged; priorities, which RFC 9113 has given up,
 * count for nothing; what is received counts against the window of its stream until it is used,
 * while that of the connection is open at all times, so that no stream waits for another.
 */
record Http2Codec(
    Http2Connection connection, Http2ConnectionDecoder decoder, Http2ConnectionEncoder encoder) {

  /** More of it is sent when half of it has been used. */
  private static final float WINDOW_UPDATE_RATIO = 0.5f;

  /** Of the fields that were sent last; a peer may allow more than is of use. */
  private static final int MOST_TABLE_BYTES = 4096;

  private static final int MOST_SMALL_CONTINUATIONS = 16;

  /** Requests of many peers share a table, and none shall try what is in it (RFC 7541 §7.1). */
  private static final Http2HeadersEncoder.SensitivityDetector SECRETS =
      (name, value) ->
          AsciiString.contentEquals(name, HttpHeaderNames.AUTHORIZATION)
              || AsciiString.contentEquals(name, HttpHeaderNames.COOKIE);

  static Http2Codec of(boolean server, Http1Limits limits) {
    Http2Connection connection = new DefaultHttp2Connection(server);
    connection
        .local()
        .flowController(new DefaultHttp2LocalFlowController(connection, WINDOW_UPDATE_RATIO, true));
    connection
        .remote()
        .flowController(
            new DefaultHttp2RemoteFlowController(
                connection, new UniformStreamByteDistributor(connection)));
    Http2ConnectionEncoder encoder =
        new DefaultHttp2ConnectionEncoder(
            connection,
            new DefaultHttp2FrameWriter(
                new BoundedHeadersEncoder(server ? Http2HeadersEncoder.NEVER_SENSITIVE : SECRETS)));
    long mostListBytes = FieldSection.mostListBytes(limits);
    Http2FrameReader reader =
        new DefaultHttp2FrameReader(
            server
                ? FieldSection.requestDecoder(mostListBytes)
                : FieldSection.decoder(mostListBytes),
            MOST_SMALL_CONTINUATIONS);
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
    return new Http2Codec(connection, decoder, encoder);
  }

  private static final class BoundedHeadersEncoder extends DefaultHttp2HeadersEncoder {
    BoundedHeadersEncoder(Http2HeadersEncoder.SensitivityDetector secrets) {
      super(secrets);
    }

    @Override
    public void maxHeaderTableSize(long peers) throws Http2Exception {
      super.maxHeaderTableSize(Math.min(peers, MOST_TABLE_BYTES));
    }
  }
}
