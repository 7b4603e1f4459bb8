package io.sallyport.transport;

import io.netty.channel.IoEvent;
import io.netty.channel.IoHandle;
import io.netty.channel.IoHandler;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.IoRegistration;
import io.netty.channel.uring.IoUringIoEvent;
import io.netty.channel.uring.IoUringIoHandle;
import io.netty.channel.uring.IoUringIoHandler;

/**
 * Netty's io_uring, told in another way that a peer has finished. Upon POLLRDHUP Netty reads to the
 * end whatever auto-read says, so that a peer who sends and finishes could fill our memory with all
 * that the kernel holds for it. It hears POLLIN instead, which it heeds when it wants to read; and
 * it hears it again after every event until it has read the end, because it may forget.
 */
final class BoundedIoUring extends DelegatingIoHandler {

  // Of the kernel's poll.h and io_uring.h.
  private static final int POLLIN = 0x0001;
  private static final int POLLRDHUP = 0x2000;
  private static final byte IORING_OP_POLL_ADD = 6;
  private static final byte IORING_OP_RECV = 27;
  private static final int IORING_CQE_F_MORE = 1 << 1;

  private BoundedIoUring(IoHandler ioUring) {
    super(ioUring);
  }

  static IoHandlerFactory factory() {
    return factory(IoUringIoHandler.newFactory(), BoundedIoUring::new);
  }

  @Override
  public IoRegistration register(IoHandle handle) throws Exception {
    return super.register(
        handle instanceof IoUringIoHandle ioUring ? new Bounded(ioUring) : handle);
  }

  private static final class Bounded implements IoUringIoHandle {

    private final IoUringIoHandle handle;
    private boolean endToBeRead;

    Bounded(IoUringIoHandle handle) {
      this.handle = handle;
    }

    @Override
    public void handle(IoRegistration registration, IoEvent event) {
      IoUringIoEvent completion = (IoUringIoEvent) event;
      byte operation = completion.opcode();
      int result = completion.res();
      if (operation == IORING_OP_POLL_ADD && result > 0 && (result & POLLRDHUP) != 0) {
        endToBeRead = true;
      } else {
        endToBeRead &= operation != IORING_OP_RECV || result != 0;
        handle.handle(registration, event);
      }
      if (endToBeRead && registration.isValid()) {
        handle.handle(
            registration, new IoUringIoEvent(POLLIN, IORING_CQE_F_MORE, IORING_OP_POLL_ADD, 0L));
      }
    }

    @Override
    public void registered() {
      handle.registered();
    }

    @Override
    public void unregistered() {
      handle.unregistered();
    }

    @Override
    public void close() throws Exception {
      handle.close();
    }
  }
}
