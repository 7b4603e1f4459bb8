package io.sallyport.policy;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.netty.util.NetUtil;
import io.sallyport.config.IpRange;
import io.sallyport.identity.SpiffeId;
import io.sallyport.policy.CertificateReader.AlternativeName;
import io.sallyport.policy.CertificateReader.AlternativeNames;
import io.sallyport.policy.CertificateReader.SubjectName;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The names of one certificate, each in the form in which names are compared. Filled once, in
 * {@link #of}, and only read from then on.
 */
final class CertificateNames {

  /** The longest SPIFFE ID; no other name has reason to be longer. */
  private static final int MAX_CHARS = 2048;

  /** A handshake can carry some 20,000 short names; what judging them costs has a bound. */
  private static final int MAX_NAMES = 1000;

  private final Map<NameField, List<String>> names = new EnumMap<>(NameField.class);
  private final List<byte[]> addresses = new ArrayList<>(0);
  private final List<String> wildcards = new ArrayList<>(0);
  private final List<AlternativeName> unmatched = new ArrayList<>(0);
  private int count;
  private boolean spiffe;
  private boolean subjectCounts;

  private CertificateNames() {}

  static CertificateNames of(X509Certificate leaf) {
    CertificateNames names = new CertificateNames();
    CertificateReader reader = new CertificateReader(leaf);
    try {
      names.add(NameField.SPKI, reader.spki());
      AlternativeNames alternatives = reader.alternativeNames(MAX_NAMES);
      names.addSubject(reader);
      names.subjectCounts = true;
      names.addAlternativeNames(leaf, alternatives);
    } catch (CertificateParsingException e) {
      // Half an extension does not say what its issuer meant, and there may be an ID in it beside
      // which the subject would not count either: the key alone does.
    }
    return names;
  }

  private void addSubject(CertificateReader reader) {
    try {
      for (SubjectName name : reader.subject()) {
        add(name.field(), name.text());
      }
    } catch (CertificateParsingException e) {
      // What cannot be read matches nothing; what was read counts.
    }
  }

  /**
   * The SPIFFE ID, another URI and the key, without what else stands beside them; the same where
   * there is no {@code spiffe:} URI.
   */
  CertificateNames byIdAlone() {
    if (!spiffe) {
      return this;
    }
    CertificateNames alone = new CertificateNames();
    for (NameField field : List.of(NameField.URI, NameField.SPKI)) {
      alone.names.put(field, of(field));
    }
    alone.unmatched.addAll(unmatched);
    return alone;
  }

  List<String> of(NameField field) {
    return field == NameField.SPIFFE
        ? of(NameField.URI).stream().filter(UriName::isSpiffe).toList()
        : names.getOrDefault(field, List.of());
  }

  /** Whether the subject says who this is: not beside an ID that stands alone. */
  boolean subjectCounts() {
    return subjectCounts;
  }

  /** As {@link IpRange#address} gives them. */
  List<byte[]> addresses() {
    return addresses;
  }

  /** DNS names whose left-most label is a wildcard: they stand for hosts, and match no rule. */
  List<String> wildcards() {
    return wildcards;
  }

  /**
   * Every alternative name, those that match nothing too, with its kind and safe to print. Each is
   * escaped when it is taken: that costs far more than reading it.
   */
  Stream<String> shown() {
    return Stream.of(
            of(NameField.URI).stream().map(name -> Printable.of("uri:", name)),
            of(NameField.DNS).stream().map(name -> Printable.of("dns:", name)),
            wildcards.stream().map(name -> Printable.of("dns:", name)),
            addresses.stream().map(address -> "ip:" + NetUtil.bytesToIpAddress(address)),
            of(NameField.EMAIL).stream().map(name -> Printable.of("email:", name)),
            unmatched.stream().map(name -> Printable.of(name.kind().prefix(), name.text())))
        .flatMap(names -> names);
  }

  private void addAlternativeNames(X509Certificate leaf, AlternativeNames all) {
    spiffe = all.spiffe();
    boolean soleUri = all.uris() == 1;
    for (AlternativeName name : all.first()) {
      String text = name.text();
      boolean counts =
          switch (name.kind()) {
            case URI -> addUri(text, soleUri && SpiffeId.mayBeIn(leaf));
            case DNS -> add(NameField.DNS, DnsName.canonical(text)) || addWildcard(text);
            case EMAIL -> add(NameField.EMAIL, EmailName.canonical(text));
            case IP -> addAddress(text.getBytes(ISO_8859_1));
          };
      if (!counts) {
        unmatched.add(name);
      }
    }
  }

  private boolean addUri(String text, boolean svid) {
    String canonical = UriName.canonical(text);
    if (canonical == null || !UriName.isSpiffe(canonical)) {
      return add(NameField.URI, canonical);
    }
    return svid && SpiffeId.isValid(text) && add(NameField.URI, text);
  }

  private boolean addWildcard(String text) {
    String wildcard = DnsName.canonicalWildcard(text);
    return wildcard != null && hasRoom() && wildcards.add(wildcard);
  }

  private boolean addAddress(byte[] octets) {
    byte[] address = IpRange.address(octets);
    return address != null && hasRoom() && addresses.add(address);
  }

  private boolean add(NameField field, @Nullable String name) {
    return name != null
        && isClean(name)
        && hasRoom()
        && names.computeIfAbsent(field, none -> new ArrayList<>(1)).add(name);
  }

  private boolean hasRoom() {
    return count++ < MAX_NAMES;
  }

  /** A name that another reader could end early, or show as another, stands for nobody. */
  private static boolean isClean(String name) {
    return !name.isEmpty()
        && name.length() <= MAX_CHARS
        && name.chars().noneMatch(Character::isISOControl);
  }
}
