package io.sallyport.cli.inspect;

import io.sallyport.OutboundTrial;
import io.sallyport.PeerAnswer;
import io.sallyport.cli.CommandFailed;
import io.sallyport.config.InvalidConfig;
import io.sallyport.config.OutboundConfig;
import io.sallyport.config.ProxyConfig;
import io.sallyport.identity.IdentityGeneration;
import java.security.cert.X509Certificate;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Whether outbound listeners would let a server in, and it them. */
public final class Admission {

  private final OutboundTrial trial;
  private final List<OutboundConfig> listeners;

  /**
   * What came of one listener.
   *
   * @param connects whether both sides would be content
   */
  record Result(boolean connects, String words) {}

  /**
   * @param listener the name of the only one to ask; null for all of them
   * @throws InvalidConfig when the configuration would not start
   */
  public Admission(ProxyConfig config, @Nullable String listener)
      throws InvalidConfig, CommandFailed {
    trial = new OutboundTrial(config);
    listeners =
        config.outbound().stream()
            .filter(each -> listener == null || each.name().equals(listener))
            .toList();
    if (listeners.isEmpty()) {
      throw listener == null
          ? CommandFailed.invalid(
              "--config", "has no outbound listener", "name one that connects to servers")
          : CommandFailed.invalid(
              "--listener", "there is no outbound." + listener, "name an outbound listener");
    }
  }

  /** Those that are asked; at least one. */
  List<OutboundConfig> listeners() {
    return listeners;
  }

  /** The one that is asked; null when there are more. */
  @Nullable OutboundConfig only() {
    return listeners.size() == 1 ? listeners.get(0) : null;
  }

  /**
   * Judges what the server showed, and if that is well goes there as the listener itself, with its
   * certificate and its settings.
   *
   * @param chain leaf first; at least one
   * @param name whom the listener means to reach
   */
  Result of(OutboundConfig listener, List<X509Certificate> chain, String name, Visitor visitor)
      throws CommandFailed {
    PeerAnswer answer = trial.judge(listener, chain, name);
    if (!answer.admitted()) {
      return new Result(false, answer.toString());
    }
    IdentityGeneration generation = trial.generation(listener);
    try {
      Handshake handshake = visitor.visit(generation, name);
      String who =
          listener.identity() == null ? "without a certificate" : "as " + listener.identity();
      return new Result(
          handshake.welcome(), answer + "; handshake " + who + ": " + handshake.outcome());
    } finally {
      generation.release();
    }
  }
}
