package io.sallyport.http;

import io.netty.handler.codec.http.HttpHeaders;
import io.netty.util.AsciiString;
import io.sallyport.config.HttpConfig.PeerHeader;
import io.sallyport.policy.Peer;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What the application is told of who is calling. It is told by this proxy alone: fields of this
 * sort that arrive from outside are removed from every request, whoever sent it and whatever is to
 * be told. One for each connection, made when its handshake is done; immutable.
 *
 * <p>Removed, in any spelling that {@link FieldNames} knows, are ours and those of other proxies,
 * since an application may have stood behind one before: {@code X-Client-Cert*}, {@code
 * X-ARR-ClientCert}, {@code X-SSL-Cert}, {@code X-SSL-Client-*}, {@code SSL-Client-*} and {@code
 * X-Forwarded-Tls-Client-Cert*}. Refusing such a request would let one hop that adds them too cut
 * everybody off.
 *
 * <p>The names told take up to 12 KiB. Certificates are told up to 15 KiB of DER in all, which is
 * what a peer may send: up to 21 KiB in base64. URL-encoded they come to some 23, and to 63 where
 * somebody made them for the purpose, once for Cert and once for Chain. Few servers take such
 * fields unless they are told to.
 */
final class CallerFields {

  /**
   * What a listener's settings ask for.
   *
   * @param certificate whether {@link PeerHeader#XFCC} has the certificate itself
   * @param chain whether {@link PeerHeader#XFCC} and {@link PeerHeader#CLIENT_CERT} have the chain
   *     (RFC 9440 §2.4: "if so configured")
   */
  record Wanted(Set<PeerHeader> kinds, boolean certificate, boolean chain) {
    Wanted {
      kinds = Set.copyOf(kinds);
    }
  }

  private record Field(AsciiString name, AsciiString value) {}

  private static final int MOST_CERTIFICATE_BYTES = 15 * 1024;

  private static final AsciiString XFCC = AsciiString.cached("x-forwarded-client-cert");
  private static final AsciiString CLIENT_CERT = AsciiString.cached("client-cert");
  private static final AsciiString CLIENT_CERT_CHAIN = AsciiString.cached("client-cert-chain");
  private static final AsciiString SPIFFE_ID = AsciiString.cached("x-peer-spiffe-id");

  private static final FieldNames FROM_OUTSIDE =
      FieldNames.of(
          "client-cert",
          "client-cert-chain",
          "ssl-client-*",
          "x-arr-clientcert",
          "x-client-cert*",
          "x-forwarded-client-cert",
          "x-forwarded-tls-client-cert*",
          "x-peer-spiffe-id",
          "x-ssl-cert",
          "x-ssl-client-*");

  /** Tells nothing. */
  static final CallerFields NONE = new CallerFields(List.of());

  private final List<Field> ours;

  private CallerFields(List<Field> ours) {
    this.ours = List.copyOf(ours);
  }

  /**
   * @param peer who it is as far as that counts on this listener: where an ID stands alone, no
   *     other name is told. A certificate that is told whole says all that is in it. Null without
   *     one
   * @param chain what the peer showed, proven, its own certificate first; empty without one
   * @param own our certificate, for By; null where that is not known
   */
  static CallerFields of(
      Wanted wanted,
      @Nullable Peer peer,
      List<X509Certificate> chain,
      @Nullable X509Certificate own) {
    List<Field> ours = new ArrayList<>(4);
    if (peer != null && !chain.isEmpty() && !wanted.kinds().isEmpty()) {
      List<byte[]> encoded = chain.stream().map(CallerFields::encoded).toList();
      byte[] leaf = encoded.get(0);
      if (encoded.stream().mapToInt(each -> each.length).sum() > MOST_CERTIFICATE_BYTES) {
        encoded = List.of();
      }
      if (wanted.kinds().contains(PeerHeader.XFCC)) {
        ours.add(new Field(XFCC, forwarded(wanted, own, peer, leaf, encoded)));
      }
      if (wanted.kinds().contains(PeerHeader.CLIENT_CERT)) {
        addClientCert(ours, encoded, wanted.chain());
      }
      if (wanted.kinds().contains(PeerHeader.SPIFFE_ID)) {
        peer.spiffeId().ifPresent(id -> ours.add(new Field(SPIFFE_ID, AsciiString.of(id))));
      }
    }
    return new CallerFields(ours);
  }

  /** Removes what arrived from outside, for where nothing is to be told: trailers among it. */
  static void removeFrom(HttpHeaders headers) {
    FROM_OUTSIDE.removeFrom(headers);
  }

  /** Puts ours in the place of what arrived from outside. */
  void replaceIn(HttpHeaders headers) {
    removeFrom(headers);
    for (Field field : ours) {
      headers.add(field.name(), field.value());
    }
  }

  private static AsciiString forwarded(
      Wanted wanted, @Nullable X509Certificate own, Peer peer, byte[] leaf, List<byte[]> encoded) {
    return ForwardedClientCert.of(
        own == null ? null : Peer.of(own),
        peer,
        leaf,
        wanted.certificate() && !encoded.isEmpty(),
        wanted.chain() ? encoded : List.of());
  }

  private static void addClientCert(List<Field> ours, List<byte[]> encoded, boolean chain) {
    if (encoded.isEmpty()) {
      return;
    }
    ours.add(new Field(CLIENT_CERT, byteSequences(encoded.subList(0, 1))));
    if (chain && encoded.size() > 1) {
      ours.add(new Field(CLIENT_CERT_CHAIN, byteSequences(encoded.subList(1, encoded.size()))));
    }
  }

  /** A list of them (RFC 8941 §3.1, §3.3.5). */
  private static AsciiString byteSequences(List<byte[]> all) {
    StringBuilder out = new StringBuilder();
    for (byte[] each : all) {
      out.append(out.isEmpty() ? ":" : ", :");
      out.append(Base64.getEncoder().encodeToString(each)).append(':');
    }
    return AsciiString.of(out);
  }

  private static byte[] encoded(X509Certificate certificate) {
    try {
      return certificate.getEncoded();
    } catch (CertificateEncodingException e) {
      throw new IllegalStateException("a proven certificate cannot be encoded", e);
    }
  }
}
