package io.sallyport.relay;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.ChannelHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import io.sallyport.relay.ConnectionEvents.Direction;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** A read on one side that becomes a write on the other, without the kernel and without TLS. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class RelayBenchmark {

  /** What one read brings. */
  @Param({"128", "16384"})
  public int bytes;

  private EmbeddedChannel peer;
  private EmbeddedChannel application;
  private ByteBuf data;
  private long relayed;

  @Setup
  public void open() {
    RelayTimeouts timeouts =
        new RelayTimeouts(
            Duration.ofHours(1), Duration.ofSeconds(60), Duration.ofSeconds(5), Duration.ZERO);
    Relay relay = new Relay(false, timeouts, new Counting());
    End peerEnd = new End();
    End applicationEnd = new End();
    peer = new EmbeddedChannel(peerEnd, relay.peerSide(peerEnd));
    application = new EmbeddedChannel(applicationEnd, relay.applicationSide(applicationEnd));
    relay.open();
    data = PooledByteBufAllocator.DEFAULT.directBuffer(bytes).writeZero(bytes);
  }

  @TearDown
  public void close() {
    peer.finishAndReleaseAll();
    application.finishAndReleaseAll();
    data.release();
  }

  @Benchmark
  public long toTheApplication() {
    return pass(peer, application);
  }

  @Benchmark
  public long toThePeer() {
    return pass(application, peer);
  }

  private long pass(EmbeddedChannel from, EmbeddedChannel to) {
    from.writeInbound(data.retainedDuplicate());
    to.runPendingTasks();
    ByteBuf written = to.readOutbound();
    if (written != null) {
      written.release();
    }
    return relayed;
  }

  private static final class End extends ChannelHandlerAdapter implements EndOfStream {
    @Override
    public void finishOutput() {
      throw new IllegalStateException("nothing ends here");
    }
  }

  private final class Counting implements RelayEvents {
    @Override
    public void relayed(Direction direction, int count) {
      relayed += count;
    }

    @Override
    public void ending(CloseReason reason) {
      throw new IllegalStateException("it ends: " + reason);
    }

    @Override
    public void fault(Throwable cause) {
      throw new IllegalStateException(cause);
    }
  }
}
