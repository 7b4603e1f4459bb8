package io.sallyport.listener;

import io.netty.channel.Channel;
import io.sallyport.config.ListenerConfig;
import io.sallyport.policy.Denial;
import io.sallyport.relay.CloseReason;
import io.sallyport.transport.Transport;
import java.net.SocketAddress;
import java.time.Instant;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Accepts for one listener, admits what comes, and knows what is open. Thread-safe. */
public final class Acceptor {

  /** So many are cut before the next are judged: a queue of thousands would keep all CPUs busy. */
  private static final int SLICE = 256;

  private static final long LONGEST_SLICE_MILLIS = 1000;

  private final LiveTerms<?> live;
  private final Transport transport;
  private final Captures captures;
  private final Pipeline pipeline;
  private final Admission admission;

  private @Nullable Place place;

  /** Fills the pipeline of an admitted connection; called on its event loop. */
  @FunctionalInterface
  public interface Pipeline {
    void fill(Connection connection, Channel channel);
  }

  public Acceptor(
      LiveTerms<?> live,
      Transport transport,
      Captures captures,
      ListenerEvents events,
      Pipeline pipeline) {
    this.live = live;
    this.transport = transport;
    this.captures = captures;
    this.pipeline = pipeline;
    this.admission = new Admission(config().name(), () -> config().limits(), events, this::admit);
  }

  /** Accepts there from now on; who accepted there before accepts no more. */
  public synchronized void acceptAt(Place there) {
    place = there;
    there.admitBy(admission);
  }

  /** Where it accepts, or has accepted. */
  public synchronized Place place() {
    if (place == null) {
      throw new IllegalStateException("accepts nowhere");
    }
    return place;
  }

  private void admit(Connection connection, Channel channel) {
    ListenerConfig config = config();
    List<Integer> uids = config.listen().allowUids();
    if (!uids.isEmpty()) {
      OptionalInt uid = transport.peerUid(channel);
      if (uid.isEmpty() || !uids.contains(uid.getAsInt())) {
        connection.deny(Denial.UID_NOT_ALLOWED);
        return;
      }
    }
    if (!config.listen().captured() || captures.admit(connection, config)) {
      pipeline.fill(connection, channel);
    }
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
   * Ends every connection whose peer the terms of now do not let stay, and has those go that would
   * serve new requests on other terms; call it when they have changed. May check signatures, so not
   * on an event loop.
   *
   * @return how many there were
   */
  public int judgeAgain() {
    Terms<?> now = live.current();
    Cuts cuts = new Cuts();
    int ended = admission.judge(connection -> connection.refusal(now), cuts::cut);
    cuts.await();
    admission.goOutOn(now);
    return ended;
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
    if (terms.identity().trust().asksResponders()) {
      admission.renewProofs(terms);
    }
  }

  /** Accepts on; connections that carry messages end with the next one. */
  public void tellToGo() {
    admission.tellToGo();
  }

  /** Where it really listens; the configured path for a Unix socket. */
  public SocketAddress address() {
    return place().address();
  }

  public int openConnections() {
    return admission.connections();
  }

  /** Every connection that is open, and each to a peer, in no order. */
  public void forEachConnection(Consumer<ConnectionView> each) {
    admission.forEach(each);
  }

  /** Since the start. */
  public long acceptedConnections() {
    return admission.accepted();
  }

  /**
   * Accepts no more; what is open stays open, but for what carries messages: that ends when it
   * carries none. Idempotent.
   *
   * @return completes when the last connection has ended
   */
  public synchronized CompletableFuture<@Nullable Void> stopAccepting() {
    if (place == null) {
      return admission.stopped();
    }
    CompletableFuture<@Nullable Void> drained = new CompletableFuture<>();
    place
        .leave(admission)
        .addListener(left -> admission.stopped().thenAccept(none -> drained.complete(null)));
    return drained;
  }

  /** Resets every connection, and those that are still being accepted. */
  public void cutAll(CloseReason reason) {
    admission.cut(reason);
  }

  /** Cuts connections as they are found, a slice at a time. */
  private static final class Cuts {
    private final ShortTurns turns = new ShortTurns();
    private int count;

    void cut(OpenConnection connection, CloseReason reason) {
      connection.cut(reason, turns);
      if (++count % SLICE == 0) {
        await();
      }
    }

    void await() {
      turns.await(LONGEST_SLICE_MILLIS, TimeUnit.MILLISECONDS);
    }
  }
}
