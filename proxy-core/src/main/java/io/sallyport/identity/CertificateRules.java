package io.sallyport.identity;

import java.security.AlgorithmParameters;
import java.security.GeneralSecurityException;
import java.security.PublicKey;
import java.security.cert.CertificateException;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.EdECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.MGF1ParameterSpec;
import java.security.spec.PSSParameterSpec;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What we ask of a single certificate, beyond what the JDK's path validation asks. */
final class CertificateRules {
  static final int LEAST_RSA_BITS = 2048;
  private static final int LEAST_EC_BITS = 256;

  static final String SUBJECT_ALTERNATIVE_NAME = "2.5.29.17";

  private static final String BASIC_CONSTRAINTS = "2.5.29.19";
  private static final String KEY_USAGE = "2.5.29.15";
  private static final String EXTENDED_KEY_USAGE = "2.5.29.37";
  private static final String AUTHORITY_KEY_IDENTIFIER = "2.5.29.35";
  private static final String SUBJECT_KEY_IDENTIFIER = "2.5.29.14";
  private static final String ANY_PURPOSE = "2.5.29.37.0";
  private static final int KEY_IDENTIFIER_TAG = 0x80;
  private static final int BOOLEAN = 0x01;
  private static final int INTEGER = 0x02;
  private static final int DIGITAL_SIGNATURE = 0;
  private static final int KEY_CERT_SIGN = 5;

  /** The kinds of {@link X509Certificate#getSubjectAlternativeNames}. */
  static final Integer DNS_NAME = 2;

  private static final Integer IP_ADDRESS = 7;

  private static final String RSASSA_PSS = "1.2.840.113549.1.1.10";
  private static final Set<String> STRONG_HASHES = Set.of("SHA-256", "SHA-384", "SHA-512");

  /** RSA and ECDSA over SHA-256, -384 and -512, Ed25519 and Ed448. */
  private static final Set<String> STRONG_SIGNATURES =
      Set.of(
          "1.2.840.113549.1.1.11",
          "1.2.840.113549.1.1.12",
          "1.2.840.113549.1.1.13",
          "1.2.840.10045.4.3.2",
          "1.2.840.10045.4.3.3",
          "1.2.840.10045.4.3.4",
          "1.3.101.112",
          "1.3.101.113");

  private static final String TLS_FEATURE = "1.3.6.1.5.5.7.1.24";
  private static final byte[] STATUS_REQUEST = {5};

  private CertificateRules() {}

  /** Is its own issuer, as far as names say. */
  static boolean selfIssued(X509Certificate certificate) {
    return certificate.getSubjectX500Principal().equals(certificate.getIssuerX500Principal());
  }

  static boolean isCa(X509Certificate certificate) {
    return certificate.getBasicConstraints() >= 0;
  }

  /**
   * Whether all that it says of its purposes, its key's usage and of being a CA can be read. The
   * JDK sets aside what it cannot parse and is not critical, and then it looks as if it were
   * absent; of basic constraints it reads no more than it needs.
   */
  static boolean rightsAreReadable(X509Certificate certificate) throws CertificateException {
    boolean purposes = certificate.getExtendedKeyUsage() != null;
    boolean usage = certificate.getKeyUsage() != null;
    return (purposes || certificate.getExtensionValue(EXTENDED_KEY_USAGE) == null)
        && (usage || certificate.getExtensionValue(KEY_USAGE) == null)
        && basicConstraintsAreReadable(certificate);
  }

  /** {@code SEQUENCE { cA BOOLEAN DEFAULT FALSE, pathLenConstraint INTEGER (0..MAX) OPTIONAL }} */
  private static boolean basicConstraintsAreReadable(X509Certificate certificate) {
    byte[] value = certificate.getExtensionValue(BASIC_CONSTRAINTS);
    if (value == null) {
      return true;
    }
    try {
      Der constraints = Der.one(Der.one(value).content());
      List<Der> fields = constraints.children();
      int known = 0;
      if (known < fields.size() && isBoolean(fields.get(known))) {
        known++;
      }
      if (known < fields.size() && isLength(fields.get(known))) {
        known++;
      }
      return constraints.tag() == Der.SEQUENCE && known == fields.size();
    } catch (CertificateException e) {
      return false;
    }
  }

  private static boolean isBoolean(Der field) {
    return field.tag() == BOOLEAN && field.content().length == 1;
  }

  private static boolean isLength(Der field) {
    return field.tag() == INTEGER && field.content().length > 0 && field.content()[0] >= 0;
  }

  /** An absent extension permits every purpose. */
  static boolean permits(X509Certificate certificate, PeerRole role) throws CertificateException {
    List<String> purposes = certificate.getExtendedKeyUsage();
    return purposes == null
        || purposes.contains(role.purposeOid())
        || purposes.contains(ANY_PURPOSE);
  }

