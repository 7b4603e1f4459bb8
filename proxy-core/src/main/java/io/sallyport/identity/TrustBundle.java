package io.sallyport.identity;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Instant;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * The CAs that vouch for peers. Remembers the chains that it has proven, so that a client that
 * comes again costs no signature checks in Java. Thread-safe.
 */
public final class TrustBundle {

  /** Vouches for nobody. */
  public static final TrustBundle EMPTY = new TrustBundle(List.of());

  private static final int MOST_REMEMBERED = 8192;

  private final Anchors anchors;
  private final RevocationLists revocation;
  private final OcspCheck ocsp;
  private final PathValidator validator;
  private final Clock clock;
  private final @Nullable Executor prover;

  /** Until when the lists are good for the CAs of a path, whose lists have been seen to hold. */
  private final Map<String, Instant> lookedUp = new ConcurrentHashMap<>();

  /** By role and the digest of the whole chain; least recently used first. */
  private final Map<String, ProvenChain> proven =
      new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, ProvenChain> eldest) {
          return size() > MOST_REMEMBERED;
        }
      };

  TrustBundle(List<X509Certificate> anchors) {
    this(new Anchors(anchors), RevocationLists.NONE);
  }

  TrustBundle(Anchors anchors, RevocationLists revocation) {
    this(anchors, revocation, OcspCheck.OFF, Clock.systemUTC());
  }

  TrustBundle(Anchors anchors, RevocationLists revocation, OcspCheck ocsp, Clock clock) {
    this(anchors, revocation, ocsp, clock, ocsp.executor());
  }

  /**
   * @param prover see {@link #prover()}; never null where OCSP responders are asked
   */
  TrustBundle(
      Anchors anchors,
      RevocationLists revocation,
      OcspCheck ocsp,
      Clock clock,
      @Nullable Executor prover) {
    this.prover = prover;
    this.revocation = revocation;
    this.ocsp = ocsp;
    this.anchors = anchors;
    this.clock = clock;
    validator = new PathValidator(anchors, revocation, ocsp);
  }

  public List<X509Certificate> anchors() {
    return anchors.all();
  }

  boolean isSameAs(TrustBundle other) {
    return anchors.isSameAs(other.anchors)
        && revocation.isSameAs(other.revocation)
        && ocsp.isSameAs(other.ocsp);
  }

  /**
   * Where chains are to be proven, since that may wait for an OCSP responder, or take long with
   * many CRLs or large ones; null when it does neither, so that an event loop may.
   */
  public @Nullable Executor prover() {
    return prover;
  }

  /** Whether there is anything to {@link #renew}. */
  public boolean asksResponders() {
    return !ocsp.isOff();
  }

  /**
   * Has OCSP responders asked again where what is known of a chain grows old. Waits for nothing.
   */
  public void renew(ProvenChain chain) {
    ocsp.renew(chain);
  }

  /**
   * Proves that a chain builds to one of the anchors, now, and permits what the role needs. See
   * {@link #prover} for where.
   *
   * @param chain what the peer sent, its own certificate first
   * @throws ChainRefused when it does not
   */
  public ProvenChain prove(X509Certificate[] chain, PeerRole role) throws ChainRefused {
    String key = key(chain, role);
    Instant now = clock.instant();
    ProvenChain remembered;
    synchronized (proven) {
      remembered = proven.get(key);
    }
    if (remembered != null && remembered.holds(now)) {
      ocsp.renew(remembered);
      return remembered;
    }
    ProvenChain fresh = validator.prove(chain, role, now);
    synchronized (proven) {
      proven.put(key, fresh);
    }
    return fresh;
  }

  /**
   * Proves the chain of a peer that is here already, perhaps proven by another bundle. Its time
   * does not count: a chain that held and has expired since still holds here. So does one of which
   * nothing tells any more whether it is revoked; its right has ended by itself then, see {@link
   * ProvenChain#notAfter}. Of many peers below one CA, one is looked up with signatures and all;
   * the others then only have to be named by no list. Waits for nobody, and asks nobody.
   *
   * @param before the proof so far; null where there is none yet
   * @throws ChainRefused when none of the anchors vouches for it, or it is revoked
   */
  public ProvenChain proveAgain(
      X509Certificate[] chain, PeerRole role, @Nullable ProvenChain before) throws ChainRefused {
    Instant now = clock.instant();
    if (before == null) {
      return validator.proveAgain(chain, role, null, now, now);
    }
    boolean revoked = before.isRevoked();
    if (before.provenBy() == validator.token() && !revoked) {
      return before;
    }
    // Where a CRL stands in for an answer, each certificate has to be seen with both.
    boolean separate = !ocsp.isRequired() || !revocation.isRequired();
    boolean asked = !revoked && separate && ocsp.hasAskedFor(before);
    boolean anchored = asked && anchors.vouchingFor(chain[0]).includes(before.anchor(), chain);
    List<OcspLease> leases = ocsp.leasesOf(before);
    if (anchored && revocation.isEmpty()) {
      return before.as(validator.token(), Instant.MAX, leases);
    }
    String above = anchored ? revocation.above(chain, before.anchor()) : null;
    Instant goodUntil = above == null ? null : lookedUp.get(above);
    if (goodUntil != null) {
      return before.as(validator.token(), goodUntil, leases);
    }
    boolean expired = now.isAfter(before.pathEnds());
    Instant held = expired ? before.pathEnds() : now;
    ProvenChain again = validator.proveAgain(chain, role, before, held, now);
    // What the lists said then of one that has expired since, they do not say of the others.
    if (above != null && !expired && again.anchor().equals(before.anchor())) {
      lookedUp.put(above, again.listsEnd());
    }
    return again;
  }

  /** The lengths are in it, lest the same bytes cut elsewhere pass for the same chain. */
  private static String key(X509Certificate[] chain, PeerRole role) throws ChainRefused {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      for (X509Certificate certificate : chain) {
        byte[] encoded = certificate.getEncoded();
        for (int shift = 24; shift >= 0; shift -= 8) {
          digest.update((byte) (encoded.length >> shift));
        }
        digest.update(encoded);
      }
      return role.purpose() + HexFormat.of().formatHex(digest.digest());
    } catch (CertificateEncodingException e) {
      throw new ChainRefused(HandshakeFailure.BAD_CERTIFICATE, "malformed certificate", null, e);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }
}
