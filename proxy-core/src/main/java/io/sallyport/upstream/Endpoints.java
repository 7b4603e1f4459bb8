package io.sallyport.upstream;

import io.sallyport.config.Address;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * Several addresses of one service, in the order of the configuration. One that failed a moment ago
 * goes to the end, so that a dead first endpoint does not cost every connection its timeout; when
 * all have failed they are tried all the same. Thread-safe.
 */
public final class Endpoints {

  /** Long enough to spare a busy service, short enough that a restarted endpoint is soon back. */
  private static final long SHUN_NANOS = Duration.ofSeconds(5).toNanos();

  private final List<Address> addresses;
  // 0: never failed. A reading of 0 from the clock itself only costs one try.
  private final AtomicLongArray failedAt;

  public Endpoints(List<Address> addresses) {
    this.addresses = List.copyOf(addresses);
    this.failedAt = new AtomicLongArray(addresses.size());
  }

  public boolean areAt(List<Address> others) {
    return addresses.equals(others);
  }

  /** Every endpoint once, the best first. */
  public List<Endpoint> inOrder() {
    long now = System.nanoTime();
    List<Endpoint> good = new ArrayList<>(addresses.size());
    List<Endpoint> shunned = new ArrayList<>();
    for (int i = 0; i < addresses.size(); i++) {
      long failed = failedAt.get(i);
      boolean shun = failed != 0 && now - failed < SHUN_NANOS;
      (shun ? shunned : good).add(new Endpoint(i));
    }
    good.addAll(shunned);
    return good;
  }

  /** One of them. */
  public final class Endpoint {
    private final int index;

    private Endpoint(int index) {
      this.index = index;
    }

    public Address address() {
      return addresses.get(index);
    }

    /** It connected, shook hands and was let in. */
    public void worked() {
      failedAt.set(index, 0);
    }

    public void failed() {
      failedAt.set(index, System.nanoTime());
    }

    @Override
    public String toString() {
      return address().toString();
    }
  }
}
