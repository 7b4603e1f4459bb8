package io.sallyport.http;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.channel.CombinedChannelDuplexHandler;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseEncoder;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpStatusClass;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;

/**
 * HTTP/1.1 as a server speaks it (RFC 9112). Passes on an {@link Http1Request}, its content and a
 * {@link io.netty.handler.codec.http.LastHttpContent} for each request, or at the first fault a
 * {@link BadMessage} with a {@link BadRequest}, which is the last. Takes responses in the order of
 * the requests, each a head, content and a {@code LastHttpContent}, 1xx too; what a response to
 * HEAD, 204 and 304 have for content is left out.
 *
 * <p>No more requests are passed on than may be outstanding; the next one comes after the last
 * content of a response was written, never within that call. Nothing is read from the channel while
 * such requests wait.
 *
 * <p>After a 101 and its last content {@link ByteBuf}s go both ways as they are, those first that
 * came behind the request. A 101 for a request without Upgrade fails the write: peers could speak
 * there past everything that judges requests. Not sharable: one for each channel.
 */
public final class ServerCodec
    extends CombinedChannelDuplexHandler<RequestDecoder, HttpResponseEncoder> {

  private final RequestDecoder decoder;
  private boolean raw;

  /**
   * @param mostOutstanding requests of which the response has not ended
   * @param paused told each time that reading stops because there are as many
   * @throws IllegalArgumentException when that is less than 1
   */
  public ServerCodec(Http1Limits limits, int mostOutstanding, Runnable paused) {
    if (mostOutstanding < 1) {
      throw new IllegalArgumentException("one request at least is outstanding at a time");
    }
    decoder = new RequestDecoder(limits, mostOutstanding, paused);
    init(decoder, new Encoder());
  }

  @Override
  public void read(ChannelHandlerContext ctx) throws Exception {
    if (!decoder.holdsRead()) {
      super.read(ctx);
    }
  }

  private final class Encoder extends HttpResponseEncoder {

    private boolean informational;
    private boolean switching;

    @Override
    public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise)
        throws Exception {
      if (raw && message instanceof ByteBuf) {
        ctx.write(message, promise);
        return;
      }
      if (message instanceof HttpResponse response && !begin(response)) {
        ReferenceCountUtil.release(message);
        promise.tryFailure(new IllegalStateException("a 101 that answers no Upgrade"));
        return;
      }
      super.write(ctx, message, promise);
      if (message instanceof LastHttpContent) {
        end();
      }
    }

    private boolean begin(HttpResponse response) {
      informational = response.status().codeClass() == HttpStatusClass.INFORMATIONAL;
      switching = response.status().code() == HttpResponseStatus.SWITCHING_PROTOCOLS.code();
      return !switching || decoder.nextToAnswer() == Asked.UPGRADE;
    }

    private void end() {
      if (switching) {
        raw = true;
        decoder.upgraded();
      } else if (!informational) {
        decoder.answered();
      }
    }

    @Override
    protected boolean isContentAlwaysEmpty(HttpResponse response) {
      return informational
          || decoder.nextToAnswer() == Asked.HEAD
          || super.isContentAlwaysEmpty(response);
    }
  }
}
