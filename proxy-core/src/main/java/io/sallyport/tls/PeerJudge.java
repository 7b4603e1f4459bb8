package io.sallyport.tls;

import io.netty.handler.ssl.OpenSslCertificateException;
import java.security.cert.X509Certificate;
import org.jspecify.annotations.Nullable;

/** Decides in the middle of a handshake whether its peer is to be taken. */
@FunctionalInterface
public interface PeerJudge {

  /**
   * @param chain what the peer sent, its own certificate first; not parsed yet
   * @param host whom we meant to reach; null where the peer came to us
   * @throws OpenSslCertificateException to refuse it with the alert for that verification result
   */
  void judge(X509Certificate[] chain, @Nullable String host) throws OpenSslCertificateException;
}
