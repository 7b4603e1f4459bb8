package io.sallyport.transport;

import io.netty.channel.ChannelFactory;
import io.netty.channel.ServerChannel;
import java.net.SocketAddress;

/**
 * A socket that listens already.
 *
 * @param factory makes the channel of it, which is to be registered and not bound
 */
public record InheritedListener(
    ChannelFactory<? extends ServerChannel> factory, SocketAddress address) {}
