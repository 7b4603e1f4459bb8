package io.sallyport.tls;

import java.security.cert.X509Certificate;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a finished handshake settled.
 *
 * @param version such as {@code TLSv1.3}
 * @param cipher the name that OpenSSL has for it, which of TLS 1.3 is that of IANA
 * @param alpn null where none was agreed
 * @param serverName what the client asked for (SNI), as it sent it; null where it did not
 * @param chain what the peer showed, its own certificate first and none parsed yet; empty where it
 *     showed none
 * @param resumed whether it went on with the session of an earlier one
 */
public record Settled(
    String version,
    String cipher,
    @Nullable String alpn,
    @Nullable String serverName,
    List<X509Certificate> chain,
    boolean resumed) {}
