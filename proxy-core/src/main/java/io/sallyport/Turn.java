package io.sallyport;

import io.netty.channel.EventLoopGroup;
import io.netty.util.concurrent.EventExecutor;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/** One turn of event loops, which shows that they turn. */
final class Turn {

  private Turn() {}

  /** Completes when each loop of these groups has run it; exceptionally, when one runs no more. */
  static CompletableFuture<@Nullable Void> ofEach(EventLoopGroup... groups) {
    List<CompletableFuture<@Nullable Void>> turns = new ArrayList<>();
    for (EventLoopGroup group : groups) {
      for (EventExecutor loop : group) {
        CompletableFuture<@Nullable Void> turn = new CompletableFuture<>();
        turns.add(turn);
        try {
          loop.execute(() -> turn.complete(null));
        } catch (RejectedExecutionException e) {
          turn.completeExceptionally(e);
        }
      }
    }
    return CompletableFuture.allOf(turns.toArray(CompletableFuture[]::new));
  }
}
