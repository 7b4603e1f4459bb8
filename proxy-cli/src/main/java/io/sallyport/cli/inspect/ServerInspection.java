package io.sallyport.cli.inspect;

import io.netty.util.NetUtil;
import io.sallyport.cli.CommandFailed;
import io.sallyport.config.Address;
import io.sallyport.config.Allow;
import io.sallyport.config.Origins;
import io.sallyport.policy.AllowRules;
import io.sallyport.policy.Peer;
import io.sallyport.policy.Verdict;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SNIServerName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSession;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import org.jspecify.annotations.Nullable;

/**
 * One handshake with a server, and what it tells. Runs on the JDK's engine, which says more of what
 * it sees than BoringSSL's does, but not the group of the key exchange.
 *
 * @param serverName for SNI and for comparing with the certificate
 * @param alpn protocols to offer
 * @param cas who may vouch for the server; empty to leave that open
 */
public record ServerInspection(
    Address.Tcp server,
    String serverName,
    List<String> alpn,
    List<X509Certificate> cas,
    @Nullable ClientIdentity identity) {

  private static final int CONNECT_MILLIS = 5_000;

  /** In TLS 1.3 a server refuses a certificate only after the client has finished. */
  private static final int REFUSAL_MILLIS = 500;

  /** RFC 7301 §3.1: the length of a protocol's name is one byte. */
  private static final int LONGEST_ALPN = 255;

  public ServerInspection {
    alpn = List.copyOf(alpn);
    cas = List.copyOf(cas);
  }

  /** Reads the files that the flags name. */
  public static ServerInspection of(
      Address.Tcp server,
      @Nullable String serverName,
      List<String> alpn,
      @Nullable Path cas,
      @Nullable Path certificate,
      @Nullable Path key)
      throws CommandFailed {
    if ((certificate == null) != (key == null)) {
      throw CommandFailed.invalid(
          certificate == null ? "--cert" : "--key", "missing", "give --cert and --key, or neither");
    }
    if (alpn.stream().anyMatch(name -> name.isEmpty() || name.length() > LONGEST_ALPN)) {
      throw CommandFailed.invalid(
          "--alpn",
          "the name of a protocol has 1 to " + LONGEST_ALPN + " characters",
          "write such as h2,http/1.1");
    }
    return new ServerInspection(
        server,
        serverName == null ? server.host() : serverName,
        alpn,
        cas == null ? List.of() : Certificates.read(cas),
        certificate == null || key == null ? null : ClientIdentity.read(certificate, key));
  }

  /** Connects, looks and hangs up. */
  public Report run(Instant now) throws CommandFailed {
    List<SNIServerName> names = sni();
    RecordingKeyManager keys = new RecordingKeyManager(identity);
    TrustAnyoneToInspect trust = new TrustAnyoneToInspect();
    try (Socket tcp = new Socket()) {
      tcp.connect(new InetSocketAddress(server.host(), server.port()), CONNECT_MILLIS);
      tcp.setSoTimeout(CONNECT_MILLIS);
      SSLSocket tls =
          (SSLSocket)
              context(keys, trust)
                  .getSocketFactory()
                  .createSocket(tcp, server.host(), server.port(), true);
      prepare(tls, names);
      Report report = new Report();
      report.put("server", server.toString());
      shakeHands(tls, trust, report);
      report.put("client certificate", clientCertificate(keys));
      describe(report, trust.chain(), now);
      return report;
    } catch (UnknownHostException e) {
      throw CommandFailed.failed(server.toString(), "no such host", "check the name");
    } catch (SSLException e) {
      throw CommandFailed.failed(
          server.toString(),
          "no handshake: " + e.getMessage(),
          "check that TLS 1.2 or 1.3 is spoken there");
    } catch (IOException e) {
      String why = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
      throw CommandFailed.failed(server.toString(), why, "check host and port");
    }
  }

  private static SSLContext context(KeyManager keys, TrustManager trust) {
    try {
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(new KeyManager[] {keys}, new TrustManager[] {trust}, null);
      return context;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every JDK has TLS", e);
    }
  }

  /** None for an IP address, which SNI has no room for. */
  private List<SNIServerName> sni() throws CommandFailed {
    if (NetUtil.isValidIpV4Address(serverName) || NetUtil.isValidIpV6Address(serverName)) {
      return List.of();
    }
    try {
      return List.of(new SNIHostName(serverName));
    } catch (IllegalArgumentException e) {
      throw CommandFailed.invalid(
          "--servername",
          "\"" + serverName + "\" is not a host name",
          "write such as web.internal, or an IP address");
    }
  }

  private void prepare(SSLSocket tls, List<SNIServerName> names) {
    SSLParameters parameters = tls.getSSLParameters();
    parameters.setServerNames(names);
    parameters.setApplicationProtocols(alpn.toArray(String[]::new));
    tls.setSSLParameters(parameters);
  }

  /** Fails when the server did not come so far as to show a certificate. */
  private static void shakeHands(SSLSocket tls, TrustAnyoneToInspect trust, Report report)
      throws IOException {
    try {
      tls.startHandshake();
    } catch (SSLException e) {
      if (trust.chain().isEmpty()) {
        throw e;
      }
      report.put("handshake", "failed: " + e.getMessage());
      return;
    }
    SSLSession session = tls.getSession();
    String protocol = tls.getApplicationProtocol();
    report.put("version", session.getProtocol());
    report.put("cipher", session.getCipherSuite());
    report.put("alpn", protocol == null || protocol.isEmpty() ? "none" : protocol);
    report.put("handshake", afterHandshake(tls));
  }

  /** With TLS 1.3 a server may still refuse us when we are done. */
  private static String afterHandshake(SSLSocket tls) throws IOException {
    tls.setSoTimeout(REFUSAL_MILLIS);
    try {
      // Most protocols have the client speak first, so that only a refusal comes here.
      return tls.getInputStream().read() < 0 ? "done, then closed by the server" : "done";
    } catch (SocketTimeoutException e) {
      return "done";
    } catch (SSLException e) {
      return "done, then refused by the server: " + e.getMessage();
    } catch (SocketException e) {
      return "done, then reset by the server";
    }
  }

  private String clientCertificate(RecordingKeyManager keys) {
    List<String> acceptedCas = keys.acceptedCas();
    if (acceptedCas == null) {
      return "not asked for";
    }
    return "asked for, "
        + (identity == null ? "none shown" : "shown")
        + (acceptedCas.isEmpty() ? "" : "; accepted from " + String.join("; ", acceptedCas));
  }

  private void describe(Report report, List<X509Certificate> chain, Instant now) {
    boolean matches =
        AllowRules.compile(new Allow.HostName(), Origins.NONE, new ArrayList<>())
                .judge(Peer.of(chain.get(0)), serverName)
            instanceof Verdict.Allowed;
    report.put("host name", serverName + (matches ? " matches" : " does not match"));
    report.put("vouched for by", cas.isEmpty() ? "unknown, give --cacert" : Voucher.of(chain, cas));
    report.chain(CertificateReport.of(chain, now));
  }
}
