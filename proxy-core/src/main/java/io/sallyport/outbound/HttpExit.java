package io.sallyport.outbound;

import static java.util.Objects.requireNonNull;

import io.netty.channel.Channel;
import io.sallyport.config.BodyEnvelopeConfig;
import io.sallyport.config.HttpLimits;
import io.sallyport.config.OutboundConfig;
import io.sallyport.config.OutboundHttpConfig;
import io.sallyport.http.AccessLog;
import io.sallyport.http.Answered;
import io.sallyport.http.AskedPeer;
import io.sallyport.http.BodyEnvelope;
import io.sallyport.http.Http1Front;
import io.sallyport.http.HttpLimit;
import io.sallyport.http.Refusal;
import io.sallyport.http.RequestHead;
import io.sallyport.http.Rewriting;
import io.sallyport.http.Service;
import io.sallyport.listener.Connection;
import io.sallyport.listener.LingeringClose;
import io.sallyport.listener.PeerConnection;
import io.sallyport.listener.RelayDeadlines;
import io.sallyport.listener.RequestEnvelope;
import io.sallyport.listener.Terms;
import io.sallyport.relay.CloseReason;
import io.sallyport.relay.ConnectionEvents.Direction;
import io.sallyport.relay.EndOfStream;
import io.sallyport.relay.RelayEvents;
import io.sallyport.relay.RelayTimeouts;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** HTTP from the application: each request goes to an endpoint of its own. */
final class HttpExit implements Service {

  private final OutboundListener listener;
  private final Connection connection;

  /** Of when it was accepted. */
  private final OutboundHttpConfig begunWith;

  private final LingeringClose lingering;
  private final Rewriting rewriting;
  private final Http1Front front;

  /** Whether the application speaks HTTP/2, and so may switch several streams. */
  private boolean multiplexed;

  HttpExit(
      OutboundListener listener,
      Connection connection,
      OutboundHttpConfig config,
      LingeringClose lingering,
      EndOfStream applicationEnd) {
    this.listener = listener;
    this.connection = connection;
    this.begunWith = config;
    this.lingering = lingering;
    this.rewriting = Rewriting.toPeers(config);
    connection.carriesRequests();
    this.front = new Http1Front(this, applicationEnd, connection.accepted().eventLoop());
  }

  /** Last in the pipeline. */
  Http1Front front() {
    return front;
  }

  /** Requests may come. */
  void open() {
    lingering.closeAtOnce(); // there is no alert that would have to arrive
    connection.established();
    connection.onLeave(front::leave);
    front.openToEither(
        next -> {
          multiplexed = true;
          connection.onLeave(next::leave);
        });
  }

  /** The listener may carry something else by now; this connection does not, and ends soon. */
  private OutboundHttpConfig config() {
    OutboundHttpConfig now = listener.live().current().config().http();
    return now != null ? now : begunWith;
  }

  @Override
  public Direction requestsGo() {
    return Direction.TO_PEER;
  }

  @Override
  public HttpLimits limits() {
    return config().limits();
  }

  @Override
  public RelayTimeouts timeouts() {
    return RelayDeadlines.of(listener.live().current().config().limits());
  }

  @Override
  public Duration deadline() {
    return config().deadline();
  }

  @Override
  public Judgement judge(RequestHead head) {
    Terms<OutboundConfig> now = listener.live().current();
    return new Judgement(
        now.config().http() == null ? Refusal.UPSTREAM_UNAVAILABLE : null,
        new PeerChoice(listener, this),
        false,
        envelope(now, head));
  }

  /** What binds a body is what the peer is asked for: all endpoints have that one host. */
  private @Nullable BodyEnvelope envelope(Terms<OutboundConfig> now, RequestHead head) {
    if (!(now.config().envelope() instanceof BodyEnvelopeConfig config)) {
      return null;
    }
    String authority = now.config().authority(now.config().connect().get(0));
    return new BodyEnvelope(
        config,
        requireNonNull(now.keys()),
        authority == null ? head : head.to(authority),
        new RequestEnvelope(connection, listener.events(), head));
  }

  Connection connection() {
    return connection;
  }

  @Override
  public Rewriting rewriting() {
    return rewriting;
  }

  @Override
  public boolean isLeaving() {
    return connection.isLeaving() || listener.live().current().config().http() == null;
  }

  @Override
  public void lingerOnClose() {
    lingering.lingerOnClose();
  }

  @Override
  public RelayEvents events() {
    return connection;
  }

  @Override
  public void track(Channel channel) {
    Channel carrier = channel.parent();
    PeerConnection toPeer = PeerConnection.of(carrier == null ? channel : carrier);
    if (carrier != null) {
      connection.track(channel);
      if (!multiplexed) {
        toPeer.carryFor(connection, channel);
      }
    } else if (multiplexed) {
      toPeer.serveOneStreamOf(connection);
    } else {
      toPeer.giveTo(connection);
    }
  }

  @Override
  public void ending(CloseReason reason, @Nullable String word, @Nullable String words) {
    connection.ending(reason, word, words);
  }

  @Override
  public void limitReached(HttpLimit limit) {
    listener.events().limitReached(limit);
  }

  @Override
  public void answered(Answered request) {
    listener.events().answered(request);
    AskedPeer asked = request.answering();
    AccessLog.write(
        config().accessLog(),
        listener.live().current().config().name(),
        connection.remoteText(),
        asked == null ? null : asked.peer(),
        asked == null ? connection::id : asked.connection(),
        request);
  }
}
