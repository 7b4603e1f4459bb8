package io.sallyport.config;

import java.nio.file.Path;

/** Where to listen or whom to dial, as written in the configuration; nothing is resolved here. */
public sealed interface Address {

  /**
   * A TCP address.
   *
   * @param host an IPv4 or IPv6 literal (without brackets) or a host name
   * @param port 0 to 65535; 0 asks the system for a free port
   */
  record Tcp(String host, int port) implements Address {
    @Override
    public String toString() {
      return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + port;
    }
  }

  /**
   * A socket that whoever started the process has passed to it, written {@code systemd:NAME}. Only
   * to listen on.
   */
  record Inherited(String name) implements Address {
    @Override
    public String toString() {
      return "systemd:" + name;
    }
  }

  /** A Unix stream socket, written {@code unix:/path}. */
  record Unix(Path path) implements Address {
    @Override
    public String toString() {
      return "unix:" + path;
    }
  }
}
