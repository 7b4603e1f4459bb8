package io.sallyport.tls;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelPromise;
import io.netty.util.concurrent.Future;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a connection needs until its handshake is over, and not for as long as it lives. */
final class Handshake {

  /** Written before there was anything to encrypt it with. */
  record Early(ByteBuf data, ChannelPromise written) {}

  final Duration timeout;
  final @Nullable String serverName;
  final FirstBytes firstBytes = new FirstBytes();
  final List<Early> early = new ArrayList<>(0);

  /** What came while the judge is asked. */
  final Deque<ByteBuf> held = new ArrayDeque<>(1);

  int heldBytes;
  @Nullable Object heldEnd;

  /** How much of what will come has been seen already. */
  int seenBefore;

  boolean begun;
  boolean judging;
  boolean failed;
  boolean flushAsked;
  @Nullable Throwable refusal;
  @Nullable Future<?> deadline;

  Handshake(Duration timeout, @Nullable String serverName) {
    this.timeout = timeout;
    this.serverName = serverName;
  }

  /**
   * Looks at what came.
   *
   * @return whether it may be TLS
   */
  boolean sees(ByteBuf in, HelloRandom hello, boolean fromClient) {
    if (seenBefore >= in.readableBytes()) {
      seenBefore -= in.readableBytes();
    } else {
      see(in, hello, fromClient);
    }
    return firstBytes.mayBeTls();
  }

  void see(ByteBuf in, HelloRandom hello, boolean fromClient) {
    firstBytes.saw(in);
    if (fromClient) {
      hello.saw(in);
    }
  }

  /** The next of what was held; null when there is nothing, and while the judge is asked again. */
  @Nullable ByteBuf next() {
    return judging ? null : held.pollFirst();
  }

  void cancelDeadline() {
    if (deadline != null) {
      deadline.cancel(false);
    }
  }

  void fail(Exception cause) {
    failed = true;
    cancelDeadline();
    for (ByteBuf in = held.pollFirst(); in != null; in = held.pollFirst()) {
      in.release();
    }
    early.forEach(
        each -> {
          each.data().release();
          each.written().tryFailure(cause);
        });
    early.clear();
  }
}
