package io.sallyport.identity;

import java.io.ByteArrayInputStream;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;

/** What a TLS session has of a peer. */
public final class PeerCertificate {

  private PeerCertificate() {}

  /**
   * The same certificate, parsed for this once. Netty's session has a kilobyte of encoding, but
   * keeps whatever it is asked for, which is five times that for as long as the connection lives.
   *
   * @param kept proven before, so that it can be parsed
   */
  public static X509Certificate parsed(X509Certificate kept) {
    try {
      return (X509Certificate)
          CertificateFactory.getInstance("X.509")
              .generateCertificate(new ByteArrayInputStream(kept.getEncoded()));
    } catch (CertificateException e) {
      throw new IllegalStateException("a proven certificate cannot be parsed", e);
    }
  }
}
