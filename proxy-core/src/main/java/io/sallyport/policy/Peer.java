package io.sallyport.policy;

import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Optional;
import javax.security.auth.x500.X500Principal;

/**
 * Who a certificate says its bearer is: all of its names, parsed. Immutable.
 *
 * <p>A name with a NUL or another control character in it, one longer than 2048 characters and one
 * that is not what its kind asks for match no rule and no host name; the others count. Of more than
 * a thousand names the first thousand count, and where the alternative names cannot be read whole,
 * the key alone. A SPIFFE ID counts only as the sole URI of a certificate that is no CA's, and only
 * in the one form that the standard gives it.
 */
public final class Peer {

  private final CertificateNames names;
  private final X500Principal subject;

  private Peer(CertificateNames names, X500Principal subject) {
    this.names = names;
    this.subject = subject;
  }

  /** A certificate whose names cannot be parsed becomes a peer without names. */
  public static Peer of(X509Certificate leaf) {
    return new Peer(CertificateNames.of(leaf), leaf.getSubjectX500Principal());
  }

  /**
   * The same peer by its SPIFFE ID and its key alone, for where whoever vouches for the ID vouches
   * for no other name; a peer without a {@code spiffe:} URI stays as it is.
   */
  Peer byIdAlone() {
    CertificateNames alone = names.byIdAlone();
    return alone == names ? this : new Peer(alone, subject);
  }

  /**
   * One name for logs, escaped and bounded: the SPIFFE ID, else the first URI, DNS name or the
   * subject.
   */
  public String displayName() {
    for (NameField field : List.of(NameField.URI, NameField.DNS)) {
      if (!names.of(field).isEmpty()) {
        return Printable.of(names.of(field).get(0));
      }
    }
    String name = subject.getName();
    return name.isEmpty()
        ? names.shown().findFirst().orElse("a certificate without names")
        : Printable.of(name);
  }

  /**
   * Every alternative name as {@code uri:…}, {@code dns:…}, {@code ip:…} or {@code email:…},
   * escaped and bounded; also those that match nothing.
   */
  public List<String> names() {
    return names.shown().toList();
  }

  /** The first CN of the subject, not escaped. */
  public Optional<String> commonName() {
    return names.of(NameField.CN).stream().findFirst();
  }

  /** The SPIFFE ID, if it has one that counts. */
  public Optional<String> spiffeId() {
    return names.of(NameField.SPIFFE).stream().findFirst();
  }

  /** The URIs that count, a SPIFFE ID too: visible characters of ASCII, not escaped. */
  public List<String> uris() {
    return List.copyOf(names.of(NameField.URI));
  }

  /** The DNS names that count, in lower case; no wildcards. */
  public List<String> dnsNames() {
    return List.copyOf(names.of(NameField.DNS));
  }

  /** The subject as it was signed, whatever is in it; empty where it does not count. */
  public Optional<X500Principal> subject() {
    return names.subjectCounts() ? Optional.of(subject) : Optional.empty();
  }

  @Override
  public String toString() {
    return "Peer[" + displayName() + "]";
  }

  List<String> names(NameField field) {
    return names.of(field);
  }

  List<byte[]> addresses() {
    return names.addresses();
  }

  List<String> wildcards() {
    return names.wildcards();
  }
}
