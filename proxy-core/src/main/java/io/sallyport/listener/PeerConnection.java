package io.sallyport.listener;

import io.netty.channel.Channel;
import io.netty.util.AttributeKey;
import io.sallyport.relay.CloseReason;
import io.sallyport.transport.Resets;
import java.util.HashSet;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A connection to a peer that carries the requests of whoever comes: no accepted one owns it. It is
 * judged again, told to go and cut as those are, and has a log line and a metric of its own once
 * its peer is proven and allowed. It takes no slot of theirs.
 */
public final class PeerConnection extends OpenConnection {

  private static final AttributeKey<PeerConnection> OF =
      AttributeKey.valueOf(PeerConnection.class, "of");

  private final Terms<?> made;
  private final ListenerEvents events;
  private final Set<Connection> carriedFor = new HashSet<>();
  private @Nullable Consumer<CloseReason> whenCut;
  private boolean established;
  private boolean given;
  private boolean switched;

  PeerConnection(
      String listener,
      Channel channel,
      Terms<?> made,
      String endpoint,
      ListenerEvents events,
      Admission admission) {
    super(listener, channel, admission);
    this.made = made;
    goesTo(endpoint, made::ourName);
    this.events = events;
    channel.attr(OF).set(this);
    channel.closeFuture().addListener(closed -> closed());
  }

  /** The one of this channel, which must be a peer connection's. */
  public static PeerConnection of(Channel channel) {
    return Objects.requireNonNull(channel.attr(OF).get());
  }

  /** Its peer is proven and allowed: it counts. */
  public void established() {
    established = true;
    events.peerConnectionOpened();
  }

  /**
   * @param cut told, on the event loop, why it is cut, before its channel is reset
   */
  public void onCut(Consumer<CloseReason> cut) {
    whenCut = cut;
  }

  /**
   * It carries no requests any more but one stream, which is one of several that this connection
   * carries to several peers: it is still judged by itself.
   */
  public void serveOneStreamOf(Connection owner) {
    switched = true;
    owner.track(channel);
  }

  /** One stream of it is all that this connection is for, which ends for the same reason. */
  public void carryFor(Connection owner, Channel stream) {
    carriedFor.add(owner);
    stream.closeFuture().addListener(closed -> carriedFor.remove(owner));
    if (peer() != null) {
      owner.peerIs(peer());
    }
  }

  /**
   * It carries no requests any more but one stream, all of it for this connection, which from now
   * on stands and falls by the right of the peer.
   */
  public void giveTo(Connection owner) {
    given = true;
    switched = true;
    Standing shown = standing();
    if (shown != null) {
      owner.stands(shown); // known there before it is forgotten here
    }
    standsNoMore();
    if (peer() != null) {
      owner.peerIs(peer());
    }
    owner.track(channel);
  }

  /** It is not to serve what comes on other terms than it was made on. On any thread. */
  void leaveUnlessMadeOn(Terms<?> now) {
    if (!made.equals(now)) {
      leave();
    }
  }

  @Override
  boolean isCarriedAs(Terms<?> terms) {
    return terms.config().carriesRequests();
  }

  @Override
  ConnectionView view() {
    return new ConnectionView(
        listener, id(), peer(), null, endpoint(), durationMillis(), null, null, peerNotAfter());
  }

  @Override
  void reset(CloseReason because) {
    if (given) {
      return; // its owner is cut too, and is to tell why
    }
    carriedFor.forEach(each -> each.ending(because));
    if (whenCut != null) {
      whenCut.accept(because);
    }
    Resets.reset(channel);
  }

  private void closed() {
    admission.left(this);
    if (switched) {
      ending(CloseReason.PROTOCOL_SWITCHED); // unless there was a reason of its own
    }
    if (established) {
      events.peerConnectionClosed(reason());
      toldTo(LOG.atInfo().addKeyValue("listener", listener))
          .addKeyValue("duration_ms", durationMillis())
          .log("connection to a peer closed");
    }
  }
}
