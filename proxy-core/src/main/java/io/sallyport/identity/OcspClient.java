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
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
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
 * reloads. Has no thread while nobody is asked. Thread-safe.
 */
public final class OcspClient implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(OcspClient.class);

  /** As many as {@link TrustBundle} remembers; an entry has some two kilobytes. */
  private static final int MOST_REMEMBERED = 8192;

  /** Each asks one responder at a time. */
  private static final int ASKING_THREADS = 8;

  /** Each holds one handshake, of a peer of whom nothing is known yet. */
  private static final int CHECKING_THREADS = 32;

  /** Of questions that nobody waits for: a turn of each thread for whoever comes behind them. */
  private static final int MOST_WAITING = ASKING_THREADS;

  /** Nobody waits for it. */
  private static final Duration OF_OUR_OWN = Duration.ofSeconds(10);

  private static final long IDLE_SECONDS = 30;
  private static final long LONGEST_END_SECONDS = 10;

  private final OcspEvents events;
  private final Clock clock;
  private final ThreadPoolExecutor asking = pool(ASKING_THREADS, "sallyport-ocsp-");
  private final ThreadPoolExecutor checking = pool(CHECKING_THREADS, "sallyport-check-");
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

  private static ThreadPoolExecutor pool(int threads, String name) {
    AtomicInteger number = new AtomicInteger();
    ThreadFactory factory =
        task -> {
          Thread thread = new Thread(task, name + number.incrementAndGet());
          thread.setDaemon(true);
          return thread;
        };
    ThreadPoolExecutor pool =
        new ThreadPoolExecutor(
            threads, threads, IDLE_SECONDS, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), factory);
    pool.allowCoreThreadTimeOut(true);
    return pool;
  }

  /** Called, on a thread of this, when a certificate turns out revoked whose bearer was let in. */
  public void whenRevoked(Runnable told) {
    whenRevoked.add(told);
  }

  /** For what may wait for an answer, which no event loop may. */
  Executor checking() {
    return checking;
  }

  Instant now() {
    return clock.instant();
  }

  /** Whether those who wait in a handshake would hardly notice a question that nobody waits for. */
  boolean hasRoom() {
    return asking.getQueue().size() < MOST_WAITING;
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
   * @param timeout from now to the last byte of the answer
   */
  CompletableFuture<OcspOutcome> ask(OcspStatus status, Duration timeout) {
    return ask(status, timeout, (answer, encoded) -> {});
  }

  /** Has the answer that is shown with our own certificate asked for again where it is due. */
  public void renewStaple(Identity own) {
    Staple staple = own.staple();
    if (staple != null && staple.status().isDue(clock.instant())) {
      ask(staple.status(), OF_OUR_OWN, staple::take);
    }
  }

  private CompletableFuture<OcspOutcome> ask(
      OcspStatus status, Duration timeout, BiConsumer<OcspAnswer, byte[]> taker) {
    long start = System.nanoTime();
    return status.ask(
        clock.instant(),
        asked -> {
          try {
            asking.execute(
                () -> {
                  Duration waited = Duration.ofNanos(System.nanoTime() - start);
                  asked.complete(attempt(status, timeout.minus(waited), taker));
                });
          } catch (RejectedExecutionException e) {
            OcspOutcome stopping = new OcspOutcome(OcspResult.UNREACHABLE, "the proxy is stopping");
            status.failed(stopping, false, clock.instant());
            asked.complete(stopping);
          }
        });
  }

  private OcspOutcome attempt(
      OcspStatus status, Duration timeLeft, BiConsumer<OcspAnswer, byte[]> taker) {
    try {
      OcspAnswer answer = fetch(status.question(), status.asOf(), timeLeft, taker);
      if (status.answered(answer, clock.instant())) {
        tellOfRevoked();
      }
      return new OcspOutcome(answer.revoked() ? OcspResult.REVOKED : OcspResult.GOOD, "");
    } catch (OcspFailed e) {
      return failed(status, e);
    } catch (RuntimeException e) {
      log.atError().setCause(e).log("a fault of the proxy ended a question to an OCSP responder");
      return failed(status, new OcspFailed(OcspResult.BAD_ANSWER, "a fault of the proxy", e));
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

  /**
   * @param newest as of when what is known is: an older answer is a repetition
   * @param taker given the answer and its encoding before anybody else knows of it
   */
  private OcspAnswer fetch(
      OcspQuestion question, Instant newest, Duration timeout, BiConsumer<OcspAnswer, byte[]> taker)
      throws OcspFailed {
    URI responder = Objects.requireNonNull(question.responder());
    OcspOutcome silence = silent.of(responder, clock.instant());
    if (silence != null) {
      throw new OcspFailed(silence.result(), silence.words(), null);
    }
    if (timeout.isNegative() || timeout.isZero()) {
      throw new OcspFailed(OcspResult.TIMEOUT, "other questions took all the time", null);
    }
    try {
      byte[] encoded = exchange(responder, question, timeout);
      OcspAnswer answer = OcspAnswer.judge(encoded, question, clock.instant());
      if (answer.thisUpdate().isBefore(newest)) {
        throw new OcspFailed(OcspResult.STALE, "a newer one came before", null);
      }
      events.asked(answer.revoked() ? OcspResult.REVOKED : OcspResult.GOOD);
      taker.accept(answer, encoded);
      return answer;
    } catch (OcspFailed e) {
      events.asked(e.result());
      throw e;
    }
  }

  private byte[] exchange(URI responder, OcspQuestion question, Duration timeout)
      throws OcspFailed {
    try {
      byte[] encoded = http().post(responder, question.encoded(), timeout);
      heardOf(responder);
      return encoded;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new OcspFailed(OcspResult.UNREACHABLE, "the proxy is stopping", e);
    } catch (OcspFailed e) {
      OcspOutcome outcome = new OcspOutcome(e.result(), String.valueOf(e.getMessage()));
      if (!isSilence(e.result())) {
        heardOf(responder);
      } else if (silent.fellSilent(responder, outcome, clock.instant())) {
        tell(responder, outcome, "an OCSP responder does not answer");
      }
      throw e;
    }
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

  /** Asks nobody any more; returns when nothing of this runs. */
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
