package io.sallyport.identity;

/** The reader's side of an identity that is replaced while it serves. */
@FunctionalInterface
public interface LiveIdentity {

  /** The generation that new handshakes use. One writer; read from any event loop. */
  IdentityGeneration current();
}
