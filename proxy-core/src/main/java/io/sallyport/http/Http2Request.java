package io.sallyport.http;

import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http2.Http2Headers.PseudoHeaderName;
import io.netty.util.AsciiString;
import org.jspecify.annotations.Nullable;

/**
 * The head of a request in HTTP/2, understood (RFC 9113 §8.3.1).
 *
 * @param request in the form of HTTP/1.1, with Host and without a transfer coding
 * @param head what is to be judged and passed on
 * @param length of the body, as {@link BodyLength} has it; {@link BodyLength#NOT_TOLD} where it
 *     ends with the stream
 * @param protocol that an extended CONNECT (RFC 8441) asks for, in lower case; its method has
 *     become GET, which the same is asked with in HTTP/1.1; null for all others
 */
record Http2Request(HttpRequest request, RequestHead head, long length, @Nullable String protocol) {

  /** The only one that is registered for it and that HTTP/1.1 has an upgrade for. */
  static final String WEBSOCKET = "websocket";

  private static final int METHOD = 0;
  private static final int SCHEME = 1;
  private static final int PATH = 2;
  private static final int AUTHORITY = 3;
  private static final int PROTOCOL = 4;

  private static final AsciiString[] PSEUDO_FIELDS = {
    PseudoHeaderName.METHOD.value(),
    PseudoHeaderName.SCHEME.value(),
    PseudoHeaderName.PATH.value(),
    PseudoHeaderName.AUTHORITY.value(),
    PseudoHeaderName.PROTOCOL.value()
  };

  private static final String HTTP = "http";
  private static final String HTTPS = "https";

  /**
   * @param ends whether the stream ends with this section
   * @throws Malformed for fields that no message may have
   * @throws BadRequest for what no request may be
   */
  static Http2Request of(FieldSection section, boolean ends, Http1Limits limits)
      throws Malformed, BadRequest {
    AsciiString[] pseudo = new AsciiString[PSEUDO_FIELDS.length];
    int regular = readPseudo(section, pseudo);
    checkLength(pseudo, limits);
    HttpHeaders fields = Http2Fields.read(section, regular, limits);
    HttpMethod method = method(pseudo[METHOD]);
    String protocol = protocol(method, pseudo[PROTOCOL]);
    if (HttpMethod.CONNECT.equals(method)) {
      if (protocol == null) {
        throw new BadRequest(RequestFault.CONNECT, "CONNECT");
      }
      method = HttpMethod.GET;
    }
    String scheme = required(pseudo[SCHEME], PseudoHeaderName.SCHEME).toString();
    String path = path(method, required(pseudo[PATH], PseudoHeaderName.PATH));
    setHost(fields, pseudo[AUTHORITY], scheme);
    RequestHead head = RequestHead.of(method, path, fields);
    long length = length(fields, ends || protocol != null);
    // Without a check: both were judged already.
    HttpRequest request = new DefaultHttpRequest(HttpVersion.HTTP_1_1, method, path, fields, false);
    return new Http2Request(request, head, length, protocol);
  }

  /**
   * @return where the regular fields begin
   */
  private static int readPseudo(FieldSection section, AsciiString[] into) throws Malformed {
    int i = 0;
    while (i < section.size() && section.isPseudo(i)) {
      AsciiString name = section.name(i);
      int which = 0;
      while (which < PSEUDO_FIELDS.length && !PSEUDO_FIELDS[which].equals(name)) {
        which++;
      }
      if (which == PSEUDO_FIELDS.length || into[which] != null) {
        throw new Malformed(Flaw.PSEUDO_FIELD, Excerpt.of(name));
      }
      into[which] = section.value(i);
      i++;
    }
    return i;
  }

  /** As if it were a request line. */
  private static void checkLength(@Nullable AsciiString[] pseudo, Http1Limits limits)
      throws BadRequest {
    long bytes = 0;
    for (AsciiString value : pseudo) {
      bytes += value == null ? 0 : value.length();
    }
    if (bytes > limits.maxRequestLineBytes()) {
      throw new BadRequest(
          RequestFault.REQUEST_LINE_TOO_LONG, "more than " + limits.maxRequestLineBytes());
    }
  }

  private static AsciiString required(@Nullable AsciiString value, PseudoHeaderName name)
      throws Malformed {
    if (value == null) {
      throw new Malformed(Flaw.PSEUDO_FIELD, "no " + name.value());
    }
    return value;
  }

  private static HttpMethod method(@Nullable AsciiString sent) throws Malformed, BadRequest {
    AsciiString method = required(sent, PseudoHeaderName.METHOD);
    boolean token = !method.isEmpty();
    for (int i = 0; i < method.length() && token; i++) {
      token = Octets.isToken(method.byteAt(i));
    }
    if (!token) {
      throw new BadRequest(RequestFault.METHOD, Excerpt.of(method));
    }
    return HttpMethod.valueOf(method.toString());
  }

  private static @Nullable String protocol(HttpMethod method, @Nullable AsciiString sent)
      throws Malformed, BadRequest {
    if (sent == null) {
      return null;
    }
    if (!HttpMethod.CONNECT.equals(method)) {
      throw new Malformed(Flaw.PSEUDO_FIELD, "the protocol of a request that is no CONNECT");
    }
    if (!sent.contentEqualsIgnoreCase(WEBSOCKET)) {
      throw new BadRequest(RequestFault.CONNECT, Excerpt.of(sent));
    }
    return WEBSOCKET;
  }

  /** Of the origin form, or for OPTIONS the asterisk form: an absolute one is nobody's here. */
  private static String path(HttpMethod method, AsciiString sent) throws BadRequest {
    boolean valid =
        !sent.isEmpty()
            && (sent.byteAt(0) == '/'
                || (sent.contentEquals("*") && HttpMethod.OPTIONS.equals(method)));
    if (!valid) {
      throw new BadRequest(RequestFault.TARGET, Excerpt.of(sent));
    }
    return sent.toString();
  }

  /** Leaves one Host, with which the authority agrees where there is one. */
  private static void setHost(HttpHeaders fields, @Nullable AsciiString sent, String scheme)
      throws BadRequest {
    boolean plain = scheme.equalsIgnoreCase(HTTP);
    if (!plain && !scheme.equalsIgnoreCase(HTTPS)) {
      throw new BadRequest(RequestFault.TARGET, Excerpt.of(scheme));
    }
    if (sent == null) {
      return; // then there has to be a Host, as in HTTP/1.1
    }
    Authority authority = Authority.of(sent.toString());
    if (!fields.contains(HttpHeaderNames.HOST)) {
      fields.set(HttpHeaderNames.HOST, authority.text());
      return;
    }
    Authority host = RequestHead.onlyHost(fields);
    if (!authority.agreesWith(host, plain ? "80" : "443")) {
      throw new BadRequest(
          RequestFault.HOST_MISMATCH,
          Excerpt.of(authority.text()) + " and " + Excerpt.of(host.text()));
    }
  }

  /**
   * @param bodiless what follows a CONNECT is none (RFC 9110 §9.3.6): who was told of one would
   *     wait for it, and take the begin of the next request for it
   */
  private static long length(HttpHeaders fields, boolean bodiless) throws Malformed {
    long told = BodyLength.of(fields, true);
    if (bodiless && told > 0) {
      throw new Malformed(Flaw.CONTENT_LENGTH, "a length of " + told + ", and no body");
    }
    return bodiless ? 0 : told;
  }
}
