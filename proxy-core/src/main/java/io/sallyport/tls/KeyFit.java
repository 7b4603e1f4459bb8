package io.sallyport.tls;

import io.netty.internal.tcnative.SSL;
import io.netty.internal.tcnative.SSLContext;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.List;

/** Whether a private key is that of a certificate. */
public final class KeyFit {

  private KeyFit() {}

  /**
   * As BoringSSL has it, which is to show both: it takes no damaged key either. To sign and to
   * verify in Java is a quarter of a second's work for its compiler, at every start.
   *
   * @throws UnsatisfiedLinkError where {@link BoringSsl} is not available
   */
  public static boolean fits(PrivateKey key, X509Certificate certificate) {
    BoringSsl.load();
    long context = 0;
    long ssl = 0;
    try (NativeKeyPair pair = NativeKeyPair.of(List.of(certificate), key)) {
      context = SSLContext.make(SSL.SSL_PROTOCOL_TLSV1_3, SSL.SSL_MODE_SERVER);
      ssl = SSL.newSSL(context, true);
      pair.showIn(ssl);
      return true;
    } catch (Exception e) {
      return false; // it throws nothing more particular
    } finally {
      NativeKeyPair.free(ssl, SSL::freeSSL);
      NativeKeyPair.free(context, SSLContext::free);
    }
  }
}
