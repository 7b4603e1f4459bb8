package io.sallyport.http;

/** What happens to requests; called on event loops, must not block. */
public interface HttpEvents {

  /** Once for each request, when its response is complete or has broken off. */
  void answered(Answered request);

  /** A connection that requests come over has reached a limit. */
  void limitReached(HttpLimit limit);
}
