package io.sallyport.tls;

import io.netty.handler.ssl.OpenSslCertificateException;
import io.netty.handler.ssl.util.LazyX509Certificate;
import io.netty.internal.tcnative.CertificateVerifier;
import io.netty.internal.tcnative.SSL;
import io.netty.internal.tcnative.SSLContext;
import io.netty.util.AbstractReferenceCounted;
import io.netty.util.ReferenceCounted;
import io.netty.util.ResourceLeakDetector;
import io.netty.util.ResourceLeakDetectorFactory;
import io.netty.util.ResourceLeakTracker;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * What BoringSSL needs for the handshakes of one listener: an {@code SSL_CTX}. Session tickets are
 * encrypted with keys of its own, so that no other context takes them, and die with it.
 *
 * <p>Thread-safe. Counts references: one of who made it, and one of each connection.
 */
public final class TlsContext extends AbstractReferenceCounted {

  private static final int DEEPEST_CHAIN = 10;

  private static final ResourceLeakDetector<TlsContext> LEAKS =
      ResourceLeakDetectorFactory.instance().newResourceLeakDetector(TlsContext.class);

  private final @Nullable ResourceLeakTracker<TlsContext> leak;
  private final TlsSettings settings;
  private final long context;
  private final List<NativeKeyPair> pairs = new ArrayList<>();
  private final @Nullable ClientSessions sessions;

  /** Whom BoringSSL may call back about, by its address. */
  private final Map<Long, TlsHandler> connections = new ConcurrentHashMap<>();

  private TlsContext(TlsSettings settings) throws SSLException {
    this.settings = settings;
    sessions = settings.server() ? null : new ClientSessions(connections::get);
    try {
      context =
          SSLContext.make(
              SSL.SSL_PROTOCOL_TLSV1_2 | SSL.SSL_PROTOCOL_TLSV1_3,
              settings.server() ? SSL.SSL_MODE_SERVER : SSL.SSL_MODE_CLIENT);
    } catch (Exception e) {
      throw new SSLException("BoringSSL makes no context", e);
    }
    leak = LEAKS.track(this);
  }

  /**
   * @throws SSLException when BoringSSL refuses a setting, such as a key that it cannot use
   * @throws UnsatisfiedLinkError where {@link BoringSsl} is not available
   */
  public static TlsContext of(TlsSettings settings) throws SSLException {
    BoringSsl.load();
    TlsContext made = new TlsContext(settings);
    try {
      made.setUp();
      return made;
    } catch (Exception e) {
      made.release();
      throw e instanceof SSLException ssl ? ssl : new SSLException("a setting is refused", e);
    }
  }

  private void setUp() throws Exception {
    setVersions();
    check(SSLContext.setCurvesList(context, settings.groups().toArray(String[]::new)), "groups");
    SSLContext.setMaxCertList(context, settings.mostCertificateBytes());
    SSLContext.setUseTasks(context, settings.judgesAt() != null);
    if (!settings.alpn().isEmpty()) {
      SSLContext.setAlpnProtos(
          context, settings.alpn().toArray(String[]::new), SSL.SSL_SELECTOR_FAILURE_NO_ADVERTISE);
    }
    setJudge();
    setOwn();
    if (sessions != null) {
      SSLContext.setSSLSessionCache(context, sessions);
      SSLContext.setSessionCacheMode(
          context,
          SSL.SSL_SESS_CACHE_CLIENT
              | SSL.SSL_SESS_CACHE_NO_INTERNAL_LOOKUP
              | SSL.SSL_SESS_CACHE_NO_INTERNAL_STORE);
    } else {
      // Tickets carry the session, so that no peer can make us remember one.
      SSLContext.setSessionCacheMode(context, SSL.SSL_SESS_CACHE_OFF);
      SSLContext.setSessionIdContext(context, new byte[] {1});
    }
  }

  private void setVersions() throws Exception {
    int options =
        SSL.SSL_OP_NO_SSLv2
            | SSL.SSL_OP_NO_SSLv3
            | SSL.SSL_OP_NO_TLSv1
            | SSL.SSL_OP_NO_TLSv1_1
            | SSL.SSL_OP_CIPHER_SERVER_PREFERENCE
            | SSL.SSL_OP_NO_COMPRESSION;
    if (settings.ciphersBefore13().isEmpty()) {
      options |= SSL.SSL_OP_NO_TLSv1_2;
    } else {
      check(SSLContext.setCipherSuite(context, settings.ciphersBefore13(), false), "ciphers");
    }
    SSLContext.setOptions(context, SSLContext.getOptions(context) | options);
    SSLContext.clearOptions(context, SSL.SSL_OP_NO_TICKET);
  }

