package io.sallyport.http;

import io.netty.channel.Channel;
import io.sallyport.config.HttpLimits;
import io.sallyport.relay.CloseReason;
import io.sallyport.relay.ConnectionEvents.Direction;
import io.sallyport.relay.RelayEvents;
import io.sallyport.relay.RelayTimeouts;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What serves the requests of one connection, and is told of them. All of it happens on the
 * connection's event loop.
 */
public interface Service {

  /** Which way: whoever asks is at the other end. */
  Direction requestsGo();

  /** Whoever asks has finished, or has said that it will. */
  default CloseReason askerClosed() {
    return requestsGo() == Direction.TO_APPLICATION
        ? CloseReason.PEER_CLOSED
        : CloseReason.APPLICATION_CLOSED;
  }

  default CloseReason askerReset() {
    return requestsGo() == Direction.TO_APPLICATION
        ? CloseReason.PEER_RESET
        : CloseReason.APPLICATION_RESET;
  }

  /** As they are now. */
  HttpLimits limits();

  /** As they are now: the idle timeout and the lifetime are the connection's too. */
  RelayTimeouts timeouts();

  /**
   * How long a request may take, from its head to the end of its response, as it is now; zero for
   * as long as the other limits let it. What changes to another protocol has it until then.
   */
  default Duration deadline() {
    return Duration.ZERO;
  }

  /** Judges a request by the rules of now; whoever refuses tells why. */
  Judgement judge(RequestHead head);

  /**
   * What becomes of one request, all of it by the same configuration.
   *
   * @param refusal null when it may go on
   * @param answerers where to
   * @param methodCounts whether rules go by the method
   * @param envelope what becomes of the bodies; null to pass them as they are
   */
  record Judgement(
      @Nullable Refusal refusal,
      Answerers answerers,
      boolean methodCounts,
      @Nullable BodyEnvelope envelope) {}

  /** What becomes of the fields of its requests and their responses. */
  Rewriting rewriting();

  /** The connection is to end with the next response. */
  boolean isLeaving();

  /** A close shall let the last response arrive, whatever the peer still sends. */
  void lingerOnClose();

  RelayEvents events();

  /** The connection has ended only when this channel is closed too. */
  void track(Channel channel);

  /**
   * The reason for which the connection ends, see {@link RelayEvents#ending}.
   *
   * @param word a closed word that says more
   * @param words a sentence that says it to people
   */
  void ending(CloseReason reason, @Nullable String word, @Nullable String words);

  /** Once for each request, when its response is complete or has broken off. */
  void answered(Answered request);

  /** The connection has reached a limit; once each time. */
  void limitReached(HttpLimit limit);
}
