package io.sallyport.telemetry;

/** What has passed one listener, and what has not, since the start. */
public record Traffic(
    long bytesToApplication,
    long bytesToPeer,
    long requests,
    long handshakeFailures,
    long denials) {}
