package io.sallyport.identity;

import java.security.cert.X509Certificate;
import org.jspecify.annotations.Nullable;

/**
 * Asked in the middle of a handshake, once the chain is proven, whether this peer may come in; so
 * that a refusal is told by an alert. Policy implements it; this room does not know policy.
 */
@FunctionalInterface
public interface PeerCheck {

  /** Admits every proven chain. */
  PeerCheck ANY_TRUSTED = (leaf, host) -> true;

  /**
   * @param leaf proven: its chain builds to an anchor, dates and purpose are right
   * @param host whom we meant to reach; null where the peer came to us
   * @return false to refuse with handshake_failure
   */
  boolean admits(X509Certificate leaf, @Nullable String host);
}
