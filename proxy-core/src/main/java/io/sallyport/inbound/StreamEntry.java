package io.sallyport.inbound;

import static java.util.Objects.requireNonNull;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.sallyport.config.Address;
import io.sallyport.config.InboundConfig;
import io.sallyport.config.InboundConfig.ProxyProtocol;
import io.sallyport.envelope.EnvelopeFailed;
import io.sallyport.envelope.FrameConnection.Role;
import io.sallyport.listener.Connection;
import io.sallyport.listener.EnvelopeSides;
import io.sallyport.listener.Terms;
import io.sallyport.listener.TlsSession;
import io.sallyport.relay.CloseReason;
import io.sallyport.relay.PlainEnd;
import io.sallyport.relay.Relay;
import io.sallyport.transport.Resets;
import io.sallyport.upstream.DialFailure;
import io.sallyport.upstream.Dialer;
import io.sallyport.upstream.Dialer.Dialling;
import org.jspecify.annotations.Nullable;

/** A stream of bytes to the application: it is dialled, and the relay opens when it is there. */
final class StreamEntry implements InboundGate.Entry, Dialer.Outcome {

  private final InboundListener listener;
  private final Connection connection;

  /** Of when it was accepted; the peer is judged by those of now. */
  private final Terms<InboundConfig> terms;

  private final InboundConfig config;
  private final Relay relay;

  /** For the PROXY header; a connection may live for long, and needs no more of it. */
  private @Nullable TlsSession toTell;

  /** Until the application is there. */
  private @Nullable EnvelopeSides envelope;

  StreamEntry(
      InboundListener listener, Connection connection, Terms<InboundConfig> terms, Relay relay) {
    this.listener = listener;
    this.connection = connection;
    this.terms = terms;
    this.config = terms.config();
    this.relay = relay;
  }

  @Override
  public void enter(ChannelHandlerContext ctx, TlsSession settled) {
    toTell = config.proxyProtocol() == ProxyProtocol.NONE ? null : settled;
    try {
      envelope = EnvelopeSides.of(terms, Role.RESPONDER, connection, listener.events());
    } catch (EnvelopeFailed e) {
      connection.envelopeFailed(e);
      Resets.reset(ctx.channel());
      return;
    }
    envelope.addToPeer(ctx, relay);
    Dialling dialling =
        listener
            .dialer()
            .dial(
                ctx.channel().eventLoop(),
                forward(),
                config.limits().connectTimeout(),
                listener.events(),
                this);
    ctx.channel().closeFuture().addListener(gone -> dialling.abandon());
  }

  @Override
  public void connected(Channel application) {
    connection.track(application);
    PlainEnd end = new PlainEnd();
    application.pipeline().addLast(end).addLast(relay.applicationSide(end));
    try {
      if (toTell != null) {
        // Before the envelope is there, which is for payloads alone.
        ProxyHeader.write(
            config.proxyProtocol(),
            connection.accepted().remoteAddress(),
            connection.calledAt(),
            toTell,
            application);
        toTell = null;
      }
      if (envelope != null) {
        envelope.addToApplication(application.pipeline().context(end), relay);
        envelope = null;
      }
      relay.open();
    } catch (RuntimeException e) {
      application.pipeline().fireExceptionCaught(e); // the relay tells it and ends both
    }
  }

  @Override
  public void failed(DialFailure failure, Throwable cause) {
    connection.ending(
        CloseReason.APPLICATION_UNREACHABLE,
        failure.label(),
        forward() + ": " + cause.getMessage());
    Resets.reset(connection.accepted());
  }

  private Address forward() {
    Address captured = connection.destination();
    return captured != null ? captured : requireNonNull(config.forward());
  }
}
