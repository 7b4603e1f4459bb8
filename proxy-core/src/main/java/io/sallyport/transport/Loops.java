package io.sallyport.transport;

import io.netty.channel.IoEventLoop;
import io.netty.channel.IoEventLoopGroup;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SingleThreadIoEventLoop;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.util.concurrent.Executor;

/**
 * Event loops that close their channels before they end. Netty's own may be told to shut down after
 * it has looked for that and before it ends, and then leaves every channel open, with all that its
 * handlers hold. Here a whole turn follows, which begins by looking.
 */
final class Loops extends MultiThreadIoEventLoopGroup {

  Loops(int threads, String purpose, IoHandlerFactory ioHandlers) {
    super(threads, new DefaultThreadFactory(purpose, true), ioHandlers);
  }

  @Override
  protected IoEventLoop newChild(Executor executor, IoHandlerFactory ioHandlers, Object... args) {
    return new Loop(this, executor, ioHandlers);
  }

  private static final class Loop extends SingleThreadIoEventLoop {

    private boolean closing;

    Loop(IoEventLoopGroup group, Executor executor, IoHandlerFactory ioHandlers) {
      super(group, executor, ioHandlers);
    }

    @Override
    protected boolean confirmShutdown() {
      if (isShuttingDown() && !isShutdown() && !closing) {
        closing = true;
        execute(() -> {}); // so that the turn does not wait for the sockets
        return false;
      }
      return super.confirmShutdown();
    }
  }
}