  private void setJudge() throws Exception {
    SSLContext.setCertVerifyCallback(context, new Verifier(settings.judge(), connections));
    SSLContext.setVerify(
        context,
        settings.server()
            ? switch (settings.peerCertificate()) {
              case REQUIRED -> SSL.SSL_CVERIFY_REQUIRED;
              case REQUESTED -> SSL.SSL_CVERIFY_OPTIONAL;
              case NOT_ASKED_FOR -> SSL.SSL_CVERIFY_NONE;
            }
            // A server has to show one in any case; so is a refusal told by the right alert.
            : SSL.SSL_CVERIFY_OPTIONAL,
        DEEPEST_CHAIN);
    Collection<X509Certificate> cas = settings.caNames();
    if (settings.server() && !cas.isEmpty()) {
      check(
          NativeKeyPair.read(PemText.of(cas), pem -> SSLContext.setCACertificateBio(context, pem)),
          "names of CAs");
    }
  }

  private void setOwn() throws Exception {
    for (TlsSettings.Own own : settings.own()) {
      pairs.add(NativeKeyPair.of(own.chain(), own.key()));
    }
    var choice = settings.choice();
    if (choice != null) {
      SSLContext.setCertificateCallback(
          context,
          (ssl, keyTypes, issuers) -> {
            int chosen = choice.applyAsInt(new HandshakeView(ssl, issuers));
            if (chosen >= 0) {
              pairs.get(chosen).showIn(ssl);
            } // else BoringSSL knows what to say to the peer
          });
      if (settings.staples()) {
        SSLContext.enableOcsp(context, false);
      }
    } else if (!pairs.isEmpty()) {
      pairs.get(0).showInAll(context);
    }
  }

  private static void check(boolean accepted, String what) throws SSLException {
    if (!accepted) {
      throw new SSLException(
          "BoringSSL refuses these " + what + ": " + SSL.getErrorString(SSL.getLastErrorNumber()));
    }
  }

  /** Whether there is a session of an earlier connection that another could go on with. */
  public boolean holdsSession() {
    return sessions != null && sessions.holdsAny();
  }

  boolean server() {
    return settings.server();
  }

  /** Where what a handshake waits for is done; null for its event loop. */
  @Nullable Executor judgesAt() {
    return settings.judgesAt();
  }

  boolean asksForCertificate() {
    return !settings.server()
        || settings.peerCertificate() != TlsSettings.PeerCertificate.NOT_ASKED_FOR;
  }

  /** A connection of BoringSSL, to be given back by {@link #free}. */
  long open(TlsHandler handler) {
    retain();
    try {
      long ssl = SSL.newSSL(context, settings.server());
      connections.put(ssl, handler);
      if (settings.staples()) {
        SSL.enableOcsp(ssl);
      }
      return ssl;
    } catch (RuntimeException | Error e) {
      release();
      throw e;
    }
  }

  /** Takes up a session with this endpoint again, if there is one. */
  void resume(long ssl, String host, int port) {
    if (sessions != null) {
      sessions.resume(ssl, host, port);
    }
  }

  /** A server is called back in the handshake alone. */
  void handshakeEnded(long ssl) {
    if (settings.server()) {
      connections.remove(ssl);
    }
  }

  void free(long ssl) {
    connections.remove(ssl);
    SSL.freeSSL(ssl);
    release();
  }

  @Override
  protected void deallocate() {
    if (sessions != null) {
      sessions.close();
    }
    SSLContext.free(context);
    pairs.forEach(NativeKeyPair::close);
    if (leak != null) {
      leak.close(this);
    }
  }

  @Override
  public ReferenceCounted touch(Object hint) {
    if (leak != null) {
      leak.record(hint);
    }
    return this;
  }

  /** Holds no context, which native code would then hold too. */
  private static final class Verifier extends CertificateVerifier {
    private final PeerJudge judge;
    private final Map<Long, TlsHandler> connections;

    Verifier(PeerJudge judge, Map<Long, TlsHandler> connections) {
      this.judge = judge;
      this.connections = connections;
    }

    @Override
    public int verify(long ssl, byte[][] chain, String authentication) {
      TlsHandler handler = connections.get(ssl);
      if (handler == null) {
        return X509_V_ERR_UNSPECIFIED;
      }
      X509Certificate[] sent = new X509Certificate[chain.length];
      for (int i = 0; i < chain.length; i++) {
        sent[i] = new LazyX509Certificate(chain[i]);
      }
      try {
        judge.judge(sent, handler.host());
        return X509_V_OK;
      } catch (OpenSslCertificateException e) {
        handler.refused(e);
        return e.errorCode();
      } catch (RuntimeException e) {
        handler.refused(e); // what cannot be judged is not let in
        return X509_V_ERR_UNSPECIFIED;
      }
    }
  }
}
