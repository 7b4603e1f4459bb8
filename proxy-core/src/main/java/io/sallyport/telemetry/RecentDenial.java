package io.sallyport.telemetry;

import io.sallyport.policy.Denial;
import io.sallyport.policy.NearestRule;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One peer that was refused at one listener for one reason, and how often.
 *
 * @param peer as it is logged; null where nobody has shown a certificate
 * @param remote address and port of the last time
 * @param nearest the rule that the peer came nearest to; null where requests were refused, and
 *     where there is none
 * @param requests some of those that were refused, the last one first; none where the peer was
 */
public record RecentDenial(
    String listener,
    @Nullable String peer,
    String remote,
    Denial reason,
    long count,
    Instant first,
    Instant last,
    @Nullable NearestRule nearest,
    List<Request> requests) {

  public RecentDenial {
    requests = List.copyOf(requests);
  }

  /**
   * @param path without the query, cut where it is long
   * @param count while it has been among those that are kept
   */
  public record Request(
      String method,
      String host,
      String path,
      long count,
      Instant last,
      @Nullable NearestRule nearest) {}
}
