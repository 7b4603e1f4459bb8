package io.sallyport.identity;

import javax.net.ssl.SSLException;

/** After the handshake a record broke TLS; the peer has been told by a fatal alert. */
public final class FatalAlertSent extends SSLException {
  private static final long serialVersionUID = 1;

  FatalAlertSent() {
    super("a record broke TLS; answered with a fatal alert");
  }
}
