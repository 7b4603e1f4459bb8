package io.sallyport.cli;

import io.sallyport.config.Address;
import io.sallyport.config.Addresses;
import io.sallyport.config.Malformed;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSession;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedKeyManager;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/**
 * One handshake with a server, for looking at it: it trusts whom it meets, sends nothing, and tells
 * what was settled and whether the CAs that were named vouch for it.
 */
final class ServerInspection {

  private static final int TIMEOUT_MILLIS = 10_000;

  private final String target;
  private final @Nullable String serverName;
  private final @Nullable Path cacert;
  private final @Nullable Path cert;
  private final @Nullable Path key;
  private final List<String> alpn;

  ServerInspection(
      String target,
      @Nullable String serverName,
      @Nullable Path cacert,
      @Nullable Path cert,
      @Nullable Path key,
      List<String> alpn) {
    this.target = target;
    this.serverName = serverName;
    this.cacert = cacert;
    this.cert = cert;
    this.key = key;
    this.alpn = alpn;
  }

  void print(PrintWriter out) throws CommandFailed {
    Address.Tcp address = address();
    Shown own = own();
    try (Socket plain = new Socket()) {
      plain.connect(new InetSocketAddress(address.host(), address.port()), TIMEOUT_MILLIS);
      plain.setSoTimeout(TIMEOUT_MILLIS);
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(new KeyManager[] {own}, new TrustManager[] {new TrustForLooking()}, null);
      try (SSLSocket tls =
          (SSLSocket)
              context
                  .getSocketFactory()
                  .createSocket(plain, address.host(), address.port(), true)) {
        offer(tls, address.host());
        tls.startHandshake();
        print(tls, own, out);
      }
    } catch (IOException e) {
      throw CommandFailed.failed(
          target, String.valueOf(e.getMessage()), "see that a TLS server listens there");
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this JDK has no TLS", e);
    }
  }

  private Address.Tcp address() throws CommandFailed {
    try {
      if (Addresses.target(target) instanceof Address.Tcp tcp) {
        return tcp;
      }
    } catch (Malformed e) {
      throw CommandFailed.invalid(target, "is not HOST:PORT", "write it as app:8443");
    }
    throw CommandFailed.invalid(target, "is not HOST:PORT", "write it as app:8443");
  }

  private void offer(SSLSocket tls, String host) {
    SSLParameters parameters = tls.getSSLParameters();
    String name = serverName == null ? host : serverName;
    if (!name.matches("[0-9.]+|.*:.*")) {
      parameters.setServerNames(List.of(new SNIHostName(name)));
    }
    parameters.setApplicationProtocols(alpn.toArray(String[]::new));
    tls.setSSLParameters(parameters);
  }

  private void print(SSLSocket tls, Shown own, PrintWriter out) throws IOException, CommandFailed {
    SSLSession session = tls.getSession();
    out.println("version      " + session.getProtocol());
    out.println("cipher       " + session.getCipherSuite());
    String protocol = tls.getApplicationProtocol();
    out.println("alpn         " + (protocol == null || protocol.isEmpty() ? "none" : protocol));
    out.println("client cert  " + (own.asked ? "asked for" : "not asked for"));
    List<X509Certificate> chain = new ArrayList<>();
    for (Certificate each : session.getPeerCertificates()) {
      chain.add((X509Certificate) each);
    }
    CertificateReport.print(chain, cacert, out);
  }

  private Shown own() throws CommandFailed {
    if (cert == null && key == null) {
      return new Shown(null, List.of());
    }
    if (cert == null || key == null) {
      throw CommandFailed.invalid(
          cert == null ? "--key" : "--cert", "given without the other", "give --cert and --key");
    }
    List<X509Certificate> chain = PemChain.read("--cert", cert);
    return new Shown(PemChain.key(key, chain.get(0)), chain);
  }

  /** Notes whether it was asked, and shows what there is. */
  private static final class Shown extends X509ExtendedKeyManager {
    private final @Nullable PrivateKey key;
    private final List<X509Certificate> chain;
    private boolean asked;

    Shown(@Nullable PrivateKey key, List<X509Certificate> chain) {
      this.key = key;
      this.chain = chain;
    }

    @Override
    public @Nullable String chooseClientAlias(
        String[] types, Principal @Nullable [] issuers, @Nullable Socket socket) {
      asked = true;
      return key == null ? null : "own";
    }

    @Override
    public X509Certificate[] getCertificateChain(String alias) {
      return chain.toArray(X509Certificate[]::new);
    }

    @Override
    public @Nullable PrivateKey getPrivateKey(String alias) {
      return key;
    }

    @Override
    public String[] getClientAliases(String type, Principal @Nullable [] issuers) {
      return new String[] {"own"};
    }

    @Override
    public String[] getServerAliases(String type, Principal @Nullable [] issuers) {
      return new String[0];
    }

    @Override
    public @Nullable String chooseServerAlias(
        String type, Principal @Nullable [] issuers, @Nullable Socket socket) {
      return null;
    }
  }

  /** Looks at anybody: nothing is sent to whom it meets, and the judgement is printed. */
  private static final class TrustForLooking extends X509ExtendedTrustManager {
    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type) {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }
}
