package io.sallyport;

/**
 * Whether a peer would get past one listener, had it only a certificate to show.
 *
 * @param listener its setting, such as {@code inbound.web}
 * @param host whom we would mean to reach; empty where the peer comes to us
 * @param admitted whether it would
 * @param words by which rule, or why not: the closed word of log and metric, and what it means
 */
public record PeerAnswer(String listener, String host, boolean admitted, String words) {}
