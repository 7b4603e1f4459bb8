package io.sallyport.policy;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_16BE;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.sallyport.identity.SpiffeId;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.cert.CertificateEncodingException;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Takes the names of a certificate from its encoding, as they were signed; judges none of them. */
final class CertificateReader {

  private static final String SUBJECT_ALT_NAME = "2.5.29.17";
  private static final int EXPLICIT_VERSION = 0xa0;
  private static final int CLASS_AND_FORM = 0xe0;
  private static final int CONTEXT_PRIMITIVE = 0x80;
  private static final int CONTEXT_CONSTRUCTED = 0xa0;

  private static final byte[] COMMON_NAME = {0x55, 0x04, 0x03};
  private static final byte[] ORGANIZATIONAL_UNIT = {0x55, 0x04, 0x0b};

  /** A name of the subject that rules know. */
  record SubjectName(NameField field, String text) {}

  /** One SAN, its octets as ISO-8859-1 so that none is lost. */
  record AlternativeName(AlternativeKind kind, String text) {}

  /**
   * The SANs of the kinds that rules know, in the order of the certificate.
   *
   * @param first all of them or as many as were asked for
   * @param uris how many of all are URIs
   * @param spiffe whether one of all means to be a SPIFFE ID
   */
  record AlternativeNames(List<AlternativeName> first, int uris, boolean spiffe) {}

  /** The kinds of SAN that rules know, with their tags (RFC 5280 §4.2.1.6). */
  enum AlternativeKind {
    EMAIL(1, "email:"),
    DNS(2, "dns:"),
    URI(6, "uri:"),
    IP(7, "ip:");

    private final int number;
    private final String prefix;

    AlternativeKind(int number, String prefix) {
      this.number = number;
      this.prefix = prefix;
    }

    /** Before a name of this kind where names of all kinds are shown. */
    String prefix() {
      return prefix;
    }
  }

  private final X509Certificate certificate;

  CertificateReader(X509Certificate certificate) {
    this.certificate = certificate;
  }

  /** Base64 of the SHA-256 of the SubjectPublicKeyInfo. */
  String spki() throws CertificateParsingException {
    DerReader tbs = beforeSubject();
    tbs.next();
    tbs.next();
    try {
      byte[] digest = MessageDigest.getInstance("SHA-256").digest(tbs.element());
      return Base64.getEncoder().encodeToString(digest);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  /** In the order of the certificate; those that no string type can be read from are left out. */
  List<SubjectName> subject() throws CertificateParsingException {
    List<SubjectName> names = new ArrayList<>(2);
    DerReader subject = beforeSubject().enter(DerReader.SEQUENCE);
    while (subject.hasNext()) {
      DerReader relative = subject.enter(DerReader.SET);
      while (relative.hasNext()) {
        DerReader attribute = relative.enter(DerReader.SEQUENCE);
        attribute.next();
        NameField field = field(attribute.content());
        int tag = attribute.next();
        String text = field == null ? null : text(tag, attribute.content());
        if (field != null && text != null) {
          names.add(new SubjectName(field, text));
        }
      }
    }
    return names;
  }

  /**
   * Empty without the extension. What is behind the names asked for is not kept: another URI there,
   * or a fault, still says what the whole is worth.
   */
  AlternativeNames alternativeNames(int most) throws CertificateParsingException {
    byte[] extension = certificate.getExtensionValue(SUBJECT_ALT_NAME);
    if (extension == null) {
      return new AlternativeNames(List.of(), 0, false);
    }
    DerReader octets = new DerReader(extension);
    if (octets.next() != DerReader.OCTET_STRING) {
      throw new CertificateParsingException("an extension that is no OCTET STRING");
    }
    DerReader wrapped = new DerReader(octets.content());
    DerReader all = wrapped.enter(DerReader.SEQUENCE);
    List<AlternativeName> names = new ArrayList<>();
    int uris = 0;
    boolean spiffe = false;
    while (all.hasNext()) {
      AlternativeKind kind = kind(all.next());
      if (kind == AlternativeKind.URI) {
        uris++;
        spiffe |= SpiffeId.isMeant(new String(all.content(), ISO_8859_1));
      }
      if (kind != null && names.size() < most) {
        names.add(new AlternativeName(kind, new String(all.content(), ISO_8859_1)));
      }
    }
    if (wrapped.hasNext()) {
      throw new CertificateParsingException("octets after the names");
    }
    return new AlternativeNames(names, uris, spiffe);
  }

  private DerReader beforeSubject() throws CertificateParsingException {
    byte[] encoded;
    try {
      encoded = certificate.getEncoded();
    } catch (CertificateEncodingException e) {
      throw new CertificateParsingException(e);
    }
    DerReader tbs = new DerReader(encoded).enter(DerReader.SEQUENCE).enter(DerReader.SEQUENCE);
    if (tbs.next() == EXPLICIT_VERSION) {
      tbs.next(); // serial number
    }
    tbs.next(); // signature algorithm
    tbs.next(); // issuer
    tbs.next(); // validity
    return tbs;
  }

  private static @Nullable NameField field(byte[] type) {
    if (Arrays.equals(type, COMMON_NAME)) {
      return NameField.CN;
    }
    return Arrays.equals(type, ORGANIZATIONAL_UNIT) ? NameField.OU : null;
  }

  private static @Nullable AlternativeKind kind(int tag) throws CertificateParsingException {
    int form = tag & CLASS_AND_FORM;
    for (AlternativeKind kind : AlternativeKind.values()) {
      if (tag == (CONTEXT_PRIMITIVE | kind.number)) {
        return kind;
      }
      if (tag == (CONTEXT_CONSTRUCTED | kind.number)) {
        throw new CertificateParsingException("a name in pieces");
      }
    }
    if (form != CONTEXT_PRIMITIVE && form != CONTEXT_CONSTRUCTED) {
      throw new CertificateParsingException("not a GeneralName");
    }
    return null;
  }

  /** Null for what is in no known string type, or not valid in its own. */
  private static @Nullable String text(int tag, byte[] value) {
    Charset charset =
        switch (tag) {
          case 0x0c -> UTF_8;
          // T61String is read as ASCII alone: no two readers agree on the rest of it.
          case 0x13, 0x14, 0x16 -> US_ASCII; // PrintableString, T61String, IA5String
          case 0x1c -> Charset.forName("UTF-32BE"); // UniversalString
          case 0x1e -> UTF_16BE; // BMPString
          default -> null;
        };
    if (charset == null) {
      return null;
    }
    try {
      return charset.newDecoder().decode(ByteBuffer.wrap(value)).toString();
    } catch (CharacterCodingException e) {
      return null;
    }
  }
}
