package io.sallyport.config;

import java.time.Duration;

/**
 * Limits and deadlines of requests. Zero turns off what can be off, as the field says.
 *
 * @param maxRequestLineBytes of a request line
 * @param maxHeaderBytes of a head's fields together, names and values; of a trailer section too
 * @param maxHeaders fields of a head; of a trailer section too
 * @param maxBodyBytes of a request's body as it is carried on; zero is off
 * @param maxPipelined requests of one connection that are unanswered; beyond it no more are read
 * @param headerTimeout from the first byte of a head to its last; for the first head, or what
 *     HTTP/2 begins with, from the end of the handshake
 * @param requestTimeout from the first byte of a head to the end of the body; zero is off
 * @param responseTimeout from the end of the request to the head of the response, and for how long
 *     nothing of its body may be taken before that; zero is off
 * @param sendTimeout without a byte taken of what waits for who asked; zero is off
 * @param minBodyBytesPerSecond of a request's body, after a grace; zero is off
 * @param unusedTimeout how long an unused connection to the other side is kept
 * @param mostUnused of those to one address that each event loop keeps; zero to use each once
 * @param http2 of connections of HTTP/2
 */
public record HttpLimits(
    int maxRequestLineBytes,
    int maxHeaderBytes,
    int maxHeaders,
    long maxBodyBytes,
    int maxPipelined,
    Duration headerTimeout,
    Duration requestTimeout,
    Duration responseTimeout,
    Duration sendTimeout,
    int minBodyBytesPerSecond,
    Duration unusedTimeout,
    int mostUnused,
    Http2Limits http2) {}
