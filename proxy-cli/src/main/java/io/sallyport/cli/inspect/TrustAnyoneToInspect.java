package io.sallyport.cli.inspect;

import java.io.ByteArrayInputStream;
import java.net.Socket;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedTrustManager;

/**
 * Takes any chain and keeps it, since a server that nobody should trust is just what one inspects.
 * Nothing is sent to it, and what it showed is judged afterwards.
 */
final class TrustAnyoneToInspect extends X509ExtendedTrustManager {

  private List<X509Certificate> chain = List.of();

  /** What the server showed, leaf first; empty until then. */
  List<X509Certificate> chain() {
    return chain;
  }

  /** BoringSSL has not parsed what is in them, and Netty would only when asked. */
  @Override
  public void checkServerTrusted(X509Certificate[] shown, String authType, SSLEngine engine)
      throws CertificateException {
    CertificateFactory factory = CertificateFactory.getInstance("X.509");
    List<X509Certificate> parsed = new ArrayList<>();
    for (X509Certificate each : shown) {
      try {
        parsed.add(
            (X509Certificate)
                factory.generateCertificate(new ByteArrayInputStream(each.getEncoded())));
      } catch (CertificateException e) {
        throw new CertificateException(
            "certificate " + (parsed.size() + 1) + " cannot be parsed", e);
      }
    }
    chain = List.copyOf(parsed);
  }

  @Override
  public void checkServerTrusted(X509Certificate[] shown, String authType, Socket socket) {
    throw onlyWithEngine();
  }

  @Override
  public void checkServerTrusted(X509Certificate[] shown, String authType) {
    throw onlyWithEngine();
  }

  @Override
  public void checkClientTrusted(X509Certificate[] shown, String authType, Socket socket) {
    throw onlyWithEngine();
  }

  @Override
  public void checkClientTrusted(X509Certificate[] shown, String authType, SSLEngine engine) {
    throw onlyWithEngine();
  }

  @Override
  public void checkClientTrusted(X509Certificate[] shown, String authType) {
    throw onlyWithEngine();
  }

  private static UnsupportedOperationException onlyWithEngine() {
    return new UnsupportedOperationException("this is a client on an SSLEngine");
  }

  @Override
  public X509Certificate[] getAcceptedIssuers() {
    return new X509Certificate[0];
  }
}
