package io.sallyport.identity;

import java.security.cert.X509Certificate;
import java.util.List;

/** The CAs that vouch for peers. */
public final class TrustBundle {

  /** Vouches for nobody. */
  public static final TrustBundle EMPTY = new TrustBundle(List.of());

  private final List<X509Certificate> anchors;

  TrustBundle(List<X509Certificate> anchors) {
    this.anchors = List.copyOf(anchors);
  }

  public List<X509Certificate> anchors() {
    return anchors;
  }
}
