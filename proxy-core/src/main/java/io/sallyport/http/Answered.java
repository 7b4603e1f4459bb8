package io.sallyport.http;

import org.jspecify.annotations.Nullable;

/**
 * A request and what became of it.
 *
 * @param method null where it could not be read
 * @param target path and query as they were sent, in visible ASCII; null where they could not be
 *     read
 * @param version such as {@code HTTP/1.1}
 * @param status of the response; 0 where there was none
 * @param refusal why it was answered here, or its response was broken off here; null where the
 *     application answered, or nobody
 * @param whole whether the response went out whole
 * @param answering who has answered, or was asked last, where there are several
 * @param requestBytes of the body
 * @param responseBytes of the body
 * @param responseNanos from the head of the request to that of the response; 0 where there was none
 * @param durationNanos from the head of the request to the end of the response
 */
public record Answered(
    @Nullable String method,
    @Nullable String target,
    String version,
    int status,
    @Nullable Refusal refusal,
    boolean whole,
    @Nullable AskedPeer answering,
    long requestBytes,
    long responseBytes,
    long responseNanos,
    long durationNanos) {}
