package io.sallyport.cli.inspect;

import io.netty.handler.ssl.OpenSslCertificateException;
import io.netty.internal.tcnative.CertificateVerifier;
import io.sallyport.tls.PeerJudge;
import java.io.ByteArrayInputStream;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Takes any chain and keeps it, since a server that nobody should trust is just what one inspects.
 * Nothing is sent to it, and what it showed is judged afterwards.
 */
final class TrustAnyoneToInspect implements PeerJudge {

  private List<X509Certificate> chain = List.of();

  /** What the server showed, leaf first; empty until then. */
  List<X509Certificate> chain() {
    return chain;
  }

  /** BoringSSL has not parsed what is in them. */
  @Override
  public void judge(X509Certificate[] shown, @Nullable String host)
      throws OpenSslCertificateException {
    List<X509Certificate> parsed = new ArrayList<>();
    for (X509Certificate each : shown) {
      try {
        parsed.add(
            (X509Certificate)
                CertificateFactory.getInstance("X.509")
                    .generateCertificate(new ByteArrayInputStream(each.getEncoded())));
      } catch (CertificateException e) {
        throw new OpenSslCertificateException(
            "certificate " + (parsed.size() + 1) + " cannot be parsed",
            e,
            CertificateVerifier.X509_V_ERR_UNSPECIFIED);
      }
    }
    chain = List.copyOf(parsed);
  }
}
