package io.sallyport.http;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.channel.CombinedChannelDuplexHandler;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpRequestEncoder;
import io.netty.handler.codec.http.LastHttpContent;

/**
 * HTTP/1.1 as a client speaks it (RFC 9112). Takes requests, each a head, content and a {@link
 * io.netty.handler.codec.http.LastHttpContent}; passes on responses in the same form and order, 1xx
 * too, or at the first fault a {@link BadMessage} with a {@link BadResponse}, which is the last.
 * Bytes that answer no request are a fault, {@link ResponseFault#UNSOLICITED}.
 *
 * <p>A body whose length is not told ends with the connection. Where that end can be forged, which
 * is TLS without close_notify, the channel must fail before it becomes inactive.
 *
 * <p>After a 101 {@link ByteBuf}s go both ways as they are. Not sharable: one for each channel.
 */
public final class ClientCodec
    extends CombinedChannelDuplexHandler<ResponseDecoder, HttpRequestEncoder> {

  private final ResponseDecoder decoder;
  private boolean requestUnderWay;

  public ClientCodec(Http1Limits limits) {
    decoder = new ResponseDecoder(limits);
    init(decoder, new Encoder());
  }

  /**
   * Whether all requests were written and all responses have come whole, and nothing else; if not,
   * the connection is not one to keep for other requests. Only on the channel's event loop.
   */
  public boolean isIdle() {
    return !requestUnderWay && decoder.isIdle();
  }

  private final class Encoder extends HttpRequestEncoder {

    @Override
    public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise)
        throws Exception {
      if (decoder.isRaw() && message instanceof ByteBuf) {
        ctx.write(message, promise);
        return;
      }
      if (message instanceof HttpRequest request) {
        decoder.expect(Asked.of(request));
        requestUnderWay = true;
      }
      if (message instanceof LastHttpContent) {
        requestUnderWay = false;
      }
      super.write(ctx, message, promise);
    }
  }
}
