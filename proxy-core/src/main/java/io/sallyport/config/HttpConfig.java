package io.sallyport.config;

import java.net.InetAddress;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * What a listener does that carries HTTP: {@code http { … }}, {@code app-protocol} and {@code
 * peer-header}.
 *
 * @param appProtocol what is spoken with the application
 * @param peerHeaders by which the application learns who is calling; empty for none
 * @param xfccCert whether X-Forwarded-Client-Cert holds the peer's certificate
 * @param xfccChain whether it holds what the peer showed beside it
 * @param forwarded whether Forwarded (RFC 7239) is sent beside X-Forwarded-For
 * @param trustedHops from whom X-Forwarded-For is kept; empty for nobody
 * @param via whether Via (RFC 9110 §7.6.3) is sent
 * @param trace whether a traceparent is made for requests without one
 */
public record HttpConfig(
    AppProtocol appProtocol,
    Set<PeerHeader> peerHeaders,
    boolean xfccCert,
    boolean xfccChain,
    boolean forwarded,
    List<IpRange> trustedHops,
    boolean via,
    boolean trace,
    AccessLog accessLog,
    HttpLimits limits) {

  public HttpConfig {
    Set<PeerHeader> inOrder = EnumSet.noneOf(PeerHeader.class);
    inOrder.addAll(peerHeaders);
    peerHeaders = Collections.unmodifiableSet(inOrder);
    trustedHops = List.copyOf(trustedHops);
  }

  /** Whether what this hop says of those before it is believed. */
  public boolean trusts(InetAddress hop) {
    if (trustedHops.isEmpty()) {
      return false;
    }
    byte[] address = hop.getAddress();
    for (IpRange range : trustedHops) {
      if (range.contains(address)) {
        return true;
      }
    }
    return false;
  }

  /** {@code app-protocol}. */
  public enum AppProtocol {
    /** HTTP/1.1. */
    HTTP1,
    /** HTTP/2 without TLS, by prior knowledge (RFC 9113 §3.3). */
    H2C
  }

  /** {@code peer-header}. */
  public enum PeerHeader {
    /** X-Forwarded-Client-Cert, in Envoy's syntax. */
    XFCC,
    /** Client-Cert and Client-Cert-Chain (RFC 9440). */
    CLIENT_CERT,
    /** X-Peer-Spiffe-Id. */
    SPIFFE_ID;

    /** As it is written. */
    String word() {
      return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
  }

  /** {@code access-log}. */
  public enum AccessLog {
    OFF,
    JSON,
    /** The Common Log Format. */
    COMMON
  }
}
