package io.sallyport.admin;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.sallyport.config.ListenerConfig.Listen;
import java.io.IOException;
import java.util.OptionalInt;

/**
 * What the admin server needs of the kind of sockets in use. It is handed in because only the
 * transport knows how a Unix socket gets its mode, and whose a stale one is.
 */
public interface AdminSockets {

  /**
   * Binds a bootstrap that has its event loop and its handlers, and lacks the channel type and the
   * address. Blocks until bound; not called on an event loop.
   *
   * @throws IOException when the address cannot be had
   */
  Channel bind(ServerBootstrap bootstrap, Listen where) throws IOException;

  /**
   * The user at the other end of a Unix socket.
   *
   * @return empty where the system does not tell
   */
  OptionalInt peerUid(Channel accepted);
}
