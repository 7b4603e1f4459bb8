package io.sallyport.transport;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.IoEvent;
import io.netty.channel.IoHandle;
import io.netty.channel.IoHandler;
import io.netty.channel.IoHandlerContext;
import io.netty.channel.IoOps;
import io.netty.channel.IoRegistration;
import io.netty.channel.epoll.EpollIoOps;
import io.sallyport.rig.Transports;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What the kernel is told of the wishes of channels, and when. */
final class BoundedEpollTest {

  private final Kernel kernel = new Kernel();
  private final BoundedEpoll epoll = new BoundedEpoll(kernel);
  private final Context turn = new Context();

  @BeforeAll
  static void needsEpoll() {
    Transports.assumeAvailable("epoll");
  }

  @Test
  void hearsOfANewChannelAtOnce() throws Exception {
    IoRegistration channel = epoll.register(new Handle());

    channel.submit(EpollIoOps.NONE);
    channel.submit(EpollIoOps.EPOLLOUT);

    assertThat(kernel.told).containsExactly(EpollIoOps.NONE, EpollIoOps.EPOLLOUT);
  }

  @Test
  void hearsWhatAChannelWantsInTheEndBeforeItIsAskedForEvents() throws Exception {
    IoRegistration channel = channelThatWants(EpollIoOps.EPOLLOUT);

    channel.submit(EpollIoOps.NONE);
    channel.submit(EpollIoOps.EPOLLIN);
    assertThat(kernel.told).containsExactly(EpollIoOps.EPOLLOUT);
    epoll.run(turn);
    epoll.run(turn);

    assertThat(kernel.told)
        .containsExactly(
            EpollIoOps.EPOLLOUT,
            EpollIoOps.EPOLLIN,
            Kernel.ASKED_FOR_EVENTS,
            Kernel.ASKED_FOR_EVENTS);
  }

  @Test
  void hearsNothingOfAChannelThatWantsAgainWhatItWanted() throws Exception {
    IoRegistration channel = channelThatWants(EpollIoOps.EPOLLIN);

    channel.submit(EpollIoOps.NONE);
    channel.submit(EpollIoOps.EPOLLIN);
    epoll.run(turn);

    assertThat(kernel.told).containsExactly(EpollIoOps.EPOLLIN, Kernel.ASKED_FOR_EVENTS);
  }

  @Test
  void hearsOfEdgesAloneWhenAChannelWantsNothingAnyMore() throws Exception {
    IoRegistration channel = epoll.register(new Handle());
    channel.submit(EpollIoOps.EPOLLIN.with(EpollIoOps.EPOLLRDHUP));

    channel.submit(EpollIoOps.EPOLLRDHUP);
    epoll.run(turn);

    assertThat(kernel.told)
        .containsExactly(EpollIoOps.EPOLLIN, EpollIoOps.EPOLLET, Kernel.ASKED_FOR_EVENTS);
  }

  @Test
  void hearsNothingOfAChannelThatIsGone() throws Exception {
    IoRegistration channel = channelThatWants(EpollIoOps.EPOLLIN);

    channel.submit(EpollIoOps.EPOLLOUT);
    channel.cancel();
    epoll.run(turn);

    assertThat(kernel.told).containsExactly(EpollIoOps.EPOLLIN, Kernel.ASKED_FOR_EVENTS);
  }

  @Test
  void closesAChannelWhoseWishItRefusesAndServesTheOthers() throws Exception {
    Handle refused = new Handle();
    Handle other = new Handle();
    IoRegistration first = epoll.register(refused);
    IoRegistration second = epoll.register(other);
    first.submit(EpollIoOps.EPOLLIN);
    second.submit(EpollIoOps.EPOLLIN);

    first.submit(EpollIoOps.EPOLLOUT);
    second.submit(EpollIoOps.NONE);
    kernel.refusal = EpollIoOps.EPOLLOUT;
    epoll.run(turn);

    assertThat(refused.closed).isTrue();
    assertThat(other.closed).isFalse();
    assertThat(kernel.told).endsWith(EpollIoOps.EPOLLET, Kernel.ASKED_FOR_EVENTS);
  }

  private IoRegistration channelThatWants(EpollIoOps ops) throws Exception {
    IoRegistration channel = epoll.register(new Handle());
    channel.submit(ops);
    return channel;
  }

  /** In Netty's place: notes what it is told to tell. */
  private static final class Kernel implements IoHandler {

    static final IoOps ASKED_FOR_EVENTS =
        new IoOps() {
          @Override
          public String toString() {
            return "asked for events";
          }
        };

    private final List<IoOps> told = new ArrayList<>();
    private @Nullable IoOps refusal;

    @Override
    public IoRegistration register(IoHandle handle) {
      return new Registration();
    }

    @Override
    public int run(IoHandlerContext context) {
      told.add(ASKED_FOR_EVENTS);
      return 0;
    }

    @Override
    public void prepareToDestroy() {}

    @Override
    public void destroy() {}

    @Override
    public void wakeup() {}

    @Override
    public boolean isCompatible(Class<? extends IoHandle> handleType) {
      return true;
    }

    private final class Registration implements IoRegistration {
      private boolean valid = true;

      @Override
      @SuppressWarnings("TypeParameterUnusedInFormals") // as Netty declares it
      public <T> T attachment() {
        throw new UnsupportedOperationException();
      }

      @Override
      public long submit(IoOps ops) {
        if (ops.equals(refusal)) {
          throw new UncheckedIOException(new IOException("no"));
        }
        told.add(ops);
        return 0;
      }

      @Override
      public boolean isValid() {
        return valid;
      }

      @Override
      public boolean cancel() {
        valid = false;
        return true;
      }
    }
  }

  private static final class Handle implements IoHandle {
    private boolean closed;

    @Override
    public void handle(IoRegistration registration, IoEvent ioEvent) {}

    @Override
    public void close() {
      closed = true;
    }
  }

  private static final class Context implements IoHandlerContext {
    @Override
    public boolean canBlock() {
      return false;
    }

    @Override
    public long delayNanos(long currentTimeNanos) {
      return 0;
    }

    @Override
    public long deadlineNanos() {
      return -1;
    }
  }
}
