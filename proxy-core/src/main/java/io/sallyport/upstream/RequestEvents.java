package io.sallyport.upstream;

/** What becomes of requests to several endpoints; called on event loops, must not block. */
public interface RequestEvents {

  /** An endpoint was chosen for a request. */
  void requestBegun();

  /** Once for each {@link #requestBegun()}: answered, given up or tried elsewhere. */
  void requestEnded();

  /** A request is tried again. */
  void retried();

  /** A request might have been tried again, and the retry budget did not allow it. */
  void retryRefused();
}
