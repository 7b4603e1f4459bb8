package io.sallyport.admin;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.FixedRecvByteBufAllocator;
import io.netty.channel.socket.DuplexChannelConfig;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.flow.FlowControlHandler;
import io.sallyport.config.Address;
import io.sallyport.config.AdminConfig;
import io.sallyport.config.ListenerConfig.Listen;
import io.sallyport.listener.Binding;
import io.sallyport.transport.Transport;
import java.io.IOException;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * HTTP/1.1 for operators, the kubelet and Prometheus, on {@code admin.listen} and {@code
 * admin.probes}. Thread-safe.
 *
 * <p>It takes one event loop, which should carry no traffic: rendering metrics takes milliseconds
 * that a relay would feel. One loop for all of it also means that nothing here needs a lock.
 */
public final class AdminServer implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(AdminServer.class);

  private static final int MAX_CONNECTIONS = 64;
  private static final int MAX_HEAD_BYTES = 8 * 1024;

  /** Small, because all that one read brings may have to wait behind a slow answer. */
  private static final int READ_BYTES = 4 * 1024;

  private final EventLoop loop;
  private final Transport transport;
  private final Duration deadline;
  private final List<Channel> bound = new ArrayList<>();
  private final Map<String, SocketAddress> addresses = new LinkedHashMap<>();
  private final List<OpenConnections> connections = new ArrayList<>();

  private AdminServer(EventLoop loop, Transport transport, Duration deadline) {
    this.loop = loop;
    this.transport = transport;
    this.deadline = deadline;
  }

  /**
   * Binds what the configuration names, which may be nothing, or none of it. Blocks; not to be
   * called on an event loop.
   *
   * @param logLevel null where it cannot be asked or changed
   * @param loop everything runs on it; stays the caller's to shut down, after {@link #close}
   * @throws AdminBindFailed with setting and address when one cannot be had
   */
  public static AdminServer start(
      AdminConfig config,
      ProxyView view,
      MetricsPage metrics,
      @Nullable LogLevel logLevel,
      EventLoop loop,
      Transport transport)
      throws AdminBindFailed {
    return start(config, view, metrics, logLevel, loop, transport, Duration.ofSeconds(10));
  }

  static AdminServer start(
      AdminConfig config,
      ProxyView view,
      MetricsPage metrics,
      @Nullable LogLevel logLevel,
      EventLoop loop,
      Transport transport,
      Duration deadline)
      throws AdminBindFailed {
    AdminServer server = new AdminServer(loop, transport, deadline);
    try {
      Listen listen = config.listen();
      if (listen != null) {
        server.bind(
            "admin",
            listen,
            AdminPages.everything(view, metrics, logLevel, config.actions()),
            BrowserGuard.forListen(listen.address()));
      }
      Address.Tcp probes = config.probes();
      if (probes != null) {
        // The mode and the users are of Unix sockets alone.
        server.bind(
            "admin.probes",
            new Listen(probes, 0, List.of()),
            AdminPages.probes(view, metrics, AppChecks.of(config.appProbes(), loop, transport)),
            BrowserGuard.forProbes());
      }
      return server;
    } catch (AdminBindFailed e) {
      server.close();
      throw e;
    }
  }

  private void bind(String name, Listen where, AdminPages pages, BrowserGuard guard)
      throws AdminBindFailed {
    OpenConnections open = new OpenConnections(MAX_CONNECTIONS);
    ServerBootstrap bootstrap =
        new ServerBootstrap()
            .group(loop)
            .childOption(ChannelOption.RECVBUF_ALLOCATOR, new FixedRecvByteBufAllocator(READ_BYTES))
            .childHandler(
                new ChannelInitializer<Channel>() {
                  @Override
                  protected void initChannel(Channel channel) {
                    if (mayConnect(channel, where)) {
                      serve(channel, new AdminConnection(pages, guard, open, deadline));
                    } else {
                      channel.close();
                    }
                  }
                });
    try {
      Channel channel = Binding.bind(bootstrap, transport, where);
      bound.add(channel);
      addresses.put(name, Binding.address(channel, transport, where));
      connections.add(open);
    } catch (IOException e) {
      String setting = name.equals("admin") ? "admin.listen" : name;
      throw new AdminBindFailed(setting, where.address(), e);
    }
  }

  private boolean mayConnect(Channel channel, Listen where) {
    if (where.allowUids().isEmpty()) {
      return true;
    }
    OptionalInt uid = transport.peerUid(channel);
    if (uid.isPresent() && where.allowUids().contains(uid.getAsInt())) {
      return true;
    }
    LOG.atInfo()
        .addKeyValue("uid", uid.isPresent() ? uid.getAsInt() : "unknown")
        .log("admin connection refused");
    return false;
  }

  private static void serve(Channel channel, AdminConnection connection) {
    // A client may end its side and still wait for answers. Not every Unix socket can do this, so
    // as a child option it would be warned about.
    if (channel.config() instanceof DuplexChannelConfig duplex) {
      duplex.setAllowHalfClosure(true);
    }
    channel.pipeline().addLast(codec(), new FlowControlHandler(), connection);
  }

  static HttpServerCodec codec() {
    return new HttpServerCodec(
        new HttpDecoderConfig()
            .setMaxInitialLineLength(MAX_HEAD_BYTES)
            .setMaxHeaderSize(MAX_HEAD_BYTES));
  }

  /** {@code admin} and {@code admin.probes}, as far as configured, to the address each has. */
  public Map<String, SocketAddress> addresses() {
    return Map.copyOf(addresses);
  }

  /** Stops listening and closes every connection; blocks until done, so not from an event loop. */
  @Override
  public void close() {
    bound.forEach(channel -> channel.close().awaitUninterruptibly());
    loop.submit(() -> connections.forEach(OpenConnections::closeAll)).awaitUninterruptibly();
  }
}
