package io.sallyport.tls;

import java.util.Locale;
import javax.net.ssl.SSLException;

/** After the handshake a record broke TLS; the peer has been told by a fatal alert. */
public final class FatalAlertSent extends SSLException {
  private static final long serialVersionUID = 1;

  /**
   * @param fault as BoringSSL tells it
   */
  FatalAlertSent(String fault) {
    super(
        "a record broke TLS, %s; answered with a fatal alert"
            .formatted(
                fault
                    .substring(fault.lastIndexOf(':') + 1)
                    .toLowerCase(Locale.ROOT)
                    .replace('_', ' ')));
  }
}
