package io.sallyport.identity;

import org.jspecify.annotations.Nullable;

/** What happens to handshakes; called on event loops, must not block. */
public interface HandshakeEvents {

  /**
   * @param version such as {@code TLSv1.3}
   * @param cipher the IANA name
   * @param anchor the name of the CA of ours that vouches for the peer; null without a certificate
   */
  void handshakeCompleted(
      String version, String cipher, boolean resumed, @Nullable String anchor, long nanos);

  void handshakeFailed(HandshakeFailure failure);
}
