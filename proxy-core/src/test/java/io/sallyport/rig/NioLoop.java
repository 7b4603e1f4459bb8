package io.sallyport.rig;

import io.netty.channel.EventLoopGroup;
import io.sallyport.config.TransportKind;
import io.sallyport.transport.Transport;
import io.sallyport.transport.TransportUnavailable;

/** A loop for the sockets of a test. */
public final class NioLoop {

  private NioLoop() {}

  /** One that closes its channels when it is shut down. */
  public static EventLoopGroup start() {
    try {
      return Transport.of(TransportKind.NIO).newLoops(1, "test");
    } catch (TransportUnavailable e) {
      throw new IllegalStateException(e);
    }
  }
}
