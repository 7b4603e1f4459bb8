package io.sallyport.rig;

import static org.assertj.core.api.Assumptions.assumeThat;

import io.netty.channel.epoll.Epoll;
import io.netty.channel.uring.IoUring;

/** Which kinds of sockets this system has. */
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
}
