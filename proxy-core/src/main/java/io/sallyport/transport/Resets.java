package io.sallyport.transport;

import io.netty.channel.Channel;
import io.netty.channel.ChannelException;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOption;
import io.netty.channel.socket.SocketChannel;

/** Ends a connection so that the other side cannot take it for a proper end. */
public final class Resets {

  private Resets() {}

  /**
   * Closes at once, below every handler: no close_notify, no flush. TCP sends an RST; a Unix
   * socket, which has none, is just closed. On any thread.
   */
  public static void reset(Channel channel) {
    doNotLinger(channel);
    ChannelHandlerContext first = channel.pipeline().firstContext();
    if (first == null) {
      channel.close();
    } else {
      first.close();
    }
  }

  /** Whether the other side can tell a {@link #reset} from a close. */
  public static boolean show(Channel channel) {
    return channel instanceof SocketChannel;
  }

  /** For a channel that was accepted and belongs to no event loop yet. */
  public static void beforeRegistration(Channel channel) {
    doNotLinger(channel);
    channel.unsafe().closeForcibly();
  }

  private static void doNotLinger(Channel channel) {
    if (channel instanceof SocketChannel && channel.isOpen()) {
      try {
        channel.config().setOption(ChannelOption.SO_LINGER, 0);
      } catch (ChannelException e) {
        // The socket is gone, or the peer was faster: there is nobody left to tell.
      }
    }
  }
}
