package io.sallyport.policy;

/**
 * What a request asks for, as far as rules judge it.
 *
 * @param method as sent, for it has case (RFC 9110 §9.1)
 * @param host of the request's authority, without the port; a dot at its end, which makes it
 *     absolute, is no part of the name. Empty where there is none.
 * @param path as sent, without the query; {@code *} for the asterisk form (RFC 9112 §3.2.4), and
 *     {@code /} for the empty path of an absolute form
 */
public record Asked(String method, String host, String path) {}
