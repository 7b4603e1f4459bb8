package io.sallyport.listener;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.sallyport.config.EnvelopeConfig;
import io.sallyport.config.EnvelopeConfig.Action;
import io.sallyport.config.EnvelopeConfig.Format;
import io.sallyport.config.ListenerConfig;
import io.sallyport.config.StreamEnvelopeConfig;
import io.sallyport.envelope.EnvelopeEvents;
import io.sallyport.envelope.EnvelopeFailed;
import io.sallyport.envelope.FrameConnection.Role;
import io.sallyport.envelope.FrameHandlers;
import io.sallyport.envelope.KeyRing;
import io.sallyport.envelope.KeyUse;
import io.sallyport.envelope.OpeningHandler;
import io.sallyport.envelope.RawEnvelopeDecoder;
import io.sallyport.envelope.RawEnvelopeEncoder;
import io.sallyport.envelope.RawSealer;
import io.sallyport.envelope.SealingHandler;
import io.sallyport.relay.Relay;
import io.sallyport.relay.StreamEnd;
import java.util.ArrayList;
import java.util.List;

/**
 * The handlers that seal and open what one connection carries, on its two sides: each before the
 * relay's, so that the relay carries what the other side is to get. A sealed message or a stream of
 * frames is made where it is read, so that its end is passed on like any other end of a stream.
 */
public final class EnvelopeSides {

  private final List<ChannelHandler> onApplication;
  private final List<ChannelHandler> onPeer;
  private final Connection connection;

  private EnvelopeSides(
      List<ChannelHandler> onApplication, List<ChannelHandler> onPeer, Connection connection) {
    this.onApplication = onApplication;
    this.onPeer = onPeer;
    this.connection = connection;
  }

  /**
   * Of a new connection.
   *
   * @param role of this side of the connection to the peer
   * @throws EnvelopeFailed when the ring has no key for it
   */
  public static EnvelopeSides of(
      Terms<?> terms, Role role, Connection connection, EnvelopeEvents events)
      throws EnvelopeFailed {
    if (terms.config().envelope() == null) {
      return new EnvelopeSides(List.of(), List.of(), connection);
    }
    StreamEnvelopeConfig envelope = (StreamEnvelopeConfig) terms.config().envelope();
    KeyRing keys = requireNonNull(terms.keys());
    return switch (envelope.format()) {
      case FRAMES -> {
        FrameHandlers frames =
            new FrameHandlers(
                role,
                keys,
                terms.config().limits().handshakeTimeout(),
                EnvelopeSides::isEnd,
                StreamEnd.FINISHED,
                events);
        yield new EnvelopeSides(List.of(frames.sealing()), List.of(frames.opening()), connection);
      }
      case SEALED ->
          new EnvelopeSides(
              sealed(envelope.toPeer(), keys, aad(envelope, role), events),
              sealed(envelope.toApplication(), keys, aad(envelope, other(role)), events),
              connection);
      case RAW ->
          new EnvelopeSides(
              raw(envelope.toPeer(), envelope.toApplication(), keys, events),
              raw(envelope.toApplication(), envelope.toPeer(), keys, events),
              connection);
    };
  }

  /**
   * Whether the streams to and from the peer end by what they carry, each for itself, so that TLS
   * ends only with both of them.
   */
  public static boolean endThemselves(ListenerConfig config) {
    EnvelopeConfig envelope = config.envelope();
    return envelope != null && envelope.format() == Format.FRAMES;
  }

  private static List<ChannelHandler> sealed(
      Action action, KeyRing keys, byte[] aad, EnvelopeEvents events) throws EnvelopeFailed {
    return switch (action) {
      case PASS -> List.of();
      case SEAL ->
          List.of(
              new SealingHandler(keys.primary(KeyUse.SEALED), aad, EnvelopeSides::isEnd, events));
      case OPEN -> List.of(new OpeningHandler(keys, aad, EnvelopeSides::isEnd, events));
    };
  }

  /** Messages are sealed where they are written, and opened where they are read. */
  private static List<ChannelHandler> raw(
      Action ofReads, Action ofWrites, KeyRing keys, EnvelopeEvents events) throws EnvelopeFailed {
    List<ChannelHandler> handlers = new ArrayList<>(2);
    if (ofReads == Action.OPEN) {
      handlers.add(
          new RawEnvelopeDecoder(keys, RawSealer.DEFAULT_MOST_BYTES, EnvelopeSides::isEnd, events));
    }
    if (ofWrites == Action.SEAL) {
      handlers.add(
          new RawEnvelopeEncoder(keys.primary(KeyUse.RAW), RawSealer.DEFAULT_MOST_BYTES, events));
    }
    return handlers;
  }

  /** Without a word of the user's, the AAD says who speaks, so that nothing can be sent back. */
  private static byte[] aad(StreamEnvelopeConfig envelope, Role speaker) {
    return envelope.aad() != null
        ? envelope.aad().getBytes(UTF_8)
        : (speaker == Role.INITIATOR ? "sallyport to-responder" : "sallyport to-initiator")
            .getBytes(US_ASCII);
  }

  private static Role other(Role role) {
    return role == Role.INITIATOR ? Role.RESPONDER : Role.INITIATOR;
  }

  /** Adds what belongs on the application's side, behind that handler and before the relay's. */
  public void addToApplication(ChannelHandlerContext before, Relay relay) {
    add(onApplication, before, relay);
  }

  /** Adds what belongs on the peer's side; with frames, what introduces us goes out now. */
  public void addToPeer(ChannelHandlerContext before, Relay relay) {
    add(onPeer, before, relay);
  }

  private void add(List<ChannelHandler> handlers, ChannelHandlerContext before, Relay relay) {
    if (handlers.isEmpty()) {
      return;
    }
    ChannelPipeline pipeline = before.pipeline();
    // The last one first, so that each failure finds who tells it.
    pipeline.addAfter(before.name(), null, new EnvelopeEnd(connection));
    for (int at = handlers.size() - 1; at >= 0; at--) {
      pipeline.addAfter(before.name(), null, handlers.get(at));
    }
    pipeline.addAfter(before.name(), null, new Activity(relay));
  }

  /** What a chunk holds back is no silence, though the relay has nothing of it yet. */
  private static final class Activity extends ChannelInboundHandlerAdapter {
    private final Relay relay;

    Activity(Relay relay) {
      this.relay = relay;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
      relay.alive();
      ctx.fireChannelRead(message);
    }
  }

  private static boolean isEnd(Object event) {
    return event == StreamEnd.FINISHED || event == StreamEnd.CLOSED;
  }
}
