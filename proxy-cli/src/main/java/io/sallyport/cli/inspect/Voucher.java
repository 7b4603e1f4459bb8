package io.sallyport.cli.inspect;

import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertPathBuilder;
import java.security.cert.CertPathBuilderException;
import java.security.cert.CertStore;
import java.security.cert.CollectionCertStoreParameters;
import java.security.cert.PKIXBuilderParameters;
import java.security.cert.PKIXCertPathBuilderResult;
import java.security.cert.TrustAnchor;
import java.security.cert.X509CertSelector;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;

/** Which of some CAs vouches for a chain. */
final class Voucher {

  private Voucher() {}

  /** Those that Java's own clients trust on this system. */
  static List<X509Certificate> knownToJava() {
    try {
      TrustManagerFactory factory =
          TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      factory.init((KeyStore) null);
      return Arrays.stream(factory.getTrustManagers())
          .filter(X509TrustManager.class::isInstance)
          .map(X509TrustManager.class::cast)
          .flatMap(trust -> Arrays.stream(trust.getAcceptedIssuers()))
          .toList();
    } catch (GeneralSecurityException e) {
      return List.of(); // the store is the system's, and may be broken
    }
  }

  /**
   * Its subject, or why there is none.
   *
   * @param whose of the CAs, for the latter
   */
  static String of(List<X509Certificate> chain, List<X509Certificate> cas, String whose) {
    if (cas.isEmpty()) {
      return "none " + whose;
    }
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
      return "none " + whose + ": " + cause.getMessage();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every JDK has PKIX", e);
    }
  }
}
