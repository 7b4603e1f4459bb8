package io.sallyport.cli.inspect;

import io.netty.handler.ssl.SslProtocols;
import io.sallyport.cli.CommandFailed;
import io.sallyport.identity.CipherSuites;
import io.sallyport.identity.IdentityGeneration;
import io.sallyport.identity.ServerNames;
import io.sallyport.identity.TrustBundle;
import io.sallyport.tls.TlsContext;
import io.sallyport.tls.TlsSettings;
import io.sallyport.tls.TlsSettings.Own;
import io.sallyport.tls.TlsSettings.PeerCertificate;
import java.security.cert.X509Certificate;
import java.util.List;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * What a server shows under one name: a handshake that trusts anyone, and one more with the session
 * of the first. It offers what an outbound listener offers, and so tells what that would get.
 *
 * @param chain what the server showed, leaf first; empty where it did not come so far
 * @param resumption whether the second handshake went on with the session of the first
 * @param acceptedCas whose certificates the server asks for; null where it asks for none
 */
record Look(
    Handshake handshake,
    List<X509Certificate> chain,
    String resumption,
    @Nullable List<String> acceptedCas) {

  /** As much as BoringSSL takes by itself. */
  private static final int MOST_CERTIFICATE_BYTES = 100 * 1024;

  Look {
    chain = List.copyOf(chain);
  }

  /**
   * @param name for SNI
   * @param alpn protocols to offer
   * @param identity to show when asked
   */
  static Look at(Visitor visitor, String name, List<String> alpn, @Nullable ClientIdentity identity)
      throws CommandFailed {
    RecordingChoice choice = new RecordingChoice(identity);
    TrustAnyoneToInspect trust = new TrustAnyoneToInspect();
    IdentityGeneration generation =
        new IdentityGeneration(
            1, context(choice, trust, alpn), ServerNames.NONE, TrustBundle.EMPTY);
    try {
      Handshake first = visitor.visit(generation, name);
      String resumption = resumption(first, visitor, generation, name);
      return new Look(first, trust.chain(), resumption, choice.acceptedCas());
    } finally {
      generation.release();
    }
  }

  private static String resumption(
      Handshake first, Visitor visitor, IdentityGeneration generation, String name) {
    if (first.agreed() == null || !first.welcome()) {
      return "not tried";
    }
    if (!generation.tlsContext().holdsSession()) {
      // BoringSSL's servers hold tickets back until there is data to send, and we ask for none.
      return first.agreed().version().equals(SslProtocols.TLS_v1_3)
          ? "unknown, no ticket came; some servers send theirs with their first data"
          : "no, the server keeps no sessions";
    }
    try {
      Handshake second = visitor.visit(generation, name);
      if (second.agreed() == null) {
        return "unknown, a second handshake " + second.outcome();
      }
      return second.agreed().resumed() ? "yes" : "no, a second handshake was a full one";
    } catch (CommandFailed e) {
      return "unknown, a second connection failed";
    }
  }

  private static TlsContext context(
      RecordingChoice choice, TrustAnyoneToInspect trust, List<String> alpn) throws CommandFailed {
    ClientIdentity identity = choice.identity();
    try {
      return TlsContext.of(
          new TlsSettings(
              false,
              CipherSuites.tls12ForBoringSsl(),
              CipherSuites.groups(),
              alpn,
              PeerCertificate.REQUIRED,
              List.of(),
              MOST_CERTIFICATE_BYTES,
              trust,
              null,
              identity == null ? List.of() : List.of(new Own(identity.chain(), identity.key())),
              choice,
              false));
    } catch (SSLException e) {
      throw new IllegalStateException("no TLS context of constant settings", e);
    }
  }
}
