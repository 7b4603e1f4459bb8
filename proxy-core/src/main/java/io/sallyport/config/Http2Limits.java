package io.sallyport.config;

/**
 * Limits of a connection of HTTP/2.
 *
 * @param maxStreams requests of a connection at once
 * @param streamWindow bytes of one request's body that may wait here, and more may not come
 * @param maxResetsPerSecond streams that the peer resets before their answers begin, or has made us
 *     reset
 * @param maxControlFramesPerSecond frames that carry nothing of a message
 */
public record Http2Limits(
    int maxStreams, int streamWindow, int maxResetsPerSecond, int maxControlFramesPerSecond) {}
