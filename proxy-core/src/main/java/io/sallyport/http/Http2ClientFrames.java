package io.sallyport.http;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2FrameAdapter;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2Settings;
import org.jspecify.annotations.Nullable;

/** What a server's frames mean to a client. Belongs to the connection's event loop. */
final class Http2ClientFrames extends Http2FrameAdapter {

  /** Each may cost some bytes until the next request is written. */
  private static final int MOST_SETTINGS = 1000;

  private final Http2Client client;
  private int settings;

  Http2ClientFrames(Http2Client client) {
    this.client = client;
  }

  @Override
  public void onHeadersRead(
      ChannelHandlerContext ctx,
      int streamId,
      Http2Headers headers,
      int streamDependency,
      short weight,
      boolean exclusive,
      int padding,
      boolean ends) {
    Http2ClientStream to = stream(streamId);
    if (to != null) {
      to.fields((FieldSection) headers, ends);
    }
  }

  @Override
  public int onDataRead(
      ChannelHandlerContext ctx, int streamId, ByteBuf data, int padding, boolean ends) {
    Http2ClientStream to = stream(streamId);
    return to == null ? data.readableBytes() + padding : to.data(data, padding, ends);
  }

  @Override
  public void onRstStreamRead(ChannelHandlerContext ctx, int streamId, long errorCode) {
    Http2ClientStream to = stream(streamId);
    if (to != null) {
      to.reset(errorCode);
    }
  }

  @Override
  public void onWindowUpdateRead(ChannelHandlerContext ctx, int streamId, int increment) {
    Http2ClientStream to = stream(streamId);
    if (to != null) {
      to.windowOpened(increment);
    }
  }

  @Override
  public void onGoAwayRead(
      ChannelHandlerContext ctx, int lastStreamId, long errorCode, ByteBuf debugData) {
    client.leave();
  }

  @Override
  public void onSettingsRead(ChannelHandlerContext ctx, Http2Settings changed)
      throws Http2Exception {
    if (++settings > MOST_SETTINGS) {
      throw Http2Client.tooMany("settings");
    }
    client.settingsCame(changed.connectProtocolEnabled());
  }

  private @Nullable Http2ClientStream stream(int id) {
    return client.of(client.connection().stream(id));
  }
}
