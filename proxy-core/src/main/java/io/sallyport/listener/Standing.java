package io.sallyport.listener;

import io.sallyport.identity.ChainRefused;
import io.sallyport.identity.PeerCertificate;
import io.sallyport.identity.PeerRole;
import io.sallyport.identity.ProvenChain;
import io.sallyport.policy.Peer;
import io.sallyport.policy.Verdict;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * By what the peer of an open connection is here, kept so that it can be judged again when that
 * changes. The certificates are the TLS session's own, so that a connection costs no more for it.
 *
 * @param chain what it showed, its own certificate first; empty where it showed none
 * @param role what it is to us
 * @param host whom we meant to reach; null where the peer came to us
 * @param proof that the chain holds; null where there is none, or not yet
 */
record Standing(
    List<X509Certificate> chain,
    PeerRole role,
    @Nullable String host,
    @Nullable ProvenChain proof) {

  /** Shown, and not judged yet. */
  static Standing of(TlsSession session, PeerRole role, @Nullable String host) {
    return new Standing(session.chain(), role, host, null);
  }

  /**
   * The same with its proof by these terms, of a peer that has just come.
   *
   * @throws ChainRefused when nobody whom the terms trust vouches for the chain
   */
  Standing proven(Terms<?> terms) throws ChainRefused {
    return chain.isEmpty() ? this : with(terms.identity().trust().prove(array(), role));
  }

  /**
   * The same of a peer that is here already. What was proven once needs no second look while the CA
   * that vouched is still trusted; that its time has passed is not the matter of this judgement.
   *
   * @throws ChainRefused when nobody whom the terms trust vouches for the chain
   */
  Standing provenAgain(Terms<?> terms) throws ChainRefused {
    return chain.isEmpty() ? this : with(terms.identity().trust().proveAgain(array(), role, proof));
  }

  private X509Certificate[] array() {
    return chain.toArray(X509Certificate[]::new);
  }

  private Standing with(ProvenChain again) {
    return again.equals(proof) ? this : new Standing(chain, role, host, again);
  }

  /** Of the CA that vouches for the peer; null where none has to. */
  @Nullable String anchorName() {
    return proof == null ? null : proof.anchorName();
  }

  /** Whether it is longer than this since the peer's right to be here ended by itself. */
  boolean isExpired(Instant now, Duration grace) {
    return proof != null && now.minus(grace).isAfter(proof.notAfter());
  }

  /** By the rules alone. */
  Verdict judge(Terms<?> terms) {
    Peer peer = chain.isEmpty() ? null : Peer.of(PeerCertificate.parsed(chain.get(0)));
    return terms.rules().judge(peer, host);
  }
}
