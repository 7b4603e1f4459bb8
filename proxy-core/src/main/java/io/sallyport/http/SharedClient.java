package io.sallyport.http;

import io.netty.channel.Channel;
import io.sallyport.relay.CloseReason;
import io.sallyport.relay.ConnectionEvents.Direction;
import org.jspecify.annotations.Nullable;

/**
 * HTTP/2 with a server over TLS, as one of the connections that are kept for requests to come; it
 * serves several at once. Belongs to its event loop.
 */
public final class SharedClient implements ClientConnection {

  /** What most servers take at once; one that takes fewer refuses the others, unprocessed. */
  private static final int ASSUMED_STREAMS = 100;

  private final Owner owner;
  private final Channel channel;
  private final Http2Client client;

  /** Whether its owner knows that there is room. */
  private boolean ready = true;

  private SharedClient(
      Channel channel, Owner owner, Http1Limits heads, @Nullable String authority) {
    this.owner = owner;
    this.channel = channel;
    this.client =
        Http2Client.on(
            channel,
            new Http2Client.Terms("https", Direction.TO_PEER, authority, heads, ASSUMED_STREAMS),
            new Told());
  }

  /**
   * Speaks it over a channel on which it has been agreed on. Last in its pipeline. The owner is
   * told when there is room after there was none, and not of the room that there is at first.
   *
   * @param authority what requests ask for; null for what their Host says
   */
  public static SharedClient on(
      Channel channel, Owner owner, Http1Limits heads, @Nullable String authority) {
    return new SharedClient(channel, owner, heads, authority);
  }

  @Override
  public @Nullable Answerer next() {
    if (!hasRoom()) {
      ready = false;
      return null;
    }
    Answerer next = client.next();
    ready = hasRoom();
    return next;
  }

  @Override
  public boolean hasRoom() {
    return client.hasRoom() && channel.isActive();
  }

  @Override
  public long unusedSince() {
    return client.isUnused() ? client.unusedSince() : channel.eventLoop().ticker().nanoTime();
  }

  @Override
  public void leave(CloseReason reason) {
    owner.ending(reason, null);
    client.leave();
  }

  @Override
  public void cut(CloseReason reason) {
    client.cut(reason);
  }

  private final class Told implements Http2Client.Owner {
    @Override
    public void changed(Http2Client of) {
      if (!ready && hasRoom()) {
        ready = true;
        owner.ready(SharedClient.this);
      } else if (client.isUnused() && !hasRoom()) {
        SharedClient.this.leave(CloseReason.LEAVING); // a server may allow no streams for ever
      }
    }

    @Override
    public void served() {
      owner.served();
    }

    @Override
    public void gone(Http2Client of) {
      owner.gone(SharedClient.this);
    }

    @Override
    public void ending(CloseReason reason, @Nullable String detail) {
      owner.ending(reason, detail);
    }

    @Override
    public void fault(Throwable thrown) {
      owner.fault(thrown);
    }
  }
}
