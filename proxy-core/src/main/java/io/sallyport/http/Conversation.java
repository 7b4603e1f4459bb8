package io.sallyport.http;

import io.netty.handler.codec.http.HttpContent;

/**
 * One request and its response, as whoever asks leads it. What comes of it, an {@link Asker} is
 * told. All of it happens on the asker's event loop.
 */
interface Conversation {

  /** What is sent at once leaves with {@link #flushRequest}, and with what follows it. */
  void begin();

  /** A part of the request's body, which becomes the conversation's; flushed when told. */
  void request(HttpContent part);

  /** What came of the request in one go is to leave. */
  void flushRequest();

  /** More of the request can be taken. */
  boolean takesMore();

  /** As {@link Answerer#taken}; changes also when there is somebody to take anything. */
  long taken();

  /** The asker has been sent the head of the response. */
  boolean responseBegun();

  void askerTakesMore(boolean more);

  /** Who asks has gone, or is to hear no more. */
  void abandon();
}
