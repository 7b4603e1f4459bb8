package io.sallyport.identity;

import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** What is known of one certificate: the newest answer, and what came of asking. Thread-safe. */
final class OcspStatus {

  /** For so long a certificate is not asked for again when the last question brought nothing. */
  static final Duration AFTER_FAILURE = Duration.ofSeconds(5);

  /** At the latest, the answers of whom peers rely on are asked for again. */
  static final Duration LONGEST_REST = Duration.ofHours(1);

  private static final int MOST_DOUBLINGS = 4;

  private final OcspQuestion question;
  private volatile @Nullable OcspAnswer answer;
  private volatile boolean reliedOn;
  private volatile Instant dueAt = Instant.MIN;

  private @Nullable CompletableFuture<OcspOutcome> asking;
  private @Nullable OcspOutcome failure;
  private Instant failureHolds = Instant.MIN;
  private int failures;

  /** What came of asking: {@code words} say more of a result that is no answer. */
  record OcspOutcome(OcspResult result, String words) {}

  OcspStatus(OcspQuestion question) {
    this.question = question;
  }

  OcspQuestion question() {
    return question;
  }

  /** Whether the newest answer says so; it does so beyond its time, until there is a newer one. */
  boolean isRevoked() {
    OcspAnswer newest = answer;
    return newest != null && newest.revoked();
  }

  /** Until when the certificate is known to be good; the beginning of time when it is not. */
  Instant goodUntil() {
    OcspAnswer newest = answer;
    return newest == null || newest.revoked() ? Instant.MIN : newest.goodUntil();
  }

  /** Whether there is an answer that holds, whatever it says. */
  boolean isKnown(Instant now) {
    OcspAnswer newest = answer;
    return newest != null && now.isBefore(newest.goodUntil());
  }

  /** As of when the newest answer is; the beginning of time when there is none. */
  Instant asOf() {
    OcspAnswer newest = answer;
    return newest == null ? Instant.MIN : newest.thisUpdate();
  }

  /** From now on somebody may be let in by what is known; call it before looking at that. */
  void relyOn() {
    reliedOn = true;
  }

  /** Whether it is time to ask again for the sake of those who rely on what is known. */
  boolean isDue(Instant now) {
    return !now.isBefore(dueAt);
  }

  /**
   * Asks, unless a question is under way or has just brought nothing.
   *
   * @param start asks; {@link #answered} or {@link #failed} then tells what came of it
   */
  synchronized CompletableFuture<OcspOutcome> ask(
      Instant now, Consumer<CompletableFuture<OcspOutcome>> start) {
    if (asking != null) {
      return asking;
    }
    if (failure != null && now.isBefore(failureHolds)) {
      return CompletableFuture.completedFuture(failure);
    }
    CompletableFuture<OcspOutcome> asked = new CompletableFuture<>();
    asking = asked;
    start.accept(asked);
    return asked;
  }

  /**
   * @return whether somebody who was let in has lost the right to it
   */
  synchronized boolean answered(OcspAnswer fresh, Instant now) {
    boolean before = isRevoked();
    answer = fresh;
    asking = null;
    failure = null;
    failures = 0;
    Duration half = Duration.between(now, fresh.goodUntil()).dividedBy(2);
    Duration rest = half.compareTo(LONGEST_REST) < 0 ? half : LONGEST_REST;
    // Up to a tenth earlier: who came together need not be asked for together.
    dueAt =
        now.plus(rest.multipliedBy(ThreadLocalRandom.current().nextInt(90, 101)).dividedBy(100));
    return fresh.revoked() && !before && reliedOn;
  }

  /**
   * @param ofCertificate whether the failure says something of this certificate; otherwise the
   *     responder did not answer, which is remembered of the responder
   * @return whether it is the first since there was an answer
   */
  synchronized boolean failed(OcspOutcome outcome, boolean ofCertificate, Instant now) {
    asking = null;
    failure = ofCertificate ? outcome : null;
    failureHolds = now.plus(AFTER_FAILURE);
    dueAt = now.plus(AFTER_FAILURE.multipliedBy(1L << Math.min(failures, MOST_DOUBLINGS)));
    return failures++ == 0;
  }
}
