package io.sallyport;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.EventLoopGroup;
import io.sallyport.config.TransportKind;
import io.sallyport.transport.Transport;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class TurnTest {

  @Test
  void waitsForALoopThatIsStuckAndForNoOther() throws Exception {
    EventLoopGroup loops = Transport.of(TransportKind.NIO).newLoops(2, "turn");
    CountDownLatch stuck = new CountDownLatch(1);
    CountDownLatch goOn = new CountDownLatch(1);
    try {
      loops
          .next()
          .execute(
              () -> {
                stuck.countDown();
                try {
                  goOn.await();
                } catch (InterruptedException e) {
                  Thread.currentThread().interrupt();
                }
              });
      stuck.await();

      CompletableFuture<?> turn = Turn.ofEach(loops);
      // The other loop has had its turn when it has had one that was asked for later.
      loops.next().submit(() -> {}).get(20, TimeUnit.SECONDS);
      assertThat(turn).isNotDone();

      goOn.countDown();
      turn.get(20, TimeUnit.SECONDS);
    } finally {
      goOn.countDown();
      loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
    }
    assertThat(Turn.ofEach(loops)).isCompletedExceptionally();
  }
}
