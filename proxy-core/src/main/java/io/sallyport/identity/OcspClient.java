package io.sallyport.identity;

import io.sallyport.identity.OcspStatus.OcspOutcome;
import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.ForkJoinPool.ForkJoinWorkerThreadFactory;
import java.util.concurrent.ForkJoinWorkerThread;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks OCSP responders and remembers what they said, for every listener of a proxy and across
 * reloads. Thread-safe.
 */
public final class OcspClient implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(OcspClient.class);

  /** As many as {@link TrustBundle} remembers; an entry has some two kilobytes. */
  private static final int MOST_REMEMBERED = 8192;

  /** They send and judge, and wait for nothing but the names of responders. */
  private static final int ASKING_THREADS = 16;

  /** So many prove peers; more join them while some wait for an answer. */
  private static final int CHECKING_THREADS = 4;

  private static final int MOST_CHECKING_THREADS = 256;

  /** Nobody waits for it. */
  private static final Duration OF_OUR_OWN = Duration.ofSeconds(5);

  private static final long IDLE_SECONDS = 30;
  private static final long LONGEST_END_SECONDS = 10;

  private final OcspEvents events;
  private final Clock clock;
  private final ThreadPoolExecutor asking = askingPool();
  private final ForkJoinPool checking = checkingPool();
  private final ResponderTurns turns = new ResponderTurns(asking);
  private final SilentResponders silent = new SilentResponders();
  private final CopyOnWriteArrayList<Runnable> whenRevoked = new CopyOnWriteArrayList<>();
  private final AtomicBoolean telling = new AtomicBoolean();
  private @Nullable OcspHttp http;

  /** Least recently used first. */
  private final Map<OcspQuestion, OcspStatus> statuses =
      new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<OcspQuestion, OcspStatus> eldest) {
          return size() > MOST_REMEMBERED;
        }
      };

  public OcspClient(OcspEvents events) {
    this(events, Clock.systemUTC());
  }

  OcspClient(OcspEvents events, Clock clock) {
    this.events = events;
    this.clock = clock;
  }

  private static ThreadPoolExecutor askingPool() {
    AtomicInteger number = new AtomicInteger();
    ThreadFactory factory =
        task -> {
          Thread thread = new Thread(task, "sallyport-ocsp-" + number.incrementAndGet());
          thread.setDaemon(true);
          return thread;
        };
    ThreadPoolExecutor pool =
        new ThreadPoolExecutor(
            ASKING_THREADS,
            ASKING_THREADS,
            IDLE_SECONDS,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            factory);
    pool.allowCoreThreadTimeOut(true);
    return pool;
  }

  /** While a thread of it waits for a future, another one takes its place. */
  private static ForkJoinPool checkingPool() {
    ForkJoinWorkerThreadFactory factory =
        pool -> {
          ForkJoinWorkerThread thread =
              ForkJoinPool.defaultForkJoinWorkerThreadFactory.newThread(pool);
          thread.setName("sallyport-check-" + (thread.getPoolIndex() + 1));
          return thread;
        };
    return new ForkJoinPool(
        CHECKING_THREADS,
        factory,
        null,
        true,
        0,
        MOST_CHECKING_THREADS,
        1,
        full -> true,
        IDLE_SECONDS,
        TimeUnit.SECONDS);
  }

  /** Called, on a thread of this, when a certificate turns out revoked whose bearer was let in. */
  public void whenRevoked(Runnable told) {
    whenRevoked.add(told);
  }

  /** For what may wait for an answer, or take long, which no event loop may. */
  Executor checking() {
    return checking;
  }

  Instant now() {
    return clock.instant();
  }

  /** What is known so far of the certificate that the question is of. */
  OcspStatus status(OcspQuestion question) {
    if (question.responder() == null) {
      return new OcspStatus(question); // there is nothing to remember
    }
    synchronized (statuses) {
      return statuses.computeIfAbsent(question, OcspStatus::new);
    }
  }

  /**
   * Asks the responder, unless somebody is just doing that or it would be in vain.
   *
   * @param status of a question with a responder
   * @param timeout from the question's turn to the last byte of the answer
   */
  CompletableFuture<OcspOutcome> ask(OcspStatus status, Duration timeout) {
    return ask(status, timeout, true, (answer, encoded) -> {});
  }

  /** As {@link #ask}, when nobody waits for it: after those for whom somebody does. */
  void askInTheBackground(OcspStatus status, Duration timeout) {
    ask(status, timeout, false, (answer, encoded) -> {});
  }

  /** Has the answer that is shown with our own certificate asked for again where it is due. */
  public void renewStaple(Identity own) {
    Staple staple = own.staple();
    if (staple != null && staple.status().isDue(clock.instant())) {
      ask(staple.status(), OF_OUR_OWN, false, staple::take);
    }
  }

  /**
   * @param taker given an answer and its encoding before anybody else knows of it
   */
  private CompletableFuture<OcspOutcome> ask(
      OcspStatus status, Duration timeout, boolean awaited, BiConsumer<OcspAnswer, byte[]> taker) {
    URI responder = Objects.requireNonNull(status.question().responder());
    return status.ask(
        clock.instant(),
        asked -> {
          try {
            turns.take(responder, awaited, () -> attempt(status, timeout, taker, asked));
          } catch (RejectedExecutionException e) {
            asked.complete(stopping(status));
          } catch (RuntimeException | Error e) {
            asked.complete(faulty(status, e)); // without a thread, say
          }
        });
  }

  private void attempt(
      OcspStatus status,
      Duration timeout,
      BiConsumer<OcspAnswer, byte[]> taker,
      CompletableFuture<OcspOutcome> asked) {
    URI responder = Objects.requireNonNull(status.question().responder());
    CompletableFuture<OcspOutcome> outcome = attempt(status, timeout, taker);
    outcome.whenComplete((done, never) -> turns.done(responder));
    outcome.thenAccept(asked::complete);
  }

  /** Never fails: what comes of it is told by the outcome. */
  private CompletableFuture<OcspOutcome> attempt(
      OcspStatus status, Duration timeout, BiConsumer<OcspAnswer, byte[]> taker) {
    URI responder = Objects.requireNonNull(status.question().responder());
    try {
      OcspOutcome silence = silent.of(responder, clock.instant());
      if (silence != null) {
        OcspFailed skipped = new OcspFailed(silence.result(), silence.words(), null);
        return CompletableFuture.completedFuture(failed(status, skipped));
      }
      return http()
          .post(responder, status.question().encoded(), timeout, asking)
          .handleAsync((encoded, fault) -> judged(status, encoded, fault, taker), asking)
          // A stop leaves nobody to judge what has come, which is no fault.
          .exceptionally(fault -> asking.isShutdown() ? stopping(status) : faulty(status, fault));
    } catch (RejectedExecutionException e) {
      return CompletableFuture.completedFuture(stopping(status));
    } catch (RuntimeException | Error e) {
      return CompletableFuture.completedFuture(faulty(status, e));
    }
  }

  private OcspOutcome stopping(OcspStatus status) {
    OcspOutcome stopping = new OcspOutcome(OcspResult.UNREACHABLE, "the proxy is stopping");
    status.failed(stopping, false, clock.instant());
    return stopping;
  }

  private OcspOutcome faulty(OcspStatus status, Throwable fault) {
    log.atError().setCause(fault).log("a fault of the proxy ended a question to an OCSP responder");
    return failed(status, new OcspFailed(OcspResult.BAD_ANSWER, "a fault of the proxy", fault));
  }

  private OcspOutcome judged(
      OcspStatus status,
      byte @Nullable [] encoded,
      @Nullable Throwable fault,
      BiConsumer<OcspAnswer, byte[]> taker) {
    try {
      byte[] whole = heard(status, encoded, fault);
      OcspAnswer answer = answer(status, whole);
      OcspResult result = answer.revoked() ? OcspResult.REVOKED : OcspResult.GOOD;
      events.asked(result);
      taker.accept(answer, whole);
      if (status.answered(answer, clock.instant())) {
        tellOfRevoked();
      }
      return new OcspOutcome(result, "");
    } catch (OcspFailed e) {
      events.asked(e.result());
      return failed(status, e);
    }
  }

  private OcspOutcome failed(OcspStatus status, OcspFailed failed) {
    OcspOutcome outcome = new OcspOutcome(failed.result(), String.valueOf(failed.getMessage()));
    boolean ofResponder = isSilence(failed.result());
    boolean first = status.failed(outcome, !ofResponder, clock.instant());
    if (first && !ofResponder) {
      tell(status.question().responder(), outcome, "an OCSP responder has no answer that holds");
    }
    return outcome;
  }

  private static boolean isSilence(OcspResult result) {
    return result == OcspResult.TIMEOUT || result == OcspResult.UNREACHABLE;
  }

  private OcspAnswer answer(OcspStatus status, byte[] encoded) throws OcspFailed {
    OcspAnswer answer = OcspAnswer.judge(encoded, status.question(), clock.instant());
    if (answer.thisUpdate().isBefore(status.asOf())) {
      throw new OcspFailed(OcspResult.STALE, "a newer one came before", null);
    }
    return answer;
  }

  private byte[] heard(OcspStatus status, byte @Nullable [] encoded, @Nullable Throwable fault)
      throws OcspFailed {
    URI responder = Objects.requireNonNull(status.question().responder());
    if (encoded != null) {
      heardOf(responder);
      return encoded;
    }
    Throwable cause = fault instanceof CompletionException ? fault.getCause() : fault;
    if (!(cause instanceof OcspFailed failed)) {
      throw new IllegalStateException("an exchange that ended oddly", cause);
    }
    OcspOutcome outcome = new OcspOutcome(failed.result(), String.valueOf(failed.getMessage()));
    if (!isSilence(failed.result())) {
      heardOf(responder);
    } else if (silent.fellSilent(responder, outcome, clock.instant())) {
      tell(responder, outcome, "an OCSP responder does not answer");
    }
    throw failed;
  }

  private void heardOf(URI responder) {
    if (silent.answered(responder)) {
      log.atInfo()
          .addKeyValue("responder", SafeText.of(responder.toString()))
          .log("an OCSP responder answers again");
    }
  }

  private static void tell(@Nullable URI responder, OcspOutcome outcome, String message) {
    log.atWarn()
        .addKeyValue("responder", SafeText.of(String.valueOf(responder)))
        .addKeyValue("cause", outcome.result().label())
        .addKeyValue("detail", outcome.words())
        .log(message);
  }

  /** Once for all that turn out so before the telling begins. */
  private void tellOfRevoked() {
    if (telling.compareAndSet(false, true)) {
      checking.execute(
          () -> {
            telling.set(false);
            whenRevoked.forEach(Runnable::run);
          });
    }
  }

  private synchronized OcspHttp http() {
    OcspHttp made = http;
    if (made == null) {
      made = new OcspHttp();
      http = made;
    }
    return made;
  }

  /** Asks nobody any more; returns when nobody is told of anything. */
  @Override
  public void close() {
    asking.shutdownNow();
    checking.shutdownNow();
    try {
      if (!asking.awaitTermination(LONGEST_END_SECONDS, TimeUnit.SECONDS)
          || !checking.awaitTermination(LONGEST_END_SECONDS, TimeUnit.SECONDS)) {
        log.atWarn().log("a question to an OCSP responder does not end");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
