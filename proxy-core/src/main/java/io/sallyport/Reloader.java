package io.sallyport;

import io.sallyport.config.InvalidConfig;
import io.sallyport.config.Problem;
import io.sallyport.config.ProxyConfig;
import io.sallyport.envelope.KeyRing;
import io.sallyport.listener.Acceptor;
import io.sallyport.relay.CloseReason;
import io.sallyport.telemetry.Reloadable;
import io.sallyport.telemetry.Telemetry;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads configuration, certificates, keys and CAs again while they are served by: when somebody
 * asks, and when a look at the files finds a change. Everything is proven before anybody sees it;
 * what cannot serve changes nothing, is told, and is tried again at each look until it can.
 *
 * <p>All of it happens on a thread of its own; asked from any.
 */
final class Reloader {

  private static final Logger log = LoggerFactory.getLogger(Reloader.class);

  /** How often to see whether files are to be looked at, while they are not. */
  private static final Duration WHILE_OFF = Duration.ofSeconds(5);

  private static final long LONGEST_END_SECONDS = 10;

  private static final Reload STOPPING =
      new Reload(
          List.of(new Problem("reload", "", "the proxy is stopping", "start it again")), 0, 0);

  /** A Workload API may give something at any time, and often. */
  private static final Duration BETWEEN_ANSWERS = Duration.ofSeconds(1);

  private final ConfigSource source;
  private final WorkloadApis apis;
  private final ProxyConfig atStart;
  private final Listeners listeners;
  private final Telemetry telemetry;
  private final ScheduledExecutorService thread =
      Executors.newSingleThreadScheduledExecutor(task -> new Thread(task, "sallyport-reload"));

  /** Asked for, and not begun. */
  private final AtomicReference<@Nullable CompletableFuture<Reload>> next = new AtomicReference<>();

  private volatile Prepared current;
  private volatile List<Problem> problems = List.of();
  private volatile Instant lastSuccess = Instant.now();

  private final SettledFiles settled;
  private Set<Reloadable> failing = EnumSet.noneOf(Reloadable.class);
  private volatile ReloadEvents events = ReloadEvents.NONE;

  /** Who was told that a reload has begun, and not that it is over. */
  private @Nullable ReloadEvents told;

  /** What was read last and is not served by, for what stands beside. */
  private @Nullable ProxyConfig refusedConfig;

  private List<Problem> refused = List.of();

  private final PacedTask answers = new PacedTask(thread, BETWEEN_ANSWERS, this::takeAnswers);

  private boolean ended;

  /**
   * @param first what the listeners serve by
   * @param files their {@link FilesDigest}
   */
  Reloader(
      ConfigSource source,
      Prepared first,
      String files,
      WorkloadApis apis,
      Listeners listeners,
      Telemetry telemetry) {
    this.source = source;
    this.apis = apis;
    settled = new SettledFiles(files);
    atStart = first.config();
    this.listeners = listeners;
    this.telemetry = telemetry;
    current = first;
  }

  void start() {
    scheduleLook();
    apis.whenAnswered(answers::becomesDue);
    if (WorkloadApis.areIn(config())) {
      answers.becomesDue(); // one may have come since they were read
    }
  }

  private void takeAnswers() {
    if (WorkloadApis.areIn(config())) {
      telling(this::attemptAnswers, false);
    }
    if (refusedConfig != null && WorkloadApis.addsTo(config(), refusedConfig)) {
      attemptAndTell(FilesDigest.of(files()), false); // it may have been refused for want of it
    }
  }

  /** Of what begins from now on. */
  void tell(ReloadEvents events) {
    this.events = events;
  }

  /** What is served by. */
  ProxyConfig config() {
    return current.config();
  }

  /** What is sealed and opened with, by name, sorted. */
  Map<String, KeyRing> keyRings() {
    return current.keyRings();
  }

  /** Why not all of the files is served by; empty when all is. */
  List<Problem> problems() {
    return problems;
  }

  /** When all of the files was last served by; the start counts. */
  Instant lastSuccess() {
    return lastSuccess;
  }

  /** Reads everything now. Completes on the reloader's thread; at once when the proxy stops. */
  CompletionStage<Reload> reload() {
    CompletableFuture<Reload> asked = new CompletableFuture<>();
    CompletableFuture<Reload> waiting = next.compareAndExchange(null, asked);
    if (waiting != null) {
      return waiting; // that one has not begun to read yet
    }
    ask(() -> {
          next.set(null);
          return attemptAndTell(FilesDigest.of(files()), true);
        })
        .whenComplete(
            (done, fault) -> {
              if (fault == null) {
                asked.complete(done);
              } else {
                log.atError().setCause(fault).log("a fault of the proxy ended a reload");
                asked.completeExceptionally(fault);
              }
            });
    return asked;
  }

  /** What {@link #reload} would do, without doing it. */
  CompletionStage<Reload> tryOut() {
    return ask(
        () -> {
          Candidate candidate = read();
          Listeners.Change change = listeners.imagine(candidate.prepared);
          try {
            return new Reload(candidate.problems(), change.listeners(), change.connections());
          } finally {
            change.abandon();
            apis.keep(config(), refusedConfig);
          }
        });
  }

