package io.sallyport.http;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.util.AsciiString;
import io.sallyport.config.HttpConfig;
import io.sallyport.config.OutboundHttpConfig;
import io.sallyport.policy.Peer;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.security.cert.X509Certificate;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What becomes of the fields of requests and responses on their way through one connection: those
 * that were meant for this hop end here, and who is calling is told by us alone, or by TLS.
 * Immutable.
 */
public final class Rewriting {

  private static final AsciiString VIA_HTTP_1_0 = AsciiString.cached("1.0 sallyport");
  private static final AsciiString VIA_HTTP_1_1 = AsciiString.cached("1.1 sallyport");
  private static final AsciiString VIA_HTTP_2 = AsciiString.cached("2.0 sallyport");

  /** By which many frameworks take a request for one with another method than was judged. */
  private static final FieldNames OTHER_METHODS =
      FieldNames.of("x-http-method-override", "x-http-method", "x-method-override");

  private final CallerFields caller;
  private final @Nullable Forwarded forwarded;
  private final boolean via;
  private final boolean trace;

  private Rewriting(
      CallerFields caller, @Nullable Forwarded forwarded, boolean via, boolean trace) {
    this.caller = caller;
    this.forwarded = forwarded;
    this.via = via;
    this.trace = trace;
  }

  /**
   * @param peer null for one without a certificate
   * @param chain what the peer showed, its own certificate first
   * @param own the certificate that the peer was shown
   * @param remote where the peer is
   * @param local where it came in
   */
  public static Rewriting of(
      HttpConfig config,
      @Nullable Peer peer,
      List<X509Certificate> chain,
      @Nullable X509Certificate own,
      SocketAddress remote,
      SocketAddress local) {
    CallerFields.Wanted wanted =
        new CallerFields.Wanted(config.peerHeaders(), config.xfccCert(), config.xfccChain());
    int port = local instanceof InetSocketAddress inet ? inet.getPort() : 0;
    return new Rewriting(
        CallerFields.of(wanted, peer, chain, own),
        Forwarded.of(remote, port, config.forwarded(), config::trusts),
        config.via(),
        config.trace());
  }

  /**
   * From our application to peers. What it says of those who have asked it before (X-Forwarded-For
   * and the like) is its own to say. Who it is itself the handshake says: that of its callers which
   * an application hands on with all other fields must not be taken for it further on.
   */
  public static Rewriting toPeers(OutboundHttpConfig config) {
    return new Rewriting(CallerFields.NONE, null, config.via(), config.trace());
  }

  /**
   * @param methodCounts whether the request may be made because of its method
   * @param version in which it came
   */
  void request(RequestHead head, HttpHeaders fields, boolean methodCounts, HttpVersion version) {
    if (methodCounts) {
      OTHER_METHODS.removeFrom(fields);
    }
    HopByHop.removeFrom(fields);
    caller.replaceIn(fields);
    if (forwarded != null) {
      forwarded.replaceIn(fields, head.authority());
    }
    TraceContext.carryOn(fields, trace);
    RequestId.keepOrMake(fields);
    addVia(fields, version);
  }

  /** RFC 9110 §7.6.3. */
  private void addVia(HttpHeaders fields, HttpVersion received) {
    if (!via) {
      return;
    }
    AsciiString ofHttp1 = received.equals(HttpVersion.HTTP_1_0) ? VIA_HTTP_1_0 : VIA_HTTP_1_1;
    fields.add(HttpHeaderNames.VIA, received.equals(Http2Fields.VERSION) ? VIA_HTTP_2 : ofHttp1);
  }

  void requestTrailers(HttpHeaders trailers) {
    if (!trailers.isEmpty()) {
      OTHER_METHODS.removeFrom(trailers);
      HopByHop.removeFrom(trailers);
      CallerFields.removeFrom(trailers);
      if (forwarded != null) {
        Forwarded.removeFrom(trailers);
      }
    }
  }

  /**
   * @param head whose version is still the one in which it came
   */
  void response(HttpResponse head) {
    HopByHop.removeFrom(head.headers());
    addVia(head.headers(), head.protocolVersion());
  }

  void responseTrailers(HttpHeaders trailers) {
    if (!trailers.isEmpty()) {
      HopByHop.removeFrom(trailers);
    }
  }
}
