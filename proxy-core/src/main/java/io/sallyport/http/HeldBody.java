package io.sallyport.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultLastHttpContent;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.LastHttpContent;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What of a body may not be passed on yet. It is copied together, so that many small pieces take no
 * more room than one large one; who adds to it sees that it stays within bounds. Belongs to an
 * event loop.
 */
final class HeldBody {

  private @Nullable ByteBuf data;
  private @Nullable LastHttpContent end;

  boolean isEmpty() {
    return data == null && end == null;
  }

  void add(ByteBuf more) {
    if (more.isReadable()) {
      data = data == null ? more.alloc().buffer(more.readableBytes()) : data;
      data.writeBytes(more);
    }
  }

  int bytes() {
    return data == null ? 0 : data.readableBytes();
  }

  void end(LastHttpContent last) {
    end = last;
  }

  /** All of the data, which becomes the caller's. */
  ByteBuf takeData() {
    ByteBuf taken = data == null ? Unpooled.EMPTY_BUFFER : data;
    data = null;
    return taken;
  }

  /** Null when the body has not ended. */
  @Nullable LastHttpContent takeEnd() {
    LastHttpContent taken = end;
    end = null;
    return taken;
  }

  /**
   * Passes both on, in as few parts as there can be: with its end a body is one write.
   *
   * @param data becomes whoever's it is passed to
   * @param end null when the body has not ended
   */
  static void parts(ByteBuf data, @Nullable LastHttpContent end, Consumer<HttpContent> to) {
    if (data.isReadable() && end == LastHttpContent.EMPTY_LAST_CONTENT) {
      to.accept(new DefaultLastHttpContent(data));
      return;
    }
    if (data.isReadable()) {
      to.accept(new DefaultHttpContent(data));
    } else {
      data.release();
    }
    if (end != null) {
      to.accept(end);
    }
  }

  void release() {
    takeData().release();
    end = null;
  }
}
