package io.sallyport;

/**
 * Whether a peer would get past one listener, had it only a certificate to show.
 *
 * @param listener its setting, such as {@code inbound.web}
 * @param host whom we would mean to reach; empty where the peer comes to us
 * @param admitted whether it would
 * @param words by which rule, or why not: the closed word of log and metric, and what it means
 */
public record PeerAnswer(String listener, String host, boolean admitted, String words) {

  /** {@code outbound.ledger as ledger.test: would get in, by its host name; …}. */
  @Override
  public String toString() {
    return listener
        + (host.isEmpty() ? "" : " as " + host)
        + (admitted ? ": would get in, " : ": would be refused, ")
        + words;
  }
}
