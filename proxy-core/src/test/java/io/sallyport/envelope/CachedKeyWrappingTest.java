package io.sallyport.envelope;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.Test;

final class CachedKeyWrappingTest {

  private static final Duration AGE = Duration.ofSeconds(10);

  private final Service service = new Service();
  private long now;
  private final CachedKeyWrapping cache = new CachedKeyWrapping(service, 2, AGE, () -> now);

  /** Answers when told to. */
  private static final class Service implements KeyWrapping {
    final List<CompletableFuture<byte[]>> asked = new ArrayList<>();

    @Override
    public CompletionStage<byte[]> wrap(byte[] dataKey) {
      throw new UnsupportedOperationException();
    }

    @Override
    public CompletionStage<byte[]> unwrap(byte[] wrapped) {
      asked.add(new CompletableFuture<>());
      return asked.get(asked.size() - 1);
    }
  }

  @Test
  void asksOnceForOneKeyWhoeverWantsItMeanwhile() {
    CompletableFuture<byte[]> first = unwrap(1);
    CompletableFuture<byte[]> second = unwrap(1);

    service.asked.get(0).complete(dataKey(7));

    assertThat(service.asked).hasSize(1);
    assertThat(first.join()).isEqualTo(dataKey(7));
    assertThat(second.join()).isEqualTo(dataKey(7));
    assertThat(unwrap(1).join()).isEqualTo(dataKey(7));
    assertThat(service.asked).hasSize(1);
  }

  @Test
  void whoWipesHisKeyWipesNobodyElses() {
    CompletableFuture<byte[]> first = unwrap(1);
    service.asked.get(0).complete(dataKey(7));

    Arrays.fill(first.join(), (byte) 0);

    assertThat(unwrap(1).join()).isEqualTo(dataKey(7));
  }

  @Test
  void asksAgainWhenItIsTooOld() {
    unwrap(1);
    service.asked.get(0).complete(dataKey(7));

    now = AGE.toNanos() - 1;
    unwrap(1);
    assertThat(service.asked).hasSize(1);

    now = AGE.toNanos();
    unwrap(1);
    assertThat(service.asked).hasSize(2);
  }

  @Test
  void keepsNoMoreThanItMayAndWipesWhatGoes() {
    byte[] eldest = dataKey(7);
    CompletableFuture<byte[]> mine = unwrap(1);
    service.asked.get(0).complete(eldest);
    unwrap(2);
    unwrap(3);

    assertThat(eldest).isEqualTo(new byte[32]);
    assertThat(mine.join()).isEqualTo(dataKey(7));
    unwrap(1);
    assertThat(service.asked).hasSize(4);
  }

  @Test
  void whoIsPushedOutBeforeTheAnswerStillGetsIt() {
    CompletableFuture<byte[]> mine = unwrap(1);
    unwrap(2);
    unwrap(3);

    service.asked.get(0).complete(dataKey(7));

    assertThat(mine.join()).isEqualTo(dataKey(7));
  }

  @Test
  void aFailureIsNotRemembered() {
    CompletableFuture<byte[]> first = unwrap(1);
    service.asked.get(0).completeExceptionally(new IOException("no route"));
    CompletableFuture<byte[]> second = unwrap(1);
    service.asked.get(1).complete(dataKey(7));

    assertThat(first).isCompletedExceptionally();
    assertThat(second.join()).isEqualTo(dataKey(7));
  }

  @Test
  void aServiceThatThrowsIsAskedAgainAndLeavesNobodyWaiting() {
    List<byte[]> asked = new ArrayList<>();
    CachedKeyWrapping throwing =
        new CachedKeyWrapping(
            new KeyWrapping() {
              @Override
              public CompletionStage<byte[]> wrap(byte[] dataKey) {
                throw new UnsupportedOperationException();
              }

              @Override
              public CompletionStage<byte[]> unwrap(byte[] wrapped) {
                asked.add(wrapped);
                throw new IllegalStateException("too many asked for");
              }
            },
            2,
            AGE);

    for (int times = 1; times <= 2; times++) {
      assertThat(throwing.unwrap(new byte[] {1}).toCompletableFuture()).isCompletedExceptionally();
      assertThat(asked).hasSize(times);
    }
  }

  private CompletableFuture<byte[]> unwrap(int name) {
    return cache.unwrap(new byte[] {(byte) name}).toCompletableFuture();
  }

  private static byte[] dataKey(int seed) {
    byte[] key = new byte[32];
    Arrays.fill(key, (byte) seed);
    return key;
  }
}
