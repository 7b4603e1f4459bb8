package io.sallyport.cli.inspect;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;

/** Keeps how a server begins, for one that does not speak TLS. */
final class FirstWords extends ChannelInboundHandlerAdapter {

  private static final int KEPT = 80;

  private String words = "";

  /** One character a byte. */
  String words() {
    return words;
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    if (message instanceof ByteBuf bytes && words.length() < KEPT) {
      int more = Math.min(bytes.readableBytes(), KEPT - words.length());
      words += bytes.toString(bytes.readerIndex(), more, ISO_8859_1);
    }
    ctx.fireChannelRead(message);
  }
}
