package io.sallyport.identity;

import java.nio.ByteBuffer;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import javax.security.auth.x500.X500Principal;

/**
 * CAs by what a certificate says of its issuer: its name and, where it tells that, its key. Many
 * may have one name. Immutable; safe to share between threads.
 */
final class AnchorIndex {
  static final AnchorIndex NONE = new AnchorIndex(List.of());

  private final Set<X509Certificate> cas;
  private final Set<ByteBuffer> keys = new HashSet<>();
  private final Map<X500Principal, Namesakes> byName = new HashMap<>();

  private static final class Namesakes {
    private final List<X509Certificate> all = new ArrayList<>(1);
    private final Map<ByteBuffer, List<X509Certificate>> byKey = new HashMap<>(1);
    private final List<X509Certificate> withoutKey = new ArrayList<>(0);

    void add(X509Certificate ca) {
      byte[] key = CertificateRules.subjectKeyIdentifier(ca);
      all.add(ca);
      (key == null
              ? withoutKey
              : byKey.computeIfAbsent(ByteBuffer.wrap(key), first -> new ArrayList<>(1)))
          .add(ca);
    }

    List<X509Certificate> of(byte[] key) {
      List<X509Certificate> named = byKey.getOrDefault(ByteBuffer.wrap(key), List.of());
      if (withoutKey.isEmpty()) {
        return named;
      }
      List<X509Certificate> both = new ArrayList<>(named);
      both.addAll(withoutKey);
      return both;
    }
  }

  AnchorIndex(Collection<X509Certificate> cas) {
    this.cas = new LinkedHashSet<>(cas);
    for (X509Certificate ca : this.cas) {
      keys.add(key(ca));
      byName.computeIfAbsent(ca.getSubjectX500Principal(), name -> new Namesakes()).add(ca);
    }
  }

  boolean contains(X509Certificate ca) {
    return cas.contains(ca);
  }

  boolean isEmpty() {
    return cas.isEmpty();
  }

  /** Whether one of them is the same CA, in whatever certificate. */
  boolean hasKeyOf(X509Certificate ca) {
    return keys.contains(key(ca));
  }

  private static ByteBuffer key(X509Certificate ca) {
    return ByteBuffer.wrap(ca.getPublicKey().getEncoded());
  }

  /** Those that it can be from, as far as names and key identifiers say. */
  List<X509Certificate> issuersOf(X509Certificate issued) throws CertificateException {
    Namesakes namesakes = byName.get(issued.getIssuerX500Principal());
    if (namesakes == null) {
      return List.of();
    }
    byte[] key = CertificateRules.authorityKeyIdentifier(issued);
    return key == null ? namesakes.all : namesakes.of(key);
  }

  /** By its CAs alone, whatever their order. */
  @Override
  public boolean equals(Object other) {
    return other instanceof AnchorIndex index && cas.equals(index.cas);
  }

  @Override
  public int hashCode() {
    return cas.hashCode();
  }
}
