package io.sallyport.identity;

import io.sallyport.config.OcspConfig;
import io.sallyport.config.OcspConfig.Policy;
import io.sallyport.identity.OcspStatus.OcspOutcome;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** What OCSP responders say of a path that is otherwise proven. Thread-safe. */
final class OcspCheck {

  /** Nobody is asked. */
  static final OcspCheck OFF = new OcspCheck(OcspConfig.OFF, null);

  private static final OcspOutcome NOT_ASKED =
      new OcspOutcome(OcspResult.UNKNOWN, "it names no responder that is asked over http");

  private final OcspConfig config;
  private final @Nullable OcspClient client;

  private OcspCheck(OcspConfig config, @Nullable OcspClient client) {
    this.config = config;
    this.client = client;
  }

  static OcspCheck by(OcspConfig config, OcspClient client) {
    return config.policy() == Policy.OFF ? OFF : new OcspCheck(config, client);
  }

  boolean isOff() {
    return client == null;
  }

  boolean isRequired() {
    return config.policy() == Policy.REQUIRE;
  }

  boolean isSameAs(OcspCheck other) {
    return config.equals(other.config);
  }

  /** Whether all that this would ask for was asked for when the proof was made. */
  boolean hasAskedFor(ProvenChain proof) {
    return isOff()
        || (!proof.leases().isEmpty()
            && proof.leases().stream().allMatch(lease -> lease.by().equals(config)));
  }

  /** What was answered then, as far as this needs it. */
  List<OcspLease> leasesOf(ProvenChain proof) {
    return isOff() ? List.of() : proof.leases();
  }

  /** Where {@link #check} is to be called; null when it never waits. */
  @Nullable Executor executor() {
    return client == null ? null : client.checking();
  }

  /**
   * Asks for every certificate below the anchor of which no answer is known, and waits.
   *
   * @param without until when each needs no answer
   * @throws ChainRefused when one is revoked or, by now, needs a good answer and has none
   */
  List<OcspLease> check(PathFinder.Path path, List<Instant> without, Instant now)
      throws ChainRefused {
    if (client == null) {
      return List.of();
    }
    List<OcspLease> leases = leases(client, path.certificates(), without);
    List<CompletableFuture<OcspOutcome>> asked = new ArrayList<>();
    for (OcspLease lease : leases) {
      lease.status().relyOn();
      asked.add(
          lease.isSettled(client.now())
              ? CompletableFuture.completedFuture(NOT_ASKED)
              : client.ask(lease.status(), config.timeout()));
    }
    long deadline = System.nanoTime() + config.timeout().toNanos();
    for (int i = 0; i < leases.size(); i++) {
      OcspOutcome outcome = outcome(asked.get(i), deadline);
      OcspLease lease = leases.get(i);
      boolean good =
          client.now().isBefore(lease.status().goodUntil()) || now.isBefore(lease.without());
      if (lease.status().isRevoked()) {
        throw path.revoked(i, null);
      }
      if (!good) {
        throw new ChainRefused(
            HandshakeFailure.REVOCATION_UNKNOWN,
            unknown(PathFinder.Path.which(i), outcome),
            path.leaf(),
            null);
      }
    }
    return leases;
  }

  /**
   * As {@link #check}, of a peer that is here already: asks nobody, which is {@link #renew}'s.
   * Where a good answer is needed and none is known, the right ends when one could have been had.
   *
   * @param without until when each needs no answer
   * @param before of the proof so far: what needed an answer then has the time that it had
   * @throws ChainRefused when one is known to be revoked
   */
  List<OcspLease> checkAgain(
      PathFinder.Path path, List<Instant> without, Instant now, List<OcspLease> before)
      throws ChainRefused {
    if (client == null) {
      return List.of();
    }
    Instant soon = now.plus(config.timeout());
    List<OcspLease> leases = new ArrayList<>();
    for (OcspLease fresh : leases(client, path.certificates(), without)) {
      Optional<OcspLease> known = before.stream().filter(fresh::asksAs).findFirst();
      // What is asked for has another status where so many others came that it was forgotten.
      OcspStatus status = known.map(OcspLease::status).orElse(fresh.status());
      status.relyOn();
      if (status.isRevoked() || fresh.status().isRevoked()) {
        throw path.revoked(leases.size(), null);
      }
      Instant until =
          fresh.without().isAfter(now)
              ? fresh.without()
              : known.map(OcspLease::without).orElse(soon);
      leases.add(new OcspLease(status, until, config));
    }
    return List.copyOf(leases);
  }

  private List<OcspLease> leases(
      OcspClient client, List<X509Certificate> path, List<Instant> without) {
    List<OcspLease> leases = new ArrayList<>();
    for (int i = 0; i + 1 < path.size(); i++) {
      OcspQuestion question = OcspQuestion.of(path.get(i), path.get(i + 1), config.responder());
      leases.add(new OcspLease(client.status(question), without.get(i), config));
    }
    return List.copyOf(leases);
  }

  private static OcspOutcome outcome(CompletableFuture<OcspOutcome> asked, long deadlineNanos) {
    try {
      return asked.get(Math.max(0, deadlineNanos - System.nanoTime()), TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      return new OcspOutcome(OcspResult.TIMEOUT, "nothing came in time");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return new OcspOutcome(OcspResult.UNREACHABLE, "the proxy is stopping");
    } catch (ExecutionException e) {
      throw new IllegalStateException("what comes of a question is never a fault", e);
    }
  }

  private static String unknown(String which, OcspOutcome outcome) {
    String why =
        outcome.equals(NOT_ASKED)
            ? outcome.words()
            : outcome.result().label() + ", " + outcome.words();
    return "no OCSP answer tells whether " + which + " is revoked: " + why;
  }

  /** Asks again, and waits for nothing, where answers that the proof relies on are due. */
  void renew(ProvenChain proof) {
    if (client == null) {
      return;
    }
    Instant now = client.now();
    for (OcspLease lease : proof.leases()) {
      OcspStatus status = lease.status();
      boolean asks = status.question().responder() != null && !status.isRevoked();
      if (asks && status.isDue(now)) {
        client.askInTheBackground(status, config.timeout());
      }
    }
  }
}
