package io.sallyport.http;

import java.util.Locale;

/**
 * A limit of a connection that was reached without a request being answered here, which {@link
 * Refusal} tells of: the metric label and the logged word.
 */
public enum HttpLimit {
  /** More requests sent ahead than {@code max-pipelined}: nothing is read for a while. */
  PIPELINED,
  /** More requests at once than {@code max-streams}: those beyond are refused, to be sent again. */
  STREAMS,
  /** More of a body sent than {@code stream-window} lets, or a window of ours overfilled. */
  STREAM_WINDOW,
  /** More of {@code max-resets}: the connection ends, as with those that follow. */
  RESETS,
  /** More of {@code max-control-frames}. */
  CONTROL_FRAMES,
  /** A field section in many small pieces (CVE-2024-27316 and its like). */
  CONTINUATIONS,
  /** Answers to control frames that the peer does not read. */
  UNREAD,
  /** {@code send-timeout}: the stream ends, or the connection where nothing at all is taken. */
  SEND_TIMEOUT;

  private final String label = name().toLowerCase(Locale.ROOT);

  /** Lower case with underscores. */
  public String label() {
    return label;
  }
}
