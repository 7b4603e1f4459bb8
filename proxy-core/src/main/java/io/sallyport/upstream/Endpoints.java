package io.sallyport.upstream;

import io.sallyport.config.Address;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Several addresses of one service, in the order of the configuration. One that failed a moment ago
 * goes to the end, so that a dead first endpoint does not cost every connection its timeout; when
 * all have failed they are tried all the same. Thread-safe.
 */
public final class Endpoints {

  /** Long enough to spare a busy service, short enough that a restarted endpoint is soon back. */
  private static final long SHUN_NANOS = Duration.ofSeconds(5).toNanos();

  private final List<Address> addresses;
  private final List<Endpoint> all;

  public Endpoints(List<Address> addresses) {
    this.addresses = List.copyOf(addresses);
    this.all = this.addresses.stream().map(Endpoint::new).toList();
  }

  public boolean areAt(List<Address> others) {
    return addresses.equals(others);
  }

  /** Every endpoint once, the best first. */
  public List<Endpoint> inOrder() {
    long now = System.nanoTime();
    List<Endpoint> good = new ArrayList<>(all.size());
    List<Endpoint> shunned = new ArrayList<>();
    for (Endpoint each : all) {
      (each.isShunned(now) ? shunned : good).add(each);
    }
    good.addAll(shunned);
    return good;
  }

  /**
   * One for a request: of two at random, that with fewer outstanding. Among those that failed a
   * moment ago only where there are no others.
   *
   * @param not not one of these
   * @return null when there are no others
   */
  public @Nullable Endpoint leastOutstanding(Collection<Endpoint> not) {
    if (all.size() == 1) {
      return not.contains(all.get(0)) ? null : all.get(0);
    }
    long now = System.nanoTime();
    List<Endpoint> candidates = new ArrayList<>(all.size());
    for (Endpoint each : all) {
      if (!each.isShunned(now) && !not.contains(each)) {
        candidates.add(each);
      }
    }
    if (candidates.isEmpty()) {
      candidates.addAll(all);
      candidates.removeAll(not);
    }
    return candidates.isEmpty() ? null : lessLoadedOfTwo(candidates);
  }

  private static Endpoint lessLoadedOfTwo(List<Endpoint> candidates) {
    ThreadLocalRandom random = ThreadLocalRandom.current();
    int first = random.nextInt(candidates.size());
    if (candidates.size() == 1) {
      return candidates.get(first);
    }
    int second = random.nextInt(candidates.size() - 1);
    Endpoint one = candidates.get(first);
    Endpoint other = candidates.get(second < first ? second : second + 1);
    return other.outstanding() < one.outstanding() ? other : one;
  }

  /** One of them. */
  public static final class Endpoint {
    private final Address address;
    private final AtomicInteger outstanding = new AtomicInteger();

    // 0: never failed. A reading of 0 from the clock itself only costs one try.
    private volatile long failedAt;

    private Endpoint(Address address) {
      this.address = address;
    }

    public Address address() {
      return address;
    }

    /** It connected, shook hands and was let in. */
    public void worked() {
      failedAt = 0;
    }

    public void failed() {
      failedAt = System.nanoTime();
    }

    private boolean isShunned(long now) {
      long failed = failedAt;
      return failed != 0 && now - failed < SHUN_NANOS;
    }

    /** A request goes there. */
    public void begun() {
      outstanding.incrementAndGet();
    }

    /** Once for each {@link #begun()}. */
    public void ended() {
      outstanding.decrementAndGet();
    }

    /** Requests that are there now, of all event loops. */
    int outstanding() {
      return outstanding.get();
    }

    @Override
    public String toString() {
      return address.toString();
    }
  }
}
