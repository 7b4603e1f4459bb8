package io.sallyport.identity;

import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/** The peer asked for no server name that any of our certificates has. */
final class ServerNameRefused extends SSLException {
  private static final long serialVersionUID = 1;

  /**
   * @param serverName as the peer sent it; null where it sent none
   */
  ServerNameRefused(@Nullable String serverName) {
    super(
        serverName == null
            ? "the peer asked for no server name"
            : "none of our certificates has the server name " + serverName);
  }
}
