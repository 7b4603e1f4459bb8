package io.sallyport.identity;

import io.sallyport.tls.TlsContext;
import java.util.List;

/**
 * What one listener shakes hands with, whole: certificate, trust and the context made of them are
 * replaced together. Sessions and tickets belong to the context and die with it.
 *
 * @param number counts up from 1
 * @param names which of our certificates is shown to whom
 * @param trust empty where no peer is verified
 */
public record IdentityGeneration(
    long number, TlsContext tlsContext, ServerNames names, TrustBundle trust) {

  /** Who we are; nobody to the servers of a client that shows no certificate. */
  public List<Identity> identities() {
    return names.identities();
  }

  /** The same with other CAs, for those who have come already; it shares the context. */
  public IdentityGeneration trusting(TrustBundle other) {
    return new IdentityGeneration(number, tlsContext, names, other);
  }

  /** Whether what one gives up the other has lost too. */
  public boolean sharesContextWith(IdentityGeneration other) {
    return tlsContext == other.tlsContext;
  }

  /**
   * Gives up native memory when no new handshake will use this generation; connections that began
   * with it hold what they need themselves.
   */
  public void release() {
    tlsContext.release();
  }
}
