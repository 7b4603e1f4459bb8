package io.sallyport.identity;

import io.sallyport.config.InboundConfig;
import io.sallyport.config.ListenerConfig.HalfClose;
import io.sallyport.config.ListenerConfig.Tls;
import io.sallyport.config.ListenerConfig.TlsFloor;
import io.sallyport.config.OutboundConfig;
import io.sallyport.tls.HandshakeView;
import io.sallyport.tls.TlsContext;
import io.sallyport.tls.TlsSettings;
import io.sallyport.tls.TlsSettings.Own;
import io.sallyport.tls.TlsSettings.PeerCertificate;
import java.util.List;
import java.util.function.ToIntFunction;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * Makes one {@link TlsContext} for one listener and generation. They are never shared: behind a
 * shared context a ticket from a listener that asks for no certificate would open one that does.
 */
final class TlsContexts {
  private TlsContexts() {}

  static TlsContext server(
      InboundConfig listener, ServerNames names, TrustBundle trust, PeerCheck check)
      throws SSLException {
    boolean staples = names.identities().stream().anyMatch(each -> each.staple() != null);
    // BoringSSL has the one pair that everybody is shown. Were it given the pair for each
    // handshake, it would parse the certificate and compare it with the key each time.
    boolean one = names.makeNoDifference() && !staples;
    PeerVerdict verdict = new PeerVerdict(trust, check, PeerRole.CLIENT);
    PeerCertificate asked =
        switch (listener.clientAuth()) {
          case REQUIRE -> PeerCertificate.REQUIRED;
          case REQUEST -> PeerCertificate.REQUESTED;
          case NONE -> PeerCertificate.NOT_ASKED_FOR;
        };
    return context(
        true,
        listener.tls(),
        names,
        trust,
        verdict,
        asked,
        one ? null : new OwnChoice(names),
        staples);
  }

  static TlsContext client(
      OutboundConfig listener, ServerNames names, TrustBundle trust, PeerCheck check)
      throws SSLException {
    PeerVerdict verdict = new PeerVerdict(trust, check, PeerRole.SERVER);
    // Also where the server names no CA of ours: its refusal says more than our silence.
    return context(
        false,
        listener.tls(),
        names,
        trust,
        verdict,
        PeerCertificate.REQUIRED,
        names.identities().isEmpty() ? null : handshake -> 0,
        false);
  }

  private static TlsContext context(
      boolean server,
      Tls tls,
      ServerNames names,
      TrustBundle trust,
      PeerVerdict verdict,
      PeerCertificate asked,
      @Nullable ToIntFunction<HandshakeView> choice,
      boolean staples)
      throws SSLException {
    // TLS 1.2 closes both ways at once (RFC 5246 §7.2.1), whatever the floor.
    boolean only13 = tls.floor() == TlsFloor.TLS_1_3 || tls.halfClose() == HalfClose.FULL;
    return TlsContext.of(
        new TlsSettings(
            server,
            only13 ? "" : CipherSuites.tls12ForBoringSsl(),
            CipherSuites.groups(),
            tls.alpn(),
            asked,
            server && asked != PeerCertificate.NOT_ASKED_FOR ? verdict.caNames() : List.of(),
            ChainLimits.MESSAGE_BYTES,
            verdict,
            // Without revocation nothing is slow enough to be worth a task and its second pass.
            trust.prover(),
            names.identities().stream().map(each -> new Own(each.chain(), each.key())).toList(),
            choice,
            staples));
  }
}
