package io.sallyport.identity;

/** What comes of questions to OCSP responders; called on any thread, must not block. */
@FunctionalInterface
public interface OcspEvents {

  /** Tells nobody. */
  OcspEvents NONE = result -> {};

  /** A request was sent, or could not be. */
  void asked(OcspResult result);
}
