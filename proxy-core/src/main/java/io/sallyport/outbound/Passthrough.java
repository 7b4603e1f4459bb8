package io.sallyport.outbound;

import io.netty.channel.Channel;
import io.sallyport.config.Address;
import io.sallyport.config.OutboundConfig;
import io.sallyport.listener.Connection;
import io.sallyport.relay.CloseReason;
import io.sallyport.relay.PlainEnd;
import io.sallyport.relay.Relay;
import io.sallyport.transport.Resets;
import io.sallyport.upstream.DialFailure;
import io.sallyport.upstream.Dialer;
import io.sallyport.upstream.Dialer.Dialling;

/** A captured connection that goes on to its destination as it is: by rule, and without TLS. */
final class Passthrough implements Dialer.Outcome {

  private final OutboundListener listener;
  private final OutboundConfig config;
  private final Connection connection;
  private final Address destination;
  private final Relay relay;

  Passthrough(
      OutboundListener listener,
      OutboundConfig config,
      Connection connection,
      Address destination,
      Relay relay) {
    this.listener = listener;
    this.config = config;
    this.connection = connection;
    this.destination = destination;
    this.relay = relay;
  }

  void start() {
    connection.passesThrough();
    Channel accepted = connection.accepted();
    Dialling dialling =
        listener
            .dialer()
            .dial(
                accepted.eventLoop(),
                destination,
                config.limits().connectTimeout(),
                listener.events(),
                this);
    accepted.closeFuture().addListener(gone -> dialling.abandon());
  }

  @Override
  public void connected(Channel channel) {
    if (relay.isOver()) {
      Resets.reset(channel);
      return;
    }
    connection.track(channel);
    PlainEnd end = new PlainEnd();
    channel.pipeline().addLast(end).addLast(relay.peerSide(end));
    relay.open();
  }

  @Override
  public void failed(DialFailure failure, Throwable cause) {
    connection.ending(
        CloseReason.UPSTREAM_UNREACHABLE, failure.label(), destination + ": " + cause.getMessage());
    Resets.reset(connection.accepted());
  }
}
