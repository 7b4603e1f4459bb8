package io.sallyport.listener;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.util.concurrent.Future;
import io.sallyport.config.Address;
import io.sallyport.config.ListenerConfig;
import io.sallyport.config.ListenerConfig.Listen;
import io.sallyport.policy.Denial;
import io.sallyport.relay.CloseReason;
import io.sallyport.transport.Transport;
import java.io.IOException;
import java.net.SocketAddress;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** Binds one listener, admits what comes, and knows what is open. Thread-safe. */
public final class Acceptor {

  /** So many connections are cut at a time: a loop serves the others before it cuts the next. */
  private static final int SLICE = 8;

  private static final long LONGEST_SLICE_MILLIS = 1000;

  private final LiveTerms<?> live;
  private final Transport transport;
  private final EventLoopGroup loops;
  private final Pipeline pipeline;
  private final Admission admission;

  private @Nullable Channel server;
  private @Nullable Listen bound;

  /** Fills the pipeline of an admitted connection; called on its event loop. */
  @FunctionalInterface
  public interface Pipeline {
    void fill(Connection connection, Channel channel);
  }

  public Acceptor(
      LiveTerms<?> live,
      Transport transport,
      EventLoopGroup loops,
      ListenerEvents events,
      Pipeline pipeline) {
    this.live = live;
    this.transport = transport;
    this.loops = loops;
    this.pipeline = pipeline;
    this.admission = new Admission(config().name(), () -> config().limits(), events, this::admit);
  }

  /**
   * Returns when the address is ours; who connects waits until {@link #startAccepting}. Not on an
   * event loop.
   *
   * @throws IOException when it cannot be had; nothing is left behind then
   */
  public synchronized void bind() throws IOException {
    Listen listen = config().listen();
    server =
        Binding.bind(
            new ServerBootstrap()
                .group(loops)
                .option(ChannelOption.AUTO_READ, false)
                .handler(admission)
                .childHandler(new Admitted()),
            transport,
            listen);
    bound = listen;
  }

  /** Once {@link #bind} has returned: a listener serves nobody before all of them can. */
  public synchronized void startAccepting() {
    if (server != null) {
      server.config().setAutoRead(true);
    }
  }

  /** Runs when an admitted channel has been registered with its loop. */
  @ChannelHandler.Sharable
  private final class Admitted extends ChannelInitializer<Channel> {
    @Override
    protected void initChannel(Channel channel) {
      Transport.prepare(channel);
      admission.admitted(channel);
    }
  }

  private void admit(Connection connection, Channel channel) {
    List<Integer> uids = config().listen().allowUids();
    if (!uids.isEmpty()) {
      OptionalInt uid = transport.peerUid(channel);
      if (uid.isEmpty() || !uids.contains(uid.getAsInt())) {
        connection.deny(Denial.UID_NOT_ALLOWED);
        return;
      }
    }
    pipeline.fill(connection, channel);
  }

  /** As it is now. */
  public ListenerConfig config() {
    return live.current().config();
  }

  /** Lets in those who wait for a slot, if there are more of them now. */
  public void limitsMayHaveChanged() {
    admission.limitsMayHaveChanged();
  }

  /**
   * Ends every connection whose peer the terms of now do not let stay; call it when they have
   * changed. May check signatures, so not on an event loop.
   *
   * @return how many there were
   */
  public int judgeAgain() {
    List<Future<?>> slice = new ArrayList<>(SLICE);
    Terms<?> now = live.current();
    return admission.judge(
        connection -> connection.refusal(now),
        (connection, reason) -> {
          slice.add(connection.cut(reason));
          if (slice.size() == SLICE) {
            slice.forEach(cut -> cut.awaitUninterruptibly(LONGEST_SLICE_MILLIS));
            slice.clear();
          }
        });
  }

  /** How many connections {@link #judgeAgain} would end under these terms; changes nothing. */
  public int wouldEnd(Terms<?> terms) {
    return admission.judge(
        connection -> connection.imaginedRefusal(terms), (connection, reason) -> {});
  }

  /**
   * Ends connections that have outlived their peers' certificates by {@code expiry-grace}.
   *
   * @return how many are open that have outlived them by less
   */
  public int endExpired(Instant now) {
    return admission.endExpired(now, config().limits().expiryGrace());
  }

  /**
   * Has OCSP responders asked again for the peers of open connections, where what was answered
   * grows old. Waits for nothing; call it every now and then.
   */
  public void renewProofs() {
    Terms<?> terms = live.current();
    if (terms.identity().trust().prover() != null) {
      admission.renewProofs(terms);
    }
  }

  /** Where it really listens; the configured path for a Unix socket. */
  public synchronized SocketAddress address() {
    if (server == null || bound == null) {
      throw new IllegalStateException("not bound");
    }
    return bound.address() instanceof Address.Unix unix
        ? transport.unix(unix)
        : server.localAddress();
  }

  public int openConnections() {
    return admission.connections();
  }

  /** Since the start. */
  public long acceptedConnections() {
    return admission.accepted();
  }

  /**
   * Accepts no more; what is open stays open. Idempotent.
   *
   * @return completes when the last connection has ended
   */
  public synchronized CompletableFuture<@Nullable Void> stopAccepting() {
    if (server == null) {
      return admission.stopped();
    }
    CompletableFuture<@Nullable Void> drained = new CompletableFuture<>();
    server
        .close()
        .addListener(closed -> admission.stopped().thenAccept(none -> drained.complete(null)));
    return drained;
  }

  /** Resets every connection, and those that are still being accepted. */
  public void cutAll(CloseReason reason) {
    admission.cut(reason);
  }
}
