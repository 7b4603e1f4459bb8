package io.sallyport.config;

/**
 * Limits of a connection of HTTP/2.
 *
 * @param maxStreams requests of a connection at once
 * @param streamWindow bytes of one request's body that may wait here, and more may not come
 * @param maxResetsPerSecond streams that the peer resets before their answers begin, or has made us
 *     reset
 * @param maxControlFramesPerSecond frames that carry nothing of a message
 * @param headerTableBytes of HPACK's table of fields that came before, and of those that were sent,
 *     for which Netty has no more than 4096
 * @param maxContinuations of less than 8 KiB that a field section may go on over
 */
public record Http2Limits(
    int maxStreams,
    int streamWindow,
    int maxResetsPerSecond,
    int maxControlFramesPerSecond,
    int headerTableBytes,
    int maxContinuations) {}
