package io.sallyport.rig;

import io.netty.util.ReferenceCounted;
import io.netty.util.ResourceLeakDetector;
import io.netty.util.ResourceLeakTracker;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Knows all that is counted and not yet released: buffers, TLS engines and contexts, keys. Netty
 * makes one for each kind when {@code io.netty.customResourceLeakDetector} names this class.
 */
public final class Leaks<T> extends ResourceLeakDetector<T> {

  private static final Map<Held<?>, Made> HELD = new ConcurrentHashMap<>();

  /** As Netty calls it, by reflection. */
  public Leaks(Class<?> kind, int samplingInterval) {
    super(kind, samplingInterval);
  }

  /** Without it, too, Netty tells of an error. */
  public Leaks(Class<?> kind, int samplingInterval, long maxActive) {
    this(kind, samplingInterval);
  }

  /**
   * What loops that have just ended let go is on its way.
   *
   * @throws AssertionError when something is held for thirty seconds that no static field holds; it
   *     tells what, and where it was made. Nobody is told of that again
   */
  public static void awaitNone() {
    try {
      Eventually.holds("all is released", HELD::isEmpty);
    } catch (AssertionError e) {
      String all =
          HELD.entrySet().stream()
              .map(each -> each.getKey() + "\n" + each.getValue().told())
              .collect(Collectors.joining("\n"));
      HELD.clear();
      if (!all.isEmpty()) {
        throw new AssertionError("never released:\n" + all, e);
      }
    }
  }

  @Override
  public ResourceLeakTracker<T> track(T counted) {
    return trackForcibly(counted);
  }

  @Override
  public ResourceLeakTracker<T> trackForcibly(T counted) {
    Held<T> held = new Held<>(counted);
    Made made = new Made(Thread.currentThread().getName());
    if (!made.forStaticField()) {
      HELD.put(held, made);
    }
    return held;
  }

  /** Equal to itself alone, as are buffers of the same bytes. */
  private static final class Held<T> implements ResourceLeakTracker<T> {
    private final T counted;
    private final AtomicBoolean released = new AtomicBoolean();

    Held(T counted) {
      this.counted = counted;
    }

    @Override
    public void record() {}

    @Override
    public void record(Object hint) {}

    @Override
    public boolean close(T tracked) {
      HELD.remove(this);
      return released.compareAndSet(false, true);
    }

    @Override
    public String toString() {
      String count = counted instanceof ReferenceCounted c ? ", count " + c.refCnt() : "";
      return counted.getClass().getName() + count;
    }
  }

  private static final class Made extends Throwable {
    private static final long serialVersionUID = 1;

    Made(String thread) {
      super("made on " + thread);
    }

    boolean forStaticField() {
      return Stream.of(getStackTrace()).anyMatch(f -> f.getMethodName().equals("<clinit>"));
    }

    String told() {
      StringWriter text = new StringWriter();
      printStackTrace(new PrintWriter(text));
      return text.toString();
    }
  }
}
