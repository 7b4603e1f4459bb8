package io.sallyport.identity;

import io.sallyport.config.Malformed;
import io.sallyport.config.ResponderUrl;
import java.io.IOException;
import java.net.URI;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.Objects;
import org.bouncycastle.asn1.ASN1IA5String;
import org.bouncycastle.asn1.ASN1OctetString;
import org.bouncycastle.asn1.x509.AccessDescription;
import org.bouncycastle.asn1.x509.AuthorityInformationAccess;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.cert.jcajce.JcaX509CertificateHolder;
import org.bouncycastle.cert.ocsp.CertificateID;
import org.bouncycastle.cert.ocsp.OCSPException;
import org.bouncycastle.cert.ocsp.OCSPReqBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaDigestCalculatorProviderBuilder;
import org.jspecify.annotations.Nullable;

/**
 * Whether one certificate is revoked, and whom to ask. Equal to another of the same serial number,
 * CA and responder. Keeps encodings, which are a fifth of the size of certificates. Immutable.
 */
final class OcspQuestion {

  private final CertificateID id;
  private final byte[] certificate;
  private final byte[] issuer;
  private final @Nullable URI responder;

  private OcspQuestion(
      CertificateID id, byte[] certificate, byte[] issuer, @Nullable URI responder) {
    this.id = id;
    this.certificate = certificate;
    this.issuer = issuer;
    this.responder = responder;
  }

  /**
   * @param issuer who signed the certificate; both proven
   * @param responder to be asked; null for the one that the certificate names
   */
  static OcspQuestion of(
      X509Certificate certificate, X509Certificate issuer, @Nullable URI responder) {
    try {
      // SHA-1 names the CA here and secures nothing; it is the hash that every responder knows.
      CertificateID id =
          new CertificateID(
              new JcaDigestCalculatorProviderBuilder().build().get(CertificateID.HASH_SHA1),
              new JcaX509CertificateHolder(issuer),
              certificate.getSerialNumber());
      return new OcspQuestion(
          id,
          certificate.getEncoded(),
          issuer.getEncoded(),
          responder == null ? responderOf(certificate) : responder);
    } catch (OCSPException | OperatorCreationException | CertificateEncodingException e) {
      throw new IllegalStateException(
          "every Java platform has SHA-1, and what was proven has an encoding", e);
    }
  }

  /** The first that the certificate names and that is asked over plain HTTP; null without one. */
  static @Nullable URI responderOf(X509Certificate certificate) {
    byte[] extension = certificate.getExtensionValue(Extension.authorityInfoAccess.getId());
    if (extension == null) {
      return null;
    }
    try {
      AuthorityInformationAccess access =
          AuthorityInformationAccess.getInstance(
              ASN1OctetString.getInstance(extension).getOctets());
      for (AccessDescription way : access.getAccessDescriptions()) {
        URI url = way.getAccessMethod().equals(AccessDescription.id_ad_ocsp) ? url(way) : null;
        if (url != null) {
          return url;
        }
      }
    } catch (RuntimeException e) {
      // What cannot be parsed names nobody.
    }
    return null;
  }

  private static @Nullable URI url(AccessDescription way) {
    GeneralName location = way.getAccessLocation();
    if (location.getTagNo() != GeneralName.uniformResourceIdentifier) {
      return null;
    }
    try {
      return ResponderUrl.of(ASN1IA5String.getInstance(location.getName()).getString());
    } catch (Malformed e) {
      return null; // another one may be named that can be asked
    }
  }

  /** Null where nobody can be asked. */
  @Nullable URI responder() {
    return responder;
  }

  byte[] certificate() {
    return certificate;
  }

  byte[] issuer() {
    return issuer;
  }

  /** Whether an answer with this id is one to this question, however it spells SHA-1. */
  boolean isOf(CertificateID other) {
    return id.getHashAlgOID().equals(other.getHashAlgOID())
        && id.getSerialNumber().equals(other.getSerialNumber())
        && Arrays.equals(id.getIssuerNameHash(), other.getIssuerNameHash())
        && Arrays.equals(id.getIssuerKeyHash(), other.getIssuerKeyHash());
  }

  /**
   * As it is sent. Without a nonce (RFC 9654): most responders answer from what they have signed
   * before, and would leave it out; an answer's times say how old it may be.
   */
  byte[] encoded() {
    try {
      return new OCSPReqBuilder().addRequest(id).build().getEncoded();
    } catch (OCSPException | IOException e) {
      throw new IllegalStateException("a request of one certificate cannot be encoded", e);
    }
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof OcspQuestion question
        && id.equals(question.id)
        && Objects.equals(responder, question.responder);
  }

  @Override
  public int hashCode() {
    return Objects.hash(id, responder);
  }
}
