package io.sallyport.identity;

import io.netty.handler.ssl.ReferenceCountedOpenSslEngine;
import io.netty.handler.ssl.SslHandler;
import io.netty.internal.tcnative.SSL;

/** Whether a handshake went on with a session of an earlier one. */
public final class Resumption {

  private Resumption() {}

  /** On the event loop, after the handshake; false where the engine cannot tell. */
  public static boolean isResumed(SslHandler tls) {
    if (tls.engine() instanceof ReferenceCountedOpenSslEngine engine) {
      long ssl = engine.sslPointer();
      return ssl != 0 && SSL.isSessionReused(ssl);
    }
    return false;
  }
}
