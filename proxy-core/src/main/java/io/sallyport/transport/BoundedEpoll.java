package io.sallyport.transport;

import io.netty.channel.IoHandle;
import io.netty.channel.IoHandler;
import io.netty.channel.IoHandlerContext;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.IoOps;
import io.netty.channel.IoRegistration;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollIoOps;
import java.io.UncheckedIOException;
import java.util.ArrayDeque;
import java.util.Objects;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/**
 * Netty's epoll with three corrections to what a channel asks the kernel to be told of.
 *
 * <ul>
 *   <li>EPOLLRDHUP never: upon it Netty reads to the end whatever auto-read says, so that a peer
 *       who sends and finishes could fill our memory with all that the kernel holds for it. A FIN
 *       is seen all the same, by a read that finds the end, as with nio.
 *   <li>Never nothing any more: a channel of which neither reading nor writing is awaited is taken
 *       out of epoll (netty#16689), and Netty 4.2.18 then fails to put it back. EPOLLET alone keeps
 *       it in, and tells at most once of an error. A new channel goes in with its first real wish.
 *   <li>Not before it matters: a wish that changes is told when the loop next looks at its sockets,
 *       and not at all when by then it is what it was. A new channel's is told at once.
 * </ul>
 */
final class BoundedEpoll extends DelegatingIoHandler {

  private final Queue<Bounded> changed = new ArrayDeque<>();

  BoundedEpoll(IoHandler epoll) {
    super(epoll);
  }

  static IoHandlerFactory factory() {
    return factory(EpollIoHandler.newFactory(), BoundedEpoll::new);
  }

  @Override
  public IoRegistration register(IoHandle handle) throws Exception {
    return new Bounded(handle, super.register(handle));
  }

  @Override
  public int run(IoHandlerContext context) {
    for (Bounded one = changed.poll(); one != null; one = changed.poll()) {
      one.tell();
    }
    return super.run(context);
  }

  private final class Bounded implements IoRegistration {

    private final IoHandle handle;
    private final IoRegistration registration;
    // Of the kernel: what it was told last, and what it is to be told; null: nothing yet, or new.
    private @Nullable EpollIoOps told;
    private @Nullable EpollIoOps wanted;

    Bounded(IoHandle handle, IoRegistration registration) {
      this.handle = handle;
      this.registration = registration;
    }

    @Override
    @SuppressWarnings("TypeParameterUnusedInFormals") // as Netty declares it
    public <T> T attachment() {
      return registration.attachment();
    }

    @Override
    public long submit(IoOps ops) {
      EpollIoOps interest = ((EpollIoOps) ops).without(EpollIoOps.EPOLLRDHUP);
      boolean nothing = interest.equals(EpollIoOps.NONE);
      if (told == null) {
        told = nothing ? null : interest;
        return registration.submit(interest);
      }
      if (wanted == null) {
        changed.add(this);
      }
      wanted = nothing ? EpollIoOps.EPOLLET : interest;
      return wanted.value();
    }

    void tell() {
      EpollIoOps news = Objects.requireNonNull(wanted);
      wanted = null;
      if (!news.equals(told) && registration.isValid()) {
        told = news;
        try {
          registration.submit(news);
        } catch (UncheckedIOException e) {
          abandon();
        }
      }
    }

    /** As Netty does with a channel of which the kernel will not tell: nobody would serve it. */
    private void abandon() {
      try {
        handle.close();
      } catch (Exception e) {
        throw new IllegalStateException("a channel that cannot be closed", e);
      }
    }

    @Override
    public boolean isValid() {
      return registration.isValid();
    }

    @Override
    public boolean cancel() {
      return registration.cancel();
    }
  }
}
