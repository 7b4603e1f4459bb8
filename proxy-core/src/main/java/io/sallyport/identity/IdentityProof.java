package io.sallyport.identity;

import io.sallyport.config.IdentityConfig;
import io.sallyport.config.IdentityConfig.KeystoreFile;
import io.sallyport.config.IdentityConfig.WorkloadApi;
import io.sallyport.tls.BoringSsl;
import io.sallyport.tls.KeyFit;
import java.security.AlgorithmParameters;
import java.security.GeneralSecurityException;
import java.security.PublicKey;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.EdECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.ECParameterSpec;
import java.security.spec.EllipticCurve;
import java.security.spec.NamedParameterSpec;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Proves that a key pair can serve before anything is made of it. */
final class IdentityProof {
  private static final List<EllipticCurve> NIST_CURVES =
      Stream.of("secp256r1", "secp384r1", "secp521r1").map(IdentityProof::curve).toList();

  private final Findings findings;
  private final Instant now;

  IdentityProof(Findings findings, Instant now) {
    this.findings = findings;
    this.now = now;
  }

  /**
   * @param roles what we are to those whom listeners with this identity meet
   * @return null after a problem
   */
  @Nullable Identity prove(IdentityConfig config, KeyPairFiles.Unproven pair, Set<PeerRole> roles) {
    String setting = config.setting();
    String certificateSetting = setting + ".certificate";
    String keySetting = setting + ".key";
    if (config.source() instanceof KeystoreFile) {
      certificateSetting = keySetting = setting + ".keystore.file";
    } else if (config.source() instanceof WorkloadApi) {
      certificateSetting = keySetting = setting + ".spiffe";
    }
    X509Certificate leaf = pair.chain().get(0);
    try {
      checkKind(certificateSetting, leaf.getPublicKey());
      boolean fits = fits(keySetting, pair);
      checkMaySign(certificateSetting, leaf);
      if (!fits) {
        throw misfit(keySetting, "check that both were renewed");
      }
      checkOrder(certificateSetting, pair.chain());
      checkDates(certificateSetting, pair.chain());
      checkPurposes(certificateSetting, leaf, roles);
    } catch (Unusable e) {
      boolean ofApi = config.source() instanceof WorkloadApi;
      findings.problem(
          e.setting(), String.valueOf(e.getMessage()), ofApi ? Svids.AGENT : e.remedy());
      return null;
    }
    if (CertificateRules.isCa(leaf)) {
      findings.warning(
          certificateSetting,
          "the leaf is a CA certificate",
          "let the CA issue a leaf for this host and keep the CA's key elsewhere");
    }
    Staple staple = config.ocspStapling() ? Staple.of(config.name(), pair.chain()) : null;
    if (staple == null && CertificateRules.mustStaple(leaf)) {
      findings.warning(
          certificateSetting,
          "the leaf says that an OCSP answer always comes with it, and none will",
          "leave ocsp-stapling on, and have a responder named in the leaf and its issuer in the file");
    }
    return new Identity(config.name(), pair.chain(), pair.key(), staple);
  }

  private void checkKind(String setting, PublicKey key) throws Unusable {
    if (key instanceof RSAPublicKey rsa) {
      if (rsa.getModulus().bitLength() < CertificateRules.LEAST_RSA_BITS) {
        throw new Unusable(
            setting,
            "RSA key of " + rsa.getModulus().bitLength() + " bits is too weak",
            PrivateKeys.SUPPORTED);
      }
      return;
    }
    if (key instanceof ECPublicKey ec && NIST_CURVES.contains(ec.getParams().getCurve())) {
      if (ec.getParams().getOrder().bitLength() > 384) {
        warnOfKind(setting, "P-521");
      }
      return;
    }
    if (key instanceof EdECPublicKey ed
        && ed.getParams().getName().equals(NamedParameterSpec.ED25519.getName())) {
      warnOfKind(setting, "Ed25519");
      return;
    }
    throw new Unusable(
        setting, "the certificate's key is of an unsupported kind", PrivateKeys.SUPPORTED);
  }

