package io.sallyport.http;

import io.netty.channel.EventLoop;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpResponse;
import io.sallyport.relay.CloseReason;
import org.jspecify.annotations.Nullable;

/**
 * The side of an {@link Exchange} that asks: a connection, or a stream of one. All of it happens on
 * its event loop.
 */
interface Asker {

  EventLoop loop();

  /** An interim response, or the one; written, and not flushed. */
  void send(HttpResponse head);

  /** Part of the response's body, which becomes the asker's; written, and not flushed. */
  void send(HttpContent part);

  void flush();

  /** False while more would only pile up. */
  boolean takesMore();

  /** Whether more of the request may come; what has come already still does. */
  void mayRead(boolean more);

  /** Request and response are complete. */
  void over();

  /**
   * There will be no response from the application.
   *
   * @param detail for the log
   */
  void refuse(Refusal refusal, @Nullable String detail);

  /** The response breaks off, or cannot go on: nobody may take what was sent for the whole. */
  void cut(CloseReason reason, @Nullable String detail);

  /** Whether that shows of an answer with this head, which has not been sent. */
  boolean showsCut(HttpResponse head);

  /** The application speaks another protocol from now on, over a connection that is theirs. */
  void switched(Answerer application);
}
