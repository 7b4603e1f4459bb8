package io.sallyport.tls;

import io.netty.internal.tcnative.SSL;
import java.util.Arrays;
import java.util.List;
import javax.security.auth.x500.X500Principal;
import org.jspecify.annotations.Nullable;

/** A handshake in which a pair of ours is to be chosen; of no use once that has been done. */
public final class HandshakeView {

  private final long ssl;
  private final byte @Nullable [][] acceptedCas;

  /**
   * @param acceptedCas names as they came; null for none
   */
  HandshakeView(long ssl, byte @Nullable [][] acceptedCas) {
    this.ssl = ssl;
    this.acceptedCas = acceptedCas;
  }

  /** Whom the peer says that it accepts as issuers, often nobody. */
  public List<X500Principal> acceptedCas() {
    return acceptedCas == null
        ? List.of()
        : Arrays.stream(acceptedCas).map(X500Principal::new).toList();
  }

  /** What the client asks for, as it sent it (SNI); null when it named none. */
  public @Nullable String requestedServerName() {
    return SSL.getSniHostname(ssl);
  }

  /** Such as {@code TLSv1.2}. */
  public String version() {
    return SSL.getVersion(ssl);
  }

  /** Neither takes a session ticket nor gives one. */
  public void doWithoutTickets() {
    SSL.setOptions(ssl, SSL.SSL_OP_NO_TICKET);
  }

  /** Shows this OCSP answer with the certificate, to clients that ask for one. */
  public void staple(byte[] answer) {
    SSL.setOcspResponse(ssl, answer);
  }
}
