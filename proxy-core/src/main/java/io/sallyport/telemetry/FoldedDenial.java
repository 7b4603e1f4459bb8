package io.sallyport.telemetry;

import io.sallyport.policy.Asked;
import io.sallyport.policy.Denial;
import io.sallyport.policy.NearestRule;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * All that one peer was refused at one listener for one reason. Of the requests it keeps a few, and
 * takes others in their place, or looks for the nearest rule again, once a second at most: what a
 * flood has kept is a sample, and costs an addition each. Guarded by {@link RecentDenials}.
 */
final class FoldedDenial {

  private static final int MOST_REQUESTS = 4;
  private static final int MOST_METHOD_CHARS = 32;
  private static final int MOST_CHARS = 200;
  private static final Duration BETWEEN_LOOKS = Duration.ofSeconds(1);

  private final Instant first;

  /** The one that was refused longest ago first. */
  private final LinkedHashMap<Asking, Request> requests = new LinkedHashMap<>(4, 0.75f, true);

  private Instant last;
  private Instant lastLook = Instant.MIN;
  private String remote = "";
  private long count;
  private @Nullable NearestRule nearest;

  /** What was asked for, as far as it is kept. */
  record Asking(String method, String host, String path) {

    static @Nullable Asking of(@Nullable Asked asked) {
      return asked == null
          ? null
          : new Asking(
              cut(asked.method(), MOST_METHOD_CHARS),
              cut(asked.host(), MOST_CHARS),
              cut(asked.path(), MOST_CHARS));
    }

    private static String cut(String text, int most) {
      return text.length() <= most ? text : text.substring(0, most) + "...";
    }
  }

  private static final class Request {
    private Instant last = Instant.MIN;
    private long count;
    private @Nullable NearestRule nearest;
  }

  FoldedDenial(Instant first) {
    this.first = first;
    this.last = first;
  }

  /**
   * Once more.
   *
   * @param asking null where the peer itself was refused
   * @return whether the nearest rule is to be looked for, and told
   */
  boolean count(String from, @Nullable Asking asking, Instant now) {
    count++;
    last = now;
    remote = from;
    boolean due = !now.isBefore(lastLook.plus(BETWEEN_LOOKS));
    boolean looks = asking == null ? due : count(asking, due, now);
    if (looks) {
      lastLook = now;
    }
    return looks;
  }

  private boolean count(Asking asking, boolean due, Instant now) {
    Request request = requests.get(asking);
    boolean isNew = request == null;
    if (isNew && requests.size() == MOST_REQUESTS) {
      if (!due) {
        return false;
      }
      requests.remove(requests.keySet().iterator().next());
    }
    if (request == null) {
      request = new Request();
      requests.put(asking, request);
    }
    request.count++;
    request.last = now;
    return isNew || due;
  }

  void isNearestTo(@Nullable Asking asking, @Nullable NearestRule rule) {
    if (asking == null) {
      nearest = rule;
      return;
    }
    Request request = requests.get(asking);
    if (request != null) {
      request.nearest = rule;
    }
  }

  RecentDenial shown(String listener, @Nullable String peer, Denial reason) {
    List<RecentDenial.Request> kept = new ArrayList<>(requests.size());
    requests.forEach(
        (asking, request) ->
            kept.add(
                new RecentDenial.Request(
                    asking.method,
                    asking.host,
                    asking.path,
                    request.count,
                    request.last,
                    request.nearest)));
    Collections.reverse(kept);
    return new RecentDenial(listener, peer, remote, reason, count, first, last, nearest, kept);
  }
}
