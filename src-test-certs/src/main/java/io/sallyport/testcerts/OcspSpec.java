package io.sallyport.testcerts;

import java.io.IOException;
import java.security.KeyPair;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.Date;
import org.bouncycastle.asn1.ocsp.OCSPResponseStatus;
import org.bouncycastle.asn1.x509.CRLReason;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cert.jcajce.JcaX509CertificateHolder;
import org.bouncycastle.cert.ocsp.BasicOCSPRespBuilder;
import org.bouncycastle.cert.ocsp.CertificateID;
import org.bouncycastle.cert.ocsp.CertificateStatus;
import org.bouncycastle.cert.ocsp.OCSPException;
import org.bouncycastle.cert.ocsp.OCSPRespBuilder;
import org.bouncycastle.cert.ocsp.RespID;
import org.bouncycastle.cert.ocsp.RevokedStatus;
import org.bouncycastle.cert.ocsp.UnknownStatus;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.operator.jcajce.JcaDigestCalculatorProviderBuilder;
import org.jspecify.annotations.Nullable;

/**
 * Wishes for an OCSP answer; left alone, the CA itself says that the certificate is good, for an
 * hour. Not thread-safe.
 */
public final class OcspSpec {

  private final X509Certificate issuer;
  private KeyPair key;
  private X509Certificate signer;
  private @Nullable CertificateStatus status = CertificateStatus.GOOD;
  private Instant thisUpdate = Instant.now();
  private @Nullable Instant nextUpdate = Instant.now().plus(Duration.ofHours(1));
  private int copies = 1;
  private int error = OCSPResponseStatus.SUCCESSFUL;

  OcspSpec(X509Certificate issuer, KeyPair key) {
    this.issuer = issuer;
    this.key = key;
    signer = issuer;
  }

  public OcspSpec revoked() {
    return revokedAt(Instant.now().minus(Duration.ofMinutes(1)));
  }

  public OcspSpec revokedAt(Instant when) {
    status = new RevokedStatus(Date.from(when), CRLReason.keyCompromise);
    return this;
  }

  public OcspSpec unknown() {
    status = new UnknownStatus();
    return this;
  }

  public OcspSpec validity(Instant from, Instant to) {
    thisUpdate = from;
    nextUpdate = to;
    return this;
  }

  /** Says not when the next answer comes. */
  public OcspSpec withoutNextUpdate(Instant from) {
    thisUpdate = from;
    nextUpdate = null;
    return this;
  }

  /** Signed by somebody else, whose certificate comes along; whether it may sign or not. */
  public OcspSpec signedBy(TestIdentity responder) {
    key = responder.keyPair();
    signer = responder.leaf();
    return this;
  }

  /** Signed with the key of another CA, which may have the name of this one. */
  public OcspSpec signedBy(TestCa other) {
    key = other.keyPair();
    signer = other.certificate();
    return this;
  }

  /** No answer but a status of RFC 6960 §4.2.1: 2 internal error, 3 try later, 6 unauthorized. */
  public OcspSpec error(int responseStatus) {
    error = responseStatus;
    return this;
  }

  /** The signer's certificate comes along so many times, which no signature forbids. */
  public OcspSpec padded(int times) {
    copies = times;
    return this;
  }

  byte[] answer(X509Certificate issued) {
    try {
      if (error != OCSPResponseStatus.SUCCESSFUL) {
        return new OCSPRespBuilder().build(error, null).getEncoded();
      }
      CertificateID id =
          new CertificateID(
              new JcaDigestCalculatorProviderBuilder().build().get(CertificateID.HASH_SHA1),
              new JcaX509CertificateHolder(issuer),
              issued.getSerialNumber());
      X509CertificateHolder signedBy = new JcaX509CertificateHolder(signer);
      BasicOCSPRespBuilder builder = new BasicOCSPRespBuilder(new RespID(signedBy.getSubject()));
      builder.addResponse(
          id,
          status,
          Date.from(thisUpdate),
          nextUpdate == null ? null : Date.from(nextUpdate),
          null);
      return new OCSPRespBuilder()
          .build(
              OCSPRespBuilder.SUCCESSFUL,
              builder.build(
                  new JcaContentSignerBuilder(Issuance.signatureAlgorithm(key.getPublic(), false))
                      .build(key.getPrivate()),
                  Collections.nCopies(copies, signedBy).toArray(X509CertificateHolder[]::new),
                  Date.from(thisUpdate)))
          .getEncoded();
    } catch (OCSPException
        | OperatorCreationException
        | CertificateEncodingException
        | IOException e) {
      throw new IllegalArgumentException("OCSP answer cannot be made as asked for", e);
    }
  }
}
