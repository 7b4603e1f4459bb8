package io.sallyport;

import io.sallyport.config.Address;
import io.sallyport.config.Malformed;
import io.sallyport.http.WorkloadApiClient;
import io.sallyport.http.WorkloadApiFault;
import io.sallyport.identity.Svids;
import java.nio.file.Files;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One agent, and what it gave last. Of answers that come faster than anybody looks at them the last
 * one alone is ever parsed. Thread-safe.
 */
final class WorkloadAgent implements WorkloadApiClient.Listener, AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(WorkloadAgent.class);

  private final Address.Unix socket;
  private final Runnable whenAnswered;
  private final CountDownLatch answered = new CountDownLatch(1);

  /** Held while an answer is parsed, and never while one is taken. */
  private final Object parsing = new Object();

  private @Nullable WorkloadApiClient client;

  /** What came last, while nobody has looked at it. */
  private byte @Nullable [] unread;

  private @Nullable Svids svids;
  private @Nullable Malformed malformed;
  private @Nullable WorkloadApiFault fault;

  /** Of an outage: each is told once. */
  private final Set<WorkloadApiFault.Kind> told = EnumSet.noneOf(WorkloadApiFault.Kind.class);

  private int failures;
  private @Nullable Instant since;

  WorkloadAgent(Address.Unix socket, Runnable whenAnswered) {
    this.socket = socket;
    this.whenAnswered = whenAnswered;
  }

  void askedBy(WorkloadApiClient client) {
    this.client = client;
    client.start();
  }

  @Override
  public void answered(byte[] message) {
    synchronized (this) {
      wipeUnread();
      unread = message;
      if (failures > 0) {
        log.atInfo()
            .addKeyValue("socket", socket)
            .addKeyValue("failures", failures)
            .addKeyValue("since", since)
            .log("the SPIFFE Workload API answers");
      }
      failures = 0;
      since = null;
      told.clear();
      fault = null;
    }
    answered.countDown();
    whenAnswered.run();
  }

  @Override
  public synchronized void failed(WorkloadApiFault why) {
    fault = why;
    failures++;
    since = since == null ? Instant.now() : since;
    if (told.add(why.kind())) {
      log.atWarn()
          .addKeyValue("socket", socket)
          .addKeyValue("reason", why.kind().label())
          .addKeyValue("detail", why.detail())
          .log(
              answered.getCount() > 0
                  ? "the SPIFFE Workload API gives no identity yet; it is asked again"
                  : "the SPIFFE Workload API gives nothing now; what it gave last serves on");
    }
  }

  /** Waits until it has given something for once, though not for ever. */
  void awaitAnswer(Duration most) {
    try {
      boolean given = answered.await(most.toNanos(), TimeUnit.NANOSECONDS);
      log.atDebug().addKeyValue("socket", socket).addKeyValue("given", given).log("waited for it");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // what has not come by now has not come
    }
  }

  /**
   * What it gave last. Parses it, where nobody has yet.
   *
   * @throws Malformed when it has given nothing, or what cannot be understood
   */
  Svids latest() throws Malformed {
    synchronized (parsing) {
      byte[] message;
      synchronized (this) {
        message = unread;
        unread = null;
      }
      if (message != null) {
        parse(message);
      }
      if (malformed != null) {
        throw malformed;
      }
      if (svids == null) {
        throw nothing();
      }
      return svids;
    }
  }

  private void parse(byte[] message) {
    try {
      svids = Svids.read(message);
      malformed = null;
    } catch (Malformed e) {
      malformed = e;
    } finally {
      Arrays.fill(message, (byte) 0);
    }
  }

  private Malformed nothing() {
    WorkloadApiFault fault = fault();
    if (fault == null) {
      return new Malformed(socket + " has not answered in time", "see the agent's log");
    }
    String detail = socket + " " + fault.detail();
    return switch (fault.kind()) {
      case NO_SUCH_SOCKET ->
          new Malformed(
              detail, "check the path, that the agent runs, and that its socket is mounted here");
      case SOCKET_FORBIDDEN ->
          new Malformed(detail, "give the user that runs sallyport the right to write to it");
      case UNREACHABLE ->
          Files.isRegularFile(socket.path()) || Files.isDirectory(socket.path())
              ? new Malformed(
                  socket + " is no socket", "name the agent's socket; unix:/PATH, not its folder")
              : new Malformed(detail, "start the agent, or name the socket that it has");
      case PERMISSION_DENIED ->
          new Malformed(
              detail,
              "register this workload with the agent's server, by what the agent sees of it");
      case BAD_PROTOCOL ->
          new Malformed(detail, "check that it is the socket of a SPIFFE Workload API");
      case NO_ANSWER, STATUS, ENDED -> new Malformed(detail, "see the agent's log");
    };
  }

  private synchronized @Nullable WorkloadApiFault fault() {
    return fault;
  }

  private void wipeUnread() {
    if (unread != null) {
      Arrays.fill(unread, (byte) 0);
      unread = null;
    }
  }

  /** It is not asked any more. */
  @Override
  public synchronized void close() {
    if (client != null) {
      client.close();
    }
    wipeUnread();
  }
}
