package io.sallyport.http;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.util.AsciiString;
import java.util.HashSet;
import java.util.Iterator;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The fields that are meant for one connection and end with it (RFC 9110 §7.6.1). They are removed
 * from requests and responses alike, before anything of ours is added.
 *
 * <p>{@code Proxy-Authorization}, {@code Proxy-Authenticate} and {@code Proxy-Authentication-Info}
 * are among them: they are for the next proxy alone (RFC 9110 §11.7), we ask for no such
 * credentials, and what stands behind us is no proxy that shares ours. {@code Trailer} is not: it
 * describes the message (RFC 9110 §6.6.2), and trailers are carried on. {@code HTTP2-Settings}
 * would let an application change to HTTP/2 behind our back.
 */
final class HopByHop {

  private static final FieldNames ALWAYS =
      FieldNames.of(
          "close", // reserved (RFC 9112 §9.6), since it stands in Connection as if it were a field
          "connection",
          "http2-settings",
          "keep-alive",
          "proxy-authenticate",
          "proxy-authentication-info",
          "proxy-authorization",
          "proxy-connection",
          "te",
          "transfer-encoding",
          "upgrade");

  /**
   * What frames, routes or describes a message, what says for whom it is, and what proxies add: RFC
   * 9110 §7.6.1 forbids to name such in Connection. Where it is done all the same, then so that
   * somebody further on misses what he relies on.
   */
  private static final FieldNames NEVER_BY_CONNECTION =
      FieldNames.of(
          "authorization",
          "cache-control",
          "client-cert",
          "client-cert-chain",
          "content-encoding",
          "content-length",
          "content-range",
          "content-type",
          "cookie",
          "date",
          "expect",
          "forwarded",
          "host",
          "location",
          "origin",
          "proxy-status",
          "set-cookie",
          "trailer",
          "traceparent",
          "tracestate",
          "vary",
          "via",
          "www-authenticate",
          "x-forwarded-client-cert",
          "x-forwarded-for",
          "x-forwarded-host",
          "x-forwarded-port",
          "x-forwarded-proto",
          "x-peer-spiffe-id",
          "x-request-id");

  private HopByHop() {}

  /**
   * Removes them, those that Connection names and those that only look like a field which
   * Connection may not name ({@code Content_Length}). Of TE the word {@code trailers} stays, which
   * gRPC asks for; who sends that over HTTP/1.1 names TE in a Connection field of his own (RFC 9110
   * §10.1.4).
   */
  static void removeFrom(HttpHeaders headers) {
    boolean trailers = headers.containsValue(HttpHeaderNames.TE, HttpHeaderValues.TRAILERS, true);
    Set<String> named = namedByConnection(headers);
    FieldNames.removeIf(
        headers,
        name ->
            ALWAYS.contains(name)
                || NEVER_BY_CONNECTION.containsMisspelt(name)
                || (!named.isEmpty() && named.contains(lowerCase(name))));
    if (trailers) {
      headers.set(HttpHeaderNames.TE, HttpHeaderValues.TRAILERS);
    }
  }

  /**
   * The protocol that an HTTP/1.1 client asks to change to, in lower case; null where it does not,
   * or does so without naming Upgrade in Connection (RFC 9110 §7.8), or leaves a choice, which the
   * application would make unseen. Null also for other kinds of HTTP and for TLS: more requests
   * would follow, and nobody would judge them. To be asked before {@link #removeFrom}.
   */
  static @Nullable String upgrade(HttpHeaders headers) {
    Iterator<? extends CharSequence> values =
        headers.valueCharSequenceIterator(HttpHeaderNames.UPGRADE);
    if (!values.hasNext()
        || !headers.containsValue(HttpHeaderNames.CONNECTION, HttpHeaderValues.UPGRADE, true)) {
      return null;
    }
    CharSequence value = values.next();
    if (values.hasNext() || !isOneProtocol(value)) {
      return null;
    }
    String protocol = lowerCase(value);
    return protocol.startsWith("h2") || protocol.startsWith("http") || protocol.startsWith("tls")
        ? null
        : protocol;
  }

  private static Set<String> namedByConnection(HttpHeaders headers) {
    Set<String> named = Set.of();
    for (Iterator<? extends CharSequence> values =
            headers.valueCharSequenceIterator(HttpHeaderNames.CONNECTION);
        values.hasNext(); ) {
      CharSequence value = values.next();
      for (int from = 0, to; from <= value.length(); from = to + 1) {
        to = AsciiString.indexOf(value, ',', from);
        to = to < 0 ? value.length() : to;
        int start = from;
        int end = to;
        while (start < end && isBlank(value.charAt(start))) {
          start++;
        }
        while (start < end && isBlank(value.charAt(end - 1))) {
          end--;
        }
        if (start < end
            && !ALWAYS.contains(value, start, end)
            && !NEVER_BY_CONNECTION.contains(value, start, end)) {
          named = named.isEmpty() ? new HashSet<>() : named;
          named.add(lowerCase(value.subSequence(start, end)));
        }
      }
    }
    return named;
  }

  private static boolean isOneProtocol(CharSequence value) {
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      if (c <= ' ' || c >= 0x7f || c == ',') {
        return false;
      }
    }
    return value.length() > 0;
  }

  private static boolean isBlank(char c) {
    return c == ' ' || c == '\t';
  }

  private static String lowerCase(CharSequence name) {
    return name.toString().toLowerCase(Locale.ROOT);
  }
}
