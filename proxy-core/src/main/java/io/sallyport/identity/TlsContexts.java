package io.sallyport.identity;

import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ApplicationProtocolConfig.Protocol;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectedListenerFailureBehavior;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectorFailureBehavior;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.OpenSslCachingX509KeyManagerFactory;
import io.netty.handler.ssl.OpenSslContextOption;
import io.netty.handler.ssl.OpenSslCredential;
import io.netty.handler.ssl.OpenSslCredentialBuilder;
import io.netty.handler.ssl.OpenSslSessionContext;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProtocols;
import io.netty.handler.ssl.SslProvider;
import io.netty.handler.ssl.util.KeyManagerFactoryWrapper;
import io.sallyport.config.InboundConfig;
import io.sallyport.config.ListenerConfig.HalfClose;
import io.sallyport.config.ListenerConfig.Tls;
import io.sallyport.config.ListenerConfig.TlsFloor;
import io.sallyport.config.OutboundConfig;
import java.security.cert.X509Certificate;
import java.util.function.UnaryOperator;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLException;

/**
 * Makes one {@link SslContext} for one listener and generation. They are never shared: behind a
 * shared context a ticket from a listener that asks for no certificate would open one that does.
 */
final class TlsContexts {
  private TlsContexts() {}

  static SslContext server(
      InboundConfig listener, ServerNames names, TrustBundle trust, PeerCheck check)
      throws SSLException {
    boolean staples = names.identities().stream().anyMatch(each -> each.staple() != null);
    boolean one = names.makeNoDifference() && !staples && !jdk(listener.tls());
    SslContextBuilder builder =
        SslContextBuilder.forServer(keys(listener.tls(), one ? ServerNames.NONE : names))
            .clientAuth(
                switch (listener.clientAuth()) {
                  case REQUIRE -> ClientAuth.REQUIRE;
                  case REQUEST -> ClientAuth.OPTIONAL;
                  case NONE -> ClientAuth.NONE;
                });
    builder.enableOcsp(staples && !jdk(listener.tls()));
    SslContext context =
        one
            ? buildToShow(names.identities().get(0), builder, listener.tls(), trust, check)
            : build(builder, listener.tls(), trust, check);
    if (context.sessionContext() instanceof OpenSslSessionContext sessions) {
      // Tickets carry the session, so that no peer can make us remember one.
      sessions.setSessionCacheEnabled(false);
    }
    return context;
  }

  static SslContext client(
      OutboundConfig listener, ServerNames names, TrustBundle trust, PeerCheck check)
      throws SSLException {
    SslContextBuilder builder = SslContextBuilder.forClient();
    if (!names.identities().isEmpty()) {
      builder.keyManager(keys(listener.tls(), names));
    }
    // The names are PeerCheck's matter; the JDK's check knows neither URIs nor rules.
    builder.endpointIdentificationAlgorithm(null);
    return build(builder, listener.tls(), trust, check);
  }

  /**
   * BoringSSL has the one pair that everybody is shown. Were it given the pair for each handshake,
   * it would parse the certificate and compare it with the key each time.
   */
  private static SslContext buildToShow(
      Identity identity, SslContextBuilder builder, Tls tls, TrustBundle trust, PeerCheck check)
      throws SSLException {
    OpenSslCredential shown =
        OpenSslCredentialBuilder.forX509(
                identity.key(), identity.chain().toArray(X509Certificate[]::new))
            .build();
    try {
      return build(builder.addCredential(shown), tls, trust, check);
    } finally {
      shown.release();
    }
  }

  private static SslContext build(
      SslContextBuilder builder, Tls tls, TrustBundle trust, PeerCheck check) throws SSLException {
    builder.trustManager(new PeerTrustManager(trust, check));
    if (jdk(tls) || tls.floor() == TlsFloor.TLS_1_3) {
      // The JDK's TLS 1.2 closes both ways at once, whatever the floor.
      builder.protocols(SslProtocols.TLS_v1_3).ciphers(CipherSuites.TLS_1_3);
    } else {
      builder.protocols(SslProtocols.TLS_v1_3, SslProtocols.TLS_v1_2).ciphers(CipherSuites.ALL);
    }
    if (!tls.alpn().isEmpty()) {
      builder.applicationProtocolConfig(
          new ApplicationProtocolConfig(
              Protocol.ALPN,
              SelectorFailureBehavior.NO_ADVERTISE,
              SelectedListenerFailureBehavior.ACCEPT,
              tls.alpn()));
    }
    if (jdk(tls)) {
      return builder.sslProvider(SslProvider.JDK).build();
    }
    SslContext context =
        builder
            .sslProvider(SslProvider.OPENSSL_REFCNT)
            .option(OpenSslContextOption.GROUPS, CipherSuites.groups())
            .option(OpenSslContextOption.MAX_CERTIFICATE_LIST_BYTES, ChainLimits.MESSAGE_BYTES)
            // Without revocation nothing is slow enough to be worth a task and its second pass.
            .option(OpenSslContextOption.USE_TASKS, trust.prover() != null)
            .build();
    // Without keys of ours BoringSSL makes random ones for this context and rotates them.
    ((OpenSslSessionContext) context.sessionContext()).setTicketKeys();
    return context;
  }

  private static boolean jdk(Tls tls) {
    return tls.halfClose() == HalfClose.FULL;
  }

  private static KeyManagerFactory keys(Tls tls, ServerNames names) {
    if (jdk(tls)) {
      return new KeyManagerFactoryWrapper(new OwnKeyManager(names, UnaryOperator.identity()));
    }
    // Of several pairs Netty would otherwise have BoringSSL parse one anew for each handshake that
    // is shown another than the last.
    return new OpenSslCachingX509KeyManagerFactory(
        new KeyManagerFactoryWrapper(new OwnKeyManager(names, UncachedKey::new)));
  }
}
