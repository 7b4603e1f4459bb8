package io.sallyport.http;

import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.HttpHeaders;

/** The head of a request, of which all was understood, with what it was understood to ask for. */
public final class Http1Request extends DefaultHttpRequest {

  private final RequestHead head;

  Http1Request(RequestLine line, HttpHeaders headers, RequestHead head) {
    // Without a check: each word of the line was judged already.
    super(line.version(), line.method(), line.uri(), headers, false);
    this.head = head;
  }

  /** What is to be judged and passed on, instead of {@link #uri} and Host as they were sent. */
  public RequestHead head() {
    return head;
  }
}
