package io.sallyport.identity;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.cert.CertPathValidator;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertPathValidatorException.BasicReason;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.PKIXParameters;
import java.security.cert.PKIXRevocationChecker;
import java.security.cert.PKIXRevocationChecker.Option;
import java.security.cert.TrustAnchor;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Date;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.bouncycastle.cert.ocsp.BasicOCSPResp;
import org.bouncycastle.cert.ocsp.CertificateStatus;
import org.bouncycastle.cert.ocsp.OCSPException;
import org.bouncycastle.cert.ocsp.OCSPResp;
import org.bouncycastle.cert.ocsp.RevokedStatus;
import org.bouncycastle.cert.ocsp.SingleResp;
import org.bouncycastle.cert.ocsp.UnknownStatus;
import org.jspecify.annotations.Nullable;

/**
 * What an OCSP responder says of one certificate. The JDK judges who may say so (RFC 6960 §4.2.2.2)
 * and whether it was said; the times are judged here too, for the JDK takes an answer for a quarter
 * of an hour longer than it holds.
 *
 * @param revoked whether it names the certificate as revoked
 * @param thisUpdate since when that is known
 * @param goodUntil until when it may be relied on
 */
record OcspAnswer(boolean revoked, Instant thisUpdate, Instant goodUntil) {

  /** RFC 6960 §2.4: then newer information is there at any time, so that a while is long. */
  static final Duration WITHOUT_NEXT_UPDATE = Duration.ofMinutes(10);

  /** So far may a responder's clock be ahead of ours; what it says is the newer for it. */
  private static final Duration CLOCK_AHEAD = Duration.ofMinutes(5);

  /**
   * @param encoded as it came, which may be anything
   * @throws OcspFailed when it is not an answer to the question that holds now
   */
  static OcspAnswer judge(byte[] encoded, OcspQuestion question, Instant now) throws OcspFailed {
    SingleResp said;
    try {
      said = toQuestion(parsed(encoded), question);
    } catch (OCSPException | IOException | RuntimeException e) {
      throw bad("it cannot be parsed", e);
    }
    Instant thisUpdate = said.getThisUpdate().toInstant();
    Instant goodUntil =
        said.getNextUpdate() == null
            ? thisUpdate.plus(WITHOUT_NEXT_UPDATE)
            : said.getNextUpdate().toInstant();
    if (!now.isBefore(goodUntil)) {
      throw new OcspFailed(OcspResult.STALE, "it held until " + goodUntil, null);
    }
    if (thisUpdate.isAfter(now.plus(CLOCK_AHEAD))) {
      throw new OcspFailed(OcspResult.STALE, "it will hold from " + thisUpdate, null);
    }
    boolean revoked = isRevoked(encoded, question, now, said.getCertStatus());
    return new OcspAnswer(revoked, thisUpdate, goodUntil);
  }

  private static BasicOCSPResp parsed(byte[] encoded)
      throws IOException, OCSPException, OcspFailed {
    OCSPResp answer = new OCSPResp(encoded);
    if (answer.getStatus() != OCSPResp.SUCCESSFUL) {
      throw new OcspFailed(
          OcspResult.REFUSED, "the responder answers with status " + answer.getStatus(), null);
    }
    if (answer.getResponseObject() instanceof BasicOCSPResp basic) {
      return basic;
    }
    throw bad("it is of an unknown kind", null);
  }

  private static SingleResp toQuestion(BasicOCSPResp answer, OcspQuestion question)
      throws OcspFailed {
    List<SingleResp> said =
        Arrays.stream(answer.getResponses())
            .filter(single -> question.isOf(single.getCertID()))
            .toList();
    if (said.size() != 1) {
      throw bad(
          said.isEmpty() ? "it is of another certificate" : "it says more than one thing", null);
    }
    return said.get(0);
  }

  /** As the JDK has it, once it has proven the answer; it is given this one and asks nobody. */
  private static boolean isRevoked(
      byte[] encoded, OcspQuestion question, Instant now, @Nullable CertificateStatus said)
      throws OcspFailed {
    try {
      CertificateFactory factory = CertificateFactory.getInstance("X.509");
      X509Certificate certificate = certificate(factory, question.certificate());
      X509Certificate issuer = certificate(factory, question.issuer());
      CertPathValidator validator = CertPathValidator.getInstance("PKIX");
      PKIXRevocationChecker checker = (PKIXRevocationChecker) validator.getRevocationChecker();
      checker.setOptions(EnumSet.of(Option.NO_FALLBACK));
      checker.setOcspResponses(Map.of(certificate, encoded));
      PKIXParameters parameters = new PKIXParameters(Set.of(new TrustAnchor(issuer, null)));
      parameters.setDate(Date.from(now));
      parameters.setPolicyQualifiersRejected(false);
      parameters.addCertPathChecker(checker);
      validator.validate(factory.generateCertPath(List.of(certificate)), parameters);
    } catch (CertPathValidatorException e) {
      if (e.getReason() == BasicReason.REVOKED) {
        return true;
      }
      if (said instanceof UnknownStatus
          && e.getReason() == BasicReason.UNDETERMINED_REVOCATION_STATUS) {
        throw new OcspFailed(
            OcspResult.UNKNOWN, "the responder does not know the certificate", null);
      }
      throw bad("it does not hold", e);
    } catch (GeneralSecurityException | RuntimeException e) {
      throw bad("it cannot be judged", e);
    }
    // The JDK takes a certificate that will have been revoked for a good one until then.
    return said instanceof RevokedStatus;
  }

  private static X509Certificate certificate(CertificateFactory factory, byte[] encoded)
      throws CertificateException {
    return (X509Certificate) factory.generateCertificate(new ByteArrayInputStream(encoded));
  }

  private static OcspFailed bad(String detail, @Nullable Throwable cause) {
    return new OcspFailed(OcspResult.BAD_ANSWER, detail, cause);
  }
}
