package io.sallyport.envelope;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class OffLoopKeyWrappingTest {

  private static final byte[] TEXT = "a small secret".getBytes(US_ASCII);
  private static final Duration LONG = Duration.ofMinutes(1);

  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final CountDownLatch hanging = new CountDownLatch(1);

  /** Wraps with a key of its own, and remembers who asked. */
  private static class Service implements KeyService {
    final AesKeyWrapping key = new AesKeyWrapping(new byte[32]);
    volatile @Nullable Thread asked;

    @Override
    public byte[] wrap(byte[] dataKey) throws Exception {
      asked = Thread.currentThread();
      return key.wrap(dataKey).toCompletableFuture().get();
    }

    @Override
    public byte @Nullable [] unwrap(byte[] wrapped) throws Exception {
      asked = Thread.currentThread();
      try {
        return key.unwrap(wrapped).toCompletableFuture().get();
      } catch (ExecutionException e) {
        return null;
      }
    }
  }

  @AfterEach
  void stop() {
    hanging.countDown();
    threads.shutdownNow();
  }

  private KeyRing ring(KeyService service, Executor executor, Duration timeout) {
    return Envelopes.ring(
        EnvelopeKey.wrapping(
            "kms", KeyState.PRIMARY, new OffLoopKeyWrapping(service, executor, timeout)));
  }

  private static ChunkSealer seal(KeyRing ring) throws Exception {
    return Sealed.seal(ring.primary(KeyUse.SEALED), Envelopes.NO_AAD)
        .toCompletableFuture()
        .get(20, TimeUnit.SECONDS);
  }

  @Test
  void sealsAndOpensByAServiceThatIsAskedElsewhere() throws Exception {
    Service service = new Service();
    KeyRing ring = ring(service, threads, LONG);

    ChunkSealer sealer = seal(ring);

    assertThat(sealer.header().keyId()).isEqualTo("kms");
    assertThat(service.asked).isNotNull().isNotEqualTo(Thread.currentThread());
    KeyRing local = Envelopes.ring(EnvelopeKey.wrapping("kms", KeyState.PRIMARY, service.key));
    byte[] sealed = Envelopes.sealed(local, TEXT, Envelopes.NO_AAD);
    Sealed.open(ring, Envelopes.start(sealed), Envelopes.NO_AAD)
        .toCompletableFuture()
        .get(20, TimeUnit.SECONDS);
  }

  @Test
  void aKeyThatTheServiceDoesNotKnowIsToldApartFromAServiceThatFails() throws Exception {
    byte[] sealed = Envelopes.sealed(Envelopes.primary(KeyUse.WRAP), TEXT, Envelopes.NO_AAD);
    SealedStart foreign = Envelopes.start(sealed).with(SealedHeader.wrapped("kms", new byte[40]));

    assertFailure(
        EnvelopeFailure.UNWRAP_FAILED,
        () ->
            Sealed.open(ring(new Service(), threads, LONG), foreign, Envelopes.NO_AAD)
                .toCompletableFuture()
                .get(20, TimeUnit.SECONDS));
    Service broken =
        new Service() {
          @Override
          public byte[] wrap(byte[] dataKey) throws Exception {
            throw new IOException("no route");
          }
        };
    assertFailure(EnvelopeFailure.KMS_FAILED, () -> seal(ring(broken, threads, LONG)));
  }

  @Test
  void isNotWaitedForLongerThanItMay() {
    Service silent =
        new Service() {
          @Override
          public byte[] wrap(byte[] dataKey) throws Exception {
            hanging.await();
            return dataKey;
          }
        };

    assertThatThrownBy(() -> seal(ring(silent, threads, Duration.ofMillis(50))))
        .cause()
        .isInstanceOfSatisfying(
            EnvelopeFailed.class,
            e -> {
              assertThat(e.failure()).isEqualTo(EnvelopeFailure.KMS_FAILED);
              assertThat(e).hasCauseInstanceOf(TimeoutException.class);
            });
  }

  @Test
  void whoIsAskedForTooMuchRefuses() {
    Executor full =
        task -> {
          throw new RejectedExecutionException();
        };

    assertFailure(EnvelopeFailure.KMS_FAILED, () -> seal(ring(new Service(), full, LONG)));
  }

  private static void assertFailure(EnvelopeFailure failure, ThrowingCallable call) {
    assertThatThrownBy(call)
        .cause()
        .isInstanceOfSatisfying(
            EnvelopeFailed.class, e -> assertThat(e.failure()).isEqualTo(failure));
  }
}
