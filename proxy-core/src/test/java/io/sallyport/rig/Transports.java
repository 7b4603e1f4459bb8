package io.sallyport.rig;

import static org.assertj.core.api.Assumptions.assumeThat;

import io.netty.channel.EventLoopGroup;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.uring.IoUring;
import io.sallyport.config.TransportKind;
import io.sallyport.transport.Transport;
import io.sallyport.transport.TransportUnavailable;
import java.util.Locale;

/** Which kinds of sockets this system has, and loops for the sockets of a test. */
public final class Transports {

  private Transports() {}

  /** Skips a test by name where the transport that it is about is missing. */
  public static void assumeAvailable(String transport) {
    boolean available =
        switch (transport) {
          case "epoll" -> Epoll.isAvailable();
          case "io_uring" -> IoUring.isAvailable();
          default -> true;
        };
    assumeThat(available).as("%s is available here", transport).isTrue();
  }

  /** The transport of this name; skips as {@link #assumeAvailable}. */
  public static Transport transport(String name) {
    assumeAvailable(name);
    try {
      return Transport.of(TransportKind.valueOf(name.toUpperCase(Locale.ROOT)));
    } catch (TransportUnavailable e) {
      throw new IllegalStateException(e);
    }
  }

  /** One loop, which closes its channels when it is shut down. */
  public static EventLoopGroup nioLoop() {
    return transport("nio").newLoops(1, "test");
  }
}