  /** TLS 1.3, and 1.2 with ECDHE, prove possession by a signature. */
  static boolean maySign(X509Certificate leaf) {
    boolean[] usage = leaf.getKeyUsage();
    return usage == null || usage[DIGITAL_SIGNATURE];
  }

  static boolean strongKey(PublicKey key) {
    if (key instanceof RSAPublicKey rsa) {
      return rsa.getModulus().bitLength() >= LEAST_RSA_BITS;
    }
    if (key instanceof ECPublicKey ec) {
      return ec.getParams().getOrder().bitLength() >= LEAST_EC_BITS;
    }
    return key instanceof EdECPublicKey;
  }

  static boolean stronglySigned(X509Certificate certificate) {
    return certificate.getSigAlgOID().equals(RSASSA_PSS)
        ? pssOverStrongHashes(certificate)
        : STRONG_SIGNATURES.contains(certificate.getSigAlgOID());
  }

  private static boolean pssOverStrongHashes(X509Certificate certificate) {
    try {
      AlgorithmParameters parameters = AlgorithmParameters.getInstance("RSASSA-PSS");
      parameters.init(certificate.getSigAlgParams());
      PSSParameterSpec pss = parameters.getParameterSpec(PSSParameterSpec.class);
      return STRONG_HASHES.contains(pss.getDigestAlgorithm())
          && pss.getMGFParameters() instanceof MGF1ParameterSpec mgf1
          && STRONG_HASHES.contains(mgf1.getDigestAlgorithm());
    } catch (GeneralSecurityException | java.io.IOException | RuntimeException e) {
      // Absent parameters mean SHA-1 (RFC 8017 §A.2.3); others cannot be read.
      return false;
    }
  }

  /** RFC 5280 §4.2.1.9: the key usage of what is no CA does not permit to sign certificates. */
  static boolean keyUsageFitsCa(X509Certificate certificate) {
    boolean[] usage = certificate.getKeyUsage();
    return usage == null || !usage[KEY_CERT_SIGN] || isCa(certificate);
  }

  /**
   * Whether the JDK can parse all alternative names, and none has a form that only a constraint may
   * have. An extension in which it cannot parse one name it sets aside as a whole, and checks none
   * of them against the name constraints of the CAs above; policy, which reads names on its own,
   * would then believe the others.
   */
  static boolean alternativeNamesAreReadable(X509Certificate certificate) {
    try {
      Collection<List<?>> names = certificate.getSubjectAlternativeNames();
      return names == null
          ? certificate.getExtensionValue(SUBJECT_ALTERNATIVE_NAME) == null
          : names.stream().noneMatch(CertificateRules::isSubtree);
    } catch (CertificateParsingException e) {
      return false;
    }
  }

  /** {@code .domain}, and what the JDK writes as address/mask. */
  private static boolean isSubtree(List<?> name) {
    return (name.get(0).equals(DNS_NAME) && ((String) name.get(1)).startsWith("."))
        || (name.get(0).equals(IP_ADDRESS) && ((String) name.get(1)).indexOf('/') >= 0);
  }

  /** RFC 7633: clients that know of it refuse the certificate without a stapled answer. */
  static boolean mustStaple(X509Certificate leaf) {
    byte[] value = leaf.getExtensionValue(TLS_FEATURE);
    if (value == null) {
      return false;
    }
    try {
      return Der.one(Der.one(value).content()).children().stream()
          .anyMatch(feature -> Arrays.equals(feature.content(), STATUS_REQUEST));
    } catch (CertificateException e) {
      return false;
    }
  }

  /**
   * Whether the one can have signed the other, as far as key identifiers say; where either has
   * none, it can.
   */
  static boolean keyIdentifiersAgree(X509Certificate issued, X509Certificate issuer)
      throws CertificateException {
    byte[] wanted = authorityKeyIdentifier(issued);
    byte[] had = subjectKeyIdentifier(issuer);
    return wanted == null || had == null || Arrays.equals(wanted, had);
  }

  /** Null where there is none that can be read: it is a hint, and the signature proves. */
  static byte @Nullable [] subjectKeyIdentifier(X509Certificate certificate) {
    byte[] value = certificate.getExtensionValue(SUBJECT_KEY_IDENTIFIER);
    try {
      return value == null ? null : Der.one(Der.one(value).content()).content();
    } catch (CertificateException e) {
      return null;
    }
  }

  static byte @Nullable [] authorityKeyIdentifier(X509Certificate certificate)
      throws CertificateException {
    byte[] value = certificate.getExtensionValue(AUTHORITY_KEY_IDENTIFIER);
    if (value == null) {
      return null;
    }
    for (Der field : Der.one(Der.one(value).content()).children()) {
      if (field.tag() == KEY_IDENTIFIER_TAG) {
        return field.content();
      }
    }
    return null;
  }
}
