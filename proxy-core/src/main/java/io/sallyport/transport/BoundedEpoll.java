package io.sallyport.transport;

import io.netty.channel.IoHandle;
import io.netty.channel.IoHandler;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.IoOps;
import io.netty.channel.IoRegistration;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollIoOps;

/**
 * Netty's epoll with two corrections to what a channel asks the kernel to be told of.
 *
 * <ul>
 *   <li>EPOLLRDHUP never: upon it Netty reads to the end whatever auto-read says, so that a peer
 *       who sends and finishes could fill our memory with all that the kernel holds for it. A FIN
 *       is seen all the same, by a read that finds the end, as with nio.
 *   <li>Never nothing any more: a channel of which neither reading nor writing is awaited is taken
 *       out of epoll (netty#16689), and Netty 4.2.18 then fails to put it back. EPOLLET alone keeps
 *       it in, and tells at most once of an error. A new channel goes in with its first real wish.
 * </ul>
 */
final class BoundedEpoll extends DelegatingIoHandler {

  private BoundedEpoll(IoHandler epoll) {
    super(epoll);
  }

  static IoHandlerFactory factory() {
    return factory(EpollIoHandler.newFactory(), BoundedEpoll::new);
  }

  @Override
  public IoRegistration register(IoHandle handle) throws Exception {
    return new Bounded(super.register(handle));
  }

  private static final class Bounded implements IoRegistration {

    private final IoRegistration registration;
    // What the kernel was told last; a call that would tell it the same is saved. 0: nothing yet.
    private int told;

    Bounded(IoRegistration registration) {
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
      if (interest.value() == EpollIoOps.NONE.value() && told != 0) {
        interest = EpollIoOps.EPOLLET;
      }
      if (interest.value() == told) {
        return told;
      }
      told = interest.value();
      return registration.submit(interest);
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
