package io.sallyport.cli.inspect;

import java.security.GeneralSecurityException;
import java.security.cert.CertPathBuilder;
import java.security.cert.CertPathBuilderException;
import java.security.cert.CertStore;
import java.security.cert.CollectionCertStoreParameters;
import java.security.cert.PKIXBuilderParameters;
import java.security.cert.PKIXCertPathBuilderResult;
import java.security.cert.TrustAnchor;
import java.security.cert.X509CertSelector;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.stream.Collectors;

/** Which of some CAs vouches for a chain. */
final class Voucher {

  private Voucher() {}

  /** Its subject, or why there is none. */
  static String of(List<X509Certificate> chain, List<X509Certificate> cas) {
    X509CertSelector leaf = new X509CertSelector();
    leaf.setCertificate(chain.get(0));
    try {
      PKIXBuilderParameters parameters =
          new PKIXBuilderParameters(
              cas.stream().map(ca -> new TrustAnchor(ca, null)).collect(Collectors.toSet()), leaf);
      parameters.setRevocationEnabled(false);
      parameters.addCertStore(
          CertStore.getInstance("Collection", new CollectionCertStoreParameters(chain)));
      PKIXCertPathBuilderResult path =
          (PKIXCertPathBuilderResult) CertPathBuilder.getInstance("PKIX").build(parameters);
      return path.getTrustAnchor().getTrustedCert().getSubjectX500Principal().getName();
    } catch (CertPathBuilderException e) {
      Throwable cause = e.getCause() == null ? e : e.getCause();
      return "none of the CAs given: " + cause.getMessage();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every JDK has PKIX", e);
    }
  }
}