  private static void checkMaySign(String setting, X509Certificate leaf) throws Unusable {
    if (!CertificateRules.maySign(leaf)) {
      throw new Unusable(
          setting,
          "key usage of the certificate lacks digitalSignature",
          "issue one that has it: TLS proves by a signature whose the certificate is");
    }
  }

  private static EllipticCurve curve(String name) {
    try {
      AlgorithmParameters parameters = AlgorithmParameters.getInstance("EC");
      parameters.init(new ECGenParameterSpec(name));
      return parameters.getParameterSpec(ECParameterSpec.class).getCurve();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this Java has no curve " + name, e);
    }
  }

  private void warnOfKind(String setting, String kind) {
    findings.warning(
        setting,
        "many TLS libraries do not accept " + kind + " certificates",
        "prefer P-256 where peers are not all known");
  }

  /** Of EC no key fits a certificate that is not for signing. */
  private static boolean fits(String setting, KeyPairFiles.Unproven pair) throws Unusable {
    List<X509Certificate> chain = pair.chain();
    if (!BoringSsl.isAvailable() || KeyFit.fits(pair.key(), chain.get(0))) {
      return true; // without the TLS library nothing would, which has been told
    }
    if (chain.stream().skip(1).anyMatch(other -> KeyFit.fits(pair.key(), other))) {
      throw misfit(setting, "it belongs to another in the file: the leaf must come first");
    }
    return false;
  }

  private static Unusable misfit(String setting, String remedy) {
    return new Unusable(setting, "key does not belong to certificate", remedy);
  }

  private static void checkOrder(String setting, List<X509Certificate> chain) throws Unusable {
    for (int i = 0; i + 1 < chain.size(); i++) {
      if (!signed(chain.get(i), chain.get(i + 1))) {
        throw new Unusable(
            setting,
            "chain out of order: certificate " + (i + 1) + " is not signed by the next",
            "put the leaf first, then each one's issuer, and nothing else");
      }
    }
  }

  private static boolean signed(X509Certificate issued, X509Certificate issuer) {
    if (!issued.getIssuerX500Principal().equals(issuer.getSubjectX500Principal())) {
      return false;
    }
    try {
      issued.verify(issuer.getPublicKey());
      return true;
    } catch (GeneralSecurityException e) {
      return false;
    }
  }

  private void checkDates(String setting, List<X509Certificate> chain) throws Unusable {
    X509Certificate leaf = chain.get(0);
    Instant notAfter = leaf.getNotAfter().toInstant();
    if (now.isAfter(notAfter)) {
      throw new Unusable(setting, "certificate expired at " + notAfter, "renew it");
    }
    Instant notBefore = leaf.getNotBefore().toInstant();
    if (now.isBefore(notBefore)) {
      throw new Unusable(
          setting,
          "certificate is not valid before " + notBefore,
          "check this machine's clock, or wait");
    }
    for (X509Certificate ca : chain.subList(1, chain.size())) {
      if (now.isAfter(ca.getNotAfter().toInstant())) {
        findings.warning(
            setting,
            "an intermediate in the chain expired at " + ca.getNotAfter().toInstant(),
            "renew it; peers will refuse us");
      }
    }
  }

  private static void checkPurposes(String setting, X509Certificate leaf, Set<PeerRole> roles)
      throws Unusable {
    for (PeerRole role : roles) {
      try {
        if (!CertificateRules.permits(leaf, role)) {
          throw new Unusable(
              setting,
              "extended key usage of the certificate lacks " + role.purpose(),
              "issue one that has it, or name another identity for the "
                  + (role == PeerRole.SERVER ? "inbound" : "outbound")
                  + " listeners");
        }
      } catch (CertificateException e) {
        throw new Unusable(setting, "extended key usage cannot be parsed", "issue it anew");
      }
    }
  }
}
