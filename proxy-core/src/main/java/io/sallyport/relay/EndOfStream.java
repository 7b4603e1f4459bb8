package io.sallyport.relay;

import io.netty.channel.ChannelHandler;

/**
 * Knows how streams end on one kind of channel: turns what it sees into {@link StreamEnd} events,
 * and ends our own direction when asked. On the channel's event loop.
 */
public interface EndOfStream extends ChannelHandler {

  /**
   * Tells the other end that nothing more will come, once all that was written before has gone out;
   * the other direction stays open.
   */
  void finishOutput();
}
