package io.sallyport.telemetry;

import io.sallyport.listener.Refused;
import io.sallyport.policy.Denial;
import io.sallyport.policy.NearestRule;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Who was refused last, within a fixed memory. Thread-safe; called on event loops, and never waits
 * there for more than some comparisons.
 *
 * <p>What one peer is refused for one reason is one entry, however often it tries, and entries
 * beyond the bound are taken from the listener that has most of them: whoever floods one listener,
 * under many names even, pushes out nobody who was refused at another.
 */
final class RecentDenials {

  /** Some KiB each at most, as {@link FoldedDenial} bounds them. */
  static final int MOST = 256;

  private record Key(String listener, @Nullable String peer, Denial reason) {}

  private final InstantSource clock;

  /** The one that was refused longest ago first. */
  private final LinkedHashMap<Key, FoldedDenial> entries = new LinkedHashMap<>(16, 0.75f, true);

  private final Map<String, Integer> entriesByListener = new HashMap<>();

  RecentDenials(InstantSource clock) {
    this.clock = clock;
  }

  void add(String listener, Refused refused) {
    Instant now = clock.instant();
    FoldedDenial.Asking asking = FoldedDenial.Asking.of(refused.asked());
    FoldedDenial entry;
    synchronized (this) {
      entry = entry(new Key(listener, refused.peer(), refused.reason()), now);
      if (!entry.count(refused.remote(), asking, now)) {
        return;
      }
    }
    // Not within the lock, for it looks at many rules.
    @Nullable NearestRule nearest = refused.nearest().get();
    synchronized (this) {
      entry.isNearestTo(asking, nearest);
    }
  }

  private FoldedDenial entry(Key key, Instant now) {
    FoldedDenial entry = entries.get(key);
    if (entry == null) {
      if (entries.size() == MOST) {
        dropOne();
      }
      entry = new FoldedDenial(now);
      entries.put(key, entry);
      entriesByListener.merge(key.listener, 1, Integer::sum);
    }
    return entry;
  }

  private void dropOne() {
    String fullest =
        Collections.max(entriesByListener.entrySet(), Map.Entry.comparingByValue()).getKey();
    for (Key key : entries.keySet()) {
      if (key.listener.equals(fullest)) {
        entries.remove(key);
        break;
      }
    }
    entriesByListener.computeIfPresent(fullest, (name, count) -> count == 1 ? null : count - 1);
  }

  synchronized List<RecentDenial> lastFirst() {
    List<RecentDenial> all = new ArrayList<>(entries.size());
    entries.forEach((key, entry) -> all.add(entry.shown(key.listener, key.peer, key.reason)));
    Collections.reverse(all);
    return all;
  }
}
