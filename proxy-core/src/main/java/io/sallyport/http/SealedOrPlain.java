package io.sallyport.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.DefaultLastHttpContent;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.LastHttpContent;
import io.sallyport.envelope.SealedHeader;
import java.util.function.Consumer;

/**
 * The beginning of a body that may be sealed or not, held until that shows. Belongs to an event
 * loop.
 */
final class SealedOrPlain {

  private final Decision decision;
  private final Consumer<HttpContent> then;
  private final HeldBody held = new HeldBody();

  /** Told once, before anything of the body is passed on. */
  interface Decision {
    void made(boolean isSealed);
  }

  /**
   * @param then gets all of the body, each part of which becomes its
   */
  SealedOrPlain(Decision decision, Consumer<HttpContent> then) {
    this.decision = decision;
    this.then = then;
  }

  /** A part of the body, which becomes this one's; no more after the decision. */
  void take(HttpContent part) {
    boolean ends = part instanceof LastHttpContent;
    if (held.isEmpty() && (ends || part.content().readableBytes() >= SealedHeader.MAGIC_BYTES)) {
      decision.made(SealedHeader.hasMagic(part.content()));
      then.accept(part);
      return;
    }
    held.add(part.content());
    if (part instanceof LastHttpContent end) {
      HttpHeaders trailers = end.trailingHeaders();
      held.end(
          trailers.isEmpty()
              ? LastHttpContent.EMPTY_LAST_CONTENT
              : new DefaultLastHttpContent(Unpooled.EMPTY_BUFFER, trailers));
    }
    part.release();
    if (ends || held.bytes() >= SealedHeader.MAGIC_BYTES) {
      ByteBuf data = held.takeData();
      decision.made(SealedHeader.hasMagic(data));
      HeldBody.parts(data, held.takeEnd(), then);
    }
  }

  void release() {
    held.release();
  }
}
