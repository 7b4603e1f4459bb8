package io.sallyport.policy;

import java.security.cert.X509Certificate;

/** Who a certificate says its bearer is: all of its names, parsed. */
public final class Peer {

  private final X509Certificate leaf;

  private Peer(X509Certificate leaf) {
    this.leaf = leaf;
  }

  /** A certificate whose names cannot be parsed becomes a peer without those names. */
  public static Peer of(X509Certificate leaf) {
    return new Peer(leaf);
  }

  /**
   * One name for logs, escaped and bounded: the SPIFFE ID, else the first URI, DNS name or the
   * subject.
   */
  public String displayName() {
    return leaf.getSubjectX500Principal().getName();
  }
}
