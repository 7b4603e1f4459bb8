package io.sallyport.http;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.util.AsciiString;
import java.util.Iterator;

/**
 * What a request asks for, as it was understood; what is judged, and what is written to the
 * application. Of the forms of RFC 9112 §3.2 the absolute one has become a Host and the origin
 * form.
 *
 * @param method as sent; any token but CONNECT
 * @param authority for Host: a host in lower case (an IPv6 address in brackets), and {@code :port}
 *     if one was sent, also if it is the default one
 * @param target path and query exactly as sent, of visible ASCII and without {@code #}, its
 *     percent-encodings not looked at; or {@code *} for OPTIONS
 */
public record RequestHead(HttpMethod method, String authority, String target) {

  private static final String ANY_RESOURCE = "*";
  private static final String HTTP = "http://";
  private static final String HTTPS = "https://";

  /**
   * Understands a request whose start line and field lines are well formed. HTTP/1.0 without Host
   * is refused as well: what goes to the application names a host, and none would be made up here,
   * which rules about hosts then judge.
   *
   * @throws BadRequest with {@link RequestFault#CONNECT}, {@link RequestFault#TARGET}, {@link
   *     RequestFault#EXPECTATION} or one of those about hosts
   */
  static RequestHead of(HttpMethod method, String uri, HttpHeaders headers) throws BadRequest {
    if (HttpMethod.CONNECT.equals(method)) {
      throw new BadRequest(RequestFault.CONNECT, Excerpt.of(uri));
    }
    checkCharacters(uri);
    checkExpectation(headers);
    Authority host = onlyHost(headers);
    if (uri.startsWith("/")) {
      return new RequestHead(method, host.text(), uri);
    }
    if (uri.equals(ANY_RESOURCE) && HttpMethod.OPTIONS.equals(method)) {
      return new RequestHead(method, host.text(), ANY_RESOURCE);
    }
    if (uri.regionMatches(true, 0, HTTP, 0, HTTP.length())) {
      return absolute(method, uri, HTTP.length(), "80", host);
    }
    if (uri.regionMatches(true, 0, HTTPS, 0, HTTPS.length())) {
      return absolute(method, uri, HTTPS.length(), "443", host);
    }
    throw new BadRequest(RequestFault.TARGET, Excerpt.of(uri));
  }

  /** For those who need not know Netty's. */
  public String methodName() {
    return method.name();
  }

  /** The target without its query. */
  public String path() {
    int query = target.indexOf('?');
    return query < 0 ? target : target.substring(0, query);
  }

  /** What follows the path; empty where nothing does. */
  String query() {
    int query = target.indexOf('?');
    return query < 0 ? "" : target.substring(query + 1);
  }

  /** The same request to another authority, in the form that Host has. */
  public RequestHead to(String other) {
    return new RequestHead(method, other, target);
  }

  /** The authority without its port; an IPv6 address stays in brackets. */
  public String host() {
    int colon = authority.lastIndexOf(':');
    return colon > authority.lastIndexOf(']') ? authority.substring(0, colon) : authority;
  }

  private static RequestHead absolute(
      HttpMethod method, String uri, int start, String defaultPort, Authority host)
      throws BadRequest {
    int end = start;
    while (end < uri.length() && uri.charAt(end) != '/' && uri.charAt(end) != '?') {
      end++;
    }
    Authority authority = Authority.of(uri.substring(start, end));
    if (!authority.agreesWith(host, defaultPort)) {
      throw new BadRequest(
          RequestFault.HOST_MISMATCH,
          Excerpt.of(authority.text()) + " and " + Excerpt.of(host.text()));
    }
    return new RequestHead(method, authority.text(), originForm(method, uri.substring(end)));
  }

  /** RFC 9112 §3.2.1 and §3.2.4, for a URI without a path. */
  private static String originForm(HttpMethod method, String pathAndQuery) {
    if (pathAndQuery.isEmpty()) {
      return HttpMethod.OPTIONS.equals(method) ? ANY_RESOURCE : "/";
    }
    return pathAndQuery.startsWith("?") ? "/" + pathAndQuery : pathAndQuery;
  }

  private static void checkCharacters(String uri) throws BadRequest {
    for (int i = 0; i < uri.length(); i++) {
      char c = uri.charAt(i);
      if (c <= ' ' || c >= 0x7f || c == '#') {
        throw new BadRequest(RequestFault.TARGET, Excerpt.of(uri));
      }
    }
  }

  private static void checkExpectation(HttpHeaders headers) throws BadRequest {
    Iterator<? extends CharSequence> values =
        headers.valueCharSequenceIterator(HttpHeaderNames.EXPECT);
    if (!values.hasNext()) {
      return;
    }
    CharSequence value = values.next();
    if (values.hasNext()
        || !AsciiString.contentEqualsIgnoreCase(value, HttpHeaderValues.CONTINUE)) {
      throw new BadRequest(RequestFault.EXPECTATION, Excerpt.of(value));
    }
  }

  static Authority onlyHost(HttpHeaders headers) throws BadRequest {
    Iterator<? extends CharSequence> values =
        headers.valueCharSequenceIterator(HttpHeaderNames.HOST);
    if (!values.hasNext()) {
      throw new BadRequest(RequestFault.HOST_MISSING, "no Host");
    }
    String value = values.next().toString();
    if (values.hasNext()) {
      throw new BadRequest(RequestFault.HOST_REPEATED, "more than one Host");
    }
    return Authority.of(value);
  }
}
