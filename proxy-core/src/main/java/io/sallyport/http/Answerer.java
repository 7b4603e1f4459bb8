package io.sallyport.http;

import io.netty.channel.Channel;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpRequest;
import io.sallyport.relay.EndOfStream;

/**
 * The side of an {@link Exchange} that answers: a connection, or a stream of one. It tells the
 * exchange what comes. All of it happens on the exchange's event loop.
 */
public interface Answerer {

  /** What comes from now on answers this exchange. */
  void serve(Exchange next);

  /** Written at the latest with the first part of the body, and not flushed. */
  void send(HttpRequest request);

  /** Part of the request's body, which becomes the answerer's; written, and not flushed. */
  void send(HttpContent part);

  void flush();

  /** False while more would only pile up. */
  boolean takesMore();

  /** Changes whenever the server takes some of what was sent, and means nothing else. */
  long taken();

  /** Whether more of the response may come; what has come already still does. */
  void mayRead(boolean more);

  /** Request and response are complete. */
  void exchangeOver();

  /** Nobody waits for what comes. */
  void reset();

  /**
   * Of the connection. After a 101 (Switching Protocols) one that serves nothing else: of HTTP/2
   * that of the stream, whose parent is the connection's.
   */
  Channel channel();

  /** The handler of that channel's pipeline that knows how its stream ends. */
  EndOfStream endOfStream();

  /** HTTP is not spoken any more; what it has not read goes on in the pipeline as it is. */
  void leavePipeline();
}
