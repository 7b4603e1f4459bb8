package io.sallyport.identity;

import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import org.jspecify.annotations.Nullable;

/** A peer's certificate was refused; the message says why in words of our own. */
public final class ChainRefused extends CertificateException {
  private static final long serialVersionUID = 1;

  private final HandshakeFailure failure;
  private final @Nullable X509Certificate leaf;

  ChainRefused(
      HandshakeFailure failure,
      String detail,
      @Nullable X509Certificate leaf,
      @Nullable Throwable cause) {
    super(detail, cause);
    this.failure = failure;
    this.leaf = leaf;
  }

  public HandshakeFailure failure() {
    return failure;
  }

  /** What the peer showed; null where it cannot be parsed. */
  public @Nullable X509Certificate leaf() {
    return leaf;
  }
}
