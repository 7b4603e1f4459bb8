package io.sallyport.identity;

/** What happens to handshakes; called on event loops, must not block. */
public interface HandshakeEvents {

  /**
   * @param version such as {@code TLSv1.3}
   * @param cipher the IANA name
   */
  void handshakeCompleted(String version, String cipher, boolean resumed, long nanos);

  void handshakeFailed(HandshakeFailure failure);
}
