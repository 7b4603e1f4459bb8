package io.sallyport.envelope;

import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;

/**
 * Asks a {@link KeyService} on threads of its own, and waits for no answer longer than it may. With
 * a {@link CachedKeyWrapping} around it, it is asked once for one key.
 */
public final class OffLoopKeyWrapping implements KeyWrapping {

  private final KeyService service;
  private final Executor executor;
  private final Duration timeout;

  /**
   * @param executor whose threads may wait; one with a bound on what it queues, since whoever sends
   *     wrapped keys decides how many are asked for
   * @param timeout for one answer
   */
  public OffLoopKeyWrapping(KeyService service, Executor executor, Duration timeout) {
    this.service = service;
    this.executor = executor;
    this.timeout = timeout;
  }

  @Override
  public CompletionStage<byte[]> wrap(byte[] dataKey) {
    byte[] copy = dataKey.clone(); // the caller wipes its own when we have given up
    return ask(
        () -> {
          try {
            return service.wrap(copy);
          } finally {
            Arrays.fill(copy, (byte) 0);
          }
        });
  }

  @Override
  public CompletionStage<byte[]> unwrap(byte[] wrapped) {
    byte[] copy = wrapped.clone();
    return ask(
        () -> {
          byte[] dataKey = service.unwrap(copy);
          if (dataKey == null) {
            throw new EnvelopeFailed(
                EnvelopeFailure.UNWRAP_FAILED, "the service knows no such wrapped key");
          }
          return dataKey;
        });
  }

  private CompletionStage<byte[]> ask(Callable<byte[]> call) {
    CompletableFuture<byte[]> answer = new CompletableFuture<>();
    try {
      executor.execute(
          () -> {
            try {
              answer.complete(call.call());
            } catch (Exception e) {
              answer.completeExceptionally(e);
            }
          });
    } catch (RejectedExecutionException e) {
      answer.completeExceptionally(e);
    }
    return answer.orTimeout(timeout.toNanos(), TimeUnit.NANOSECONDS);
  }
}
