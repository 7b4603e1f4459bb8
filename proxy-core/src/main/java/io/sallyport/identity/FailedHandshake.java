package io.sallyport.identity;

import java.security.cert.X509Certificate;
import org.jspecify.annotations.Nullable;

/**
 * What is known of a handshake that failed.
 *
 * @param failure the closed reason
 * @param detail a sentence for the log, already safe to print: what the peer did, which alert
 * @param leaf the certificate that was refused; null where none was seen
 */
public record FailedHandshake(
    HandshakeFailure failure, String detail, @Nullable X509Certificate leaf) {

  /** Reads the cause with which Netty's {@code SslHandler} failed the handshake. */
  public static FailedHandshake of(Throwable cause) {
    return new FailedHandshake(HandshakeFailure.PROTOCOL_ERROR, String.valueOf(cause), null);
  }
}
