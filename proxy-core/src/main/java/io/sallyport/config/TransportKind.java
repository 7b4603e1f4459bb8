package io.sallyport.config;

/** {@code transport}: auto takes epoll where there is one, else nio. */
public enum TransportKind {
  AUTO,
  EPOLL,
  IO_URING,
  NIO
}