  private CompletionStage<Reload> ask(Supplier<Reload> task) {
    try {
      return CompletableFuture.supplyAsync(task, thread);
    } catch (RejectedExecutionException e) {
      return CompletableFuture.completedFuture(STOPPING);
    }
  }

  /** From now on the listeners stay as they are; returns when that is so. */
  void end() {
    synchronized (thread) {
      ended = true;
    }
  }

  /** Once no listener is left; returns when nothing of this uses the loops any more. */
  void release() {
    thread.shutdownNow();
    CompletableFuture<Reload> waiting = next.getAndSet(null);
    if (waiting != null) {
      waiting.complete(STOPPING); // it will not be begun
    }
    try {
      if (!thread.awaitTermination(LONGEST_END_SECONDS, TimeUnit.SECONDS)) {
        log.atWarn().log("a reload does not end");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Whom removed listeners trust counts while they have connections. */
  private Set<Path> files() {
    Set<Path> files = config().files();
    files.addAll(listeners.filesOfRemoved());
    return files;
  }

  private void scheduleLook() {
    Duration interval = config().reload().interval();
    boolean off = interval.isZero();
    try {
      thread.schedule(
          off ? this::scheduleLook : this::look,
          (off ? WHILE_OFF : interval).toNanos(),
          TimeUnit.NANOSECONDS);
    } catch (RejectedExecutionException e) {
      // All has stopped.
    }
  }

  private void look() {
    try {
      String now = FilesDigest.of(files());
      if (settled.areToBeRead(now, !problems.isEmpty())) {
        attemptAndTell(now, false);
      }
    } catch (RuntimeException | Error e) {
      log.atError().setCause(e).log("a look at the files failed");
    } finally {
      scheduleLook();
    }
  }

  /**
   * What may be served by next.
   *
   * @param refused why it is not what the configuration says now; empty when it is
   * @param refusedConfig which that is; null where it cannot be read, or is served by
   */
  private record Candidate(
      Prepared prepared, List<Problem> refused, @Nullable ProxyConfig refusedConfig) {

    List<Problem> problems() {
      return Stream.concat(refused.stream(), prepared.problems().stream()).distinct().toList();
    }
  }

  private Candidate read() {
    List<Problem> refused;
    ProxyConfig config = null;
    try {
      config = source.read();
      apis.ask(config, current.sockets(), WorkloadApis.LONGEST_LOOK);
      Prepared next = new Prepared(config, current);
      if (next.problems().isEmpty() || config.equals(config())) {
        return new Candidate(next, List.of(), null);
      }
      refused = next.problems();
    } catch (InvalidConfig e) {
      refused = e.problems();
    }
    return withoutConfig(refused, config);
  }

  /** A slip in the configuration must not keep back a certificate that is due. */
  private Candidate withoutConfig(List<Problem> refused, @Nullable ProxyConfig config) {
    return new Candidate(new Prepared(config(), current), refused, config);
  }

  private Reload attemptAndTell(String before, boolean asked) {
    return telling(() -> attempt(before, asked), asked);
  }

  private Reload telling(Supplier<Reload> attempt, boolean asked) {
    if (asked) {
      tellOfBegin();
    }
    Reload done = orFault(attempt, asked);
    if (told != null) {
      told.reloaded(done);
      told = null;
    }
    return done;
  }

  private void tellOfBegin() {
    if (told == null) {
      told = events;
      told.reloading();
    }
  }

  /** Attempts it; a fault of ours is told as one of the files is. */
  private Reload orFault(Supplier<Reload> attempt, boolean asked) {
    try {
      return attempt.get();
    } catch (RuntimeException | Error e) { // the thread would swallow it
      Problem fault =
          new Problem(
              "reload",
              "",
              "was ended by a fault of the proxy, " + e.getClass().getSimpleName(),
              "see the log, and report what it says");
      if (asked || !problems.equals(List.of(fault))) {
        tellOfBegin();
        log.atError().setCause(e).log("a fault of the proxy ended a reload");
      }
      problems = List.of(fault);
      failing.add(Reloadable.CONFIG);
      telemetry.reloaded(Reloadable.CONFIG, false);
      return new Reload(problems, 0, 0);
    }
  }

  /**
   * @param before the files' content, as of a moment ago
   * @param asked by somebody, who wants it now; else nothing happens while files change
   */
  private Reload attempt(String before, boolean asked) {
    Candidate candidate = read();
    boolean changing = !before.equals(FilesDigest.of(files()));
    if (changing && !asked) {
      return new Reload(List.of(), 0, 0);
    }
    Listeners.Change change;
    try {
      change = listeners.prepare(candidate.prepared);
    } catch (BindFailed e) {
      candidate = withoutConfig(List.of(e.problem()), candidate.prepared.config());
      change = listeners.imagine(candidate.prepared);
    }
    if (settled.areNew(before) || !candidate.problems().equals(problems)) {
      tellOfBegin();
    }
    Prepared old = current;
    Reload done = serveBy(candidate, change, asked);
    boolean otherFiles = !old.config().files().equals(config().files());
    settled.taken(changing || otherFiles ? FilesDigest.UNKNOWN : before);
    return done;
  }

  /** What Workload APIs have given; what was refused of the files before is so still. */
  private Reload attemptAnswers() {
    tellOfBegin();
    Candidate candidate = new Candidate(current.withAnswersSince(), refused, refusedConfig);
    return serveBy(candidate, listeners.imagine(candidate.prepared), false);
  }

  private Reload serveBy(Candidate candidate, Listeners.Change change, boolean asked) {
    Prepared old = current;
    if (!publish(change, candidate.prepared)) {
      return STOPPING;
    }
    refused = candidate.refused;
    refusedConfig = candidate.refusedConfig;
    apis.keep(config(), refusedConfig);
    int ended = change.judgeAgain();
    change.removed().forEach(this::cutAtDeadline);
    count(candidate, asked ? EnumSet.allOf(Reloadable.class) : current.changesSince(old));
    tell(candidate.problems(), asked, change.listeners(), ended);
    listeners.show(telemetry);
    telemetry.keyRings(keyRings());
    warn(old);
    return new Reload(candidate.problems(), change.listeners(), ended);
  }

  /** False when the proxy stops. */
  private boolean publish(Listeners.Change change, Prepared next) {
    synchronized (thread) {
      if (ended) {
        change.abandon();
        return false;
      }
      change.publish();
      current = next;
      return true;
    }
  }

  /** As a drain does it: they may end by themselves until then. */
  private void cutAtDeadline(Acceptor gone) {
    try {
      thread.schedule(
          () -> gone.cutAll(CloseReason.DRAIN_DEADLINE),
          config().drain().deadline().toNanos(),
          TimeUnit.NANOSECONDS);
    } catch (RejectedExecutionException e) {
      // All has stopped, and it is cut with the rest.
    }
  }

  /**
   * @param read what somebody asked for or what has changed: what of it has no problem is a success
   */
  private void count(Candidate candidate, Set<Reloadable> read) {
    Set<Reloadable> failed = EnumSet.noneOf(Reloadable.class);
    if (!candidate.refused.isEmpty()) {
      failed.add(Reloadable.CONFIG);
    }
    for (Problem problem : candidate.prepared.problems()) {
      failed.add(failed(problem.setting()));
    }
    for (Reloadable what : Reloadable.values()) {
      if (failed.contains(what)) {
        telemetry.reloaded(what, false);
      } else if (read.contains(what) || failing.contains(what)) {
        telemetry.reloaded(what, true);
      }
    }
    failing = failed;
  }

  private static Reloadable failed(String setting) {
    if (setting.startsWith("key-rings.")) {
      return Reloadable.KEY_RING;
    }
    boolean ofTrust =
        setting.endsWith(".trust")
            || setting.endsWith(".revocation.crl")
            || setting.contains(".trust-domains.");
    return ofTrust ? Reloadable.TRUST : Reloadable.IDENTITY;
  }

  /** Of what is not as the file has it, or should not be left so, since the last reload. */
  private void warn(Prepared before) {
    List<Problem> warnings = warnings(current);
    warnings.removeAll(warnings(before));
    for (Problem warning : warnings) {
      log.atWarn().addKeyValue("warning", warning).log("configuration");
    }
  }

  private List<Problem> warnings(Prepared prepared) {
    ProxyConfig config = prepared.config();
    List<Problem> warnings = new ArrayList<>(prepared.warnings());
    if (config.transport() != atStart.transport()) {
      warnings.add(onlyAtStart(config, "transport"));
    }
    if (config.workers() != atStart.workers()) {
      warnings.add(onlyAtStart(config, "workers"));
    }
    if (!config.admin().equals(atStart.admin())) {
      warnings.add(onlyAtStart(config, "admin"));
    }
    return warnings;
  }

  private static Problem onlyAtStart(ProxyConfig config, String setting) {
    return config
        .origins()
        .problem(setting, "is not what it was at the start, and that still holds", "restart");
  }

  /** What is looked at again and again is told once; whoever asks is told each time. */
  private void tell(List<Problem> found, boolean asked, int changed, int ended) {
    if (asked || !found.equals(problems)) {
      for (Problem problem : found) {
        log.atError()
            .addKeyValue("problem", problem)
            .log("reload failed; what served before serves on");
      }
    }
    boolean wasWell = problems.isEmpty();
    problems = List.copyOf(found);
    if (found.isEmpty()) {
      lastSuccess = Instant.now();
    }
    if (changed > 0 || (found.isEmpty() && !wasWell)) {
      log.atInfo()
          .addKeyValue("listeners_changed", changed)
          .addKeyValue("connections_closed", ended)
          .log(found.isEmpty() ? "reloaded" : "reloaded what can serve");
    }
  }
}
