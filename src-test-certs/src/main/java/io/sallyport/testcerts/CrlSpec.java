package io.sallyport.testcerts;

import java.math.BigInteger;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import java.util.function.Consumer;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.CRLNumber;
import org.bouncycastle.asn1.x509.CRLReason;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.IssuingDistributionPoint;
import org.bouncycastle.cert.CertIOException;
import org.bouncycastle.cert.X509v2CRLBuilder;
import org.jspecify.annotations.Nullable;

/** Wishes for a CRL; left alone, it is empty and good for a day. Not thread-safe. */
public final class CrlSpec {

  private final List<BigInteger> revoked = new ArrayList<>();
  private final List<Consumer<X509v2CRLBuilder>> oddities = new ArrayList<>();
  private Instant thisUpdate = Instant.now().minus(Duration.ofMinutes(1));
  private @Nullable Instant nextUpdate = Instant.now().plus(Duration.ofDays(1));

  CrlSpec() {}

  public CrlSpec revoke(X509Certificate certificate) {
    revoked.add(certificate.getSerialNumber());
    return this;
  }

  public CrlSpec validity(Instant from, Instant to) {
    thisUpdate = from;
    nextUpdate = to;
    return this;
  }

  /** Does not say when the next one comes. */
  public CrlSpec withoutNextUpdate() {
    nextUpdate = null;
    return this;
  }

  /** Speaks of no CA's certificate. */
  public CrlSpec ofUsersAlone() {
    return with(
        Extension.issuingDistributionPoint,
        new IssuingDistributionPoint(null, true, false, null, false, false));
  }

  /** Says only what is new since CRL 1. */
  public CrlSpec delta() {
    return with(Extension.deltaCRLIndicator, new CRLNumber(BigInteger.ONE));
  }

  /** May speak of other CAs' certificates. */
  public CrlSpec indirect() {
    return with(
        Extension.issuingDistributionPoint, new IssuingDistributionPoint(null, true, false));
  }

  private CrlSpec with(ASN1ObjectIdentifier id, ASN1Encodable value) {
    oddities.add(
        builder -> {
          try {
            builder.addExtension(id, true, value);
          } catch (CertIOException e) {
            throw new IllegalArgumentException("the extension cannot be encoded", e);
          }
        });
    return this;
  }

  X509v2CRLBuilder builder(X500Name issuer) {
    X509v2CRLBuilder builder = new X509v2CRLBuilder(issuer, Date.from(thisUpdate));
    if (nextUpdate != null) {
      builder.setNextUpdate(Date.from(nextUpdate));
    }
    revoked.forEach(
        serial -> builder.addCRLEntry(serial, Date.from(thisUpdate), CRLReason.keyCompromise));
    oddities.forEach(oddity -> oddity.accept(builder));
    return builder;
  }
}
