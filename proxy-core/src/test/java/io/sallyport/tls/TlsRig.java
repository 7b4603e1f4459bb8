package io.sallyport.tls;

import io.sallyport.tls.TlsSettings.PeerCertificate;
import java.time.Duration;
import java.util.List;
import javax.net.ssl.SSLException;

/** What tests of the rooms above need of this one. */
public final class TlsRig {

  private static final TlsContext CONTEXT = make();

  private TlsRig() {}

  /** Of a client that shows nothing and takes anybody; there is one of it, for all. */
  public static TlsContext context() {
    CONTEXT.retain();
    return CONTEXT;
  }

  private static TlsContext make() {
    try {
      return TlsContext.of(
          new TlsSettings(
              false,
              "",
              List.of("X25519"),
              List.of(),
              PeerCertificate.REQUIRED,
              List.of(),
              16 * 1024,
              (chain, host) -> {},
              null,
              List.of(),
              null,
              false));
    } catch (SSLException e) {
      throw new IllegalStateException(e);
    }
  }

  /** One that is in no pipeline and has not shaken hands. */
  public static TlsHandler handler() {
    return TlsHandler.client(context(), null, -1, null, Duration.ZERO);
  }
}
