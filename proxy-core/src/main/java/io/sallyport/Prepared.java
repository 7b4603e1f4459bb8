package io.sallyport;

import io.sallyport.config.InboundConfig;
import io.sallyport.config.ListenerConfig;
import io.sallyport.config.OutboundConfig;
import io.sallyport.config.Problem;
import io.sallyport.config.ProxyConfig;
import io.sallyport.identity.IdentityGeneration;
import io.sallyport.identity.IdentityLoader;
import io.sallyport.policy.AllowRules;
import io.sallyport.transport.Transport;
import io.sallyport.transport.TransportUnavailable;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A configuration with everything that it names read, proven and compiled, and nothing opened. What
 * {@code check} tells and what {@code start} serves with come from here, so they cannot differ.
 */
final class Prepared {

  private final ProxyConfig config;
  private final IdentityLoader.Loaded identities;
  private final Map<String, AllowRules> rules = new HashMap<>();
  private final List<Problem> problems = new ArrayList<>();
  private final List<Problem> warnings = new ArrayList<>();
  private final @Nullable Transport transport;

  Prepared(ProxyConfig config) {
    this.config = config;
    transport = transport();
    identities = IdentityLoader.load(config);
    for (InboundConfig listener : config.inbound()) {
      compile(listener);
    }
    for (OutboundConfig listener : config.outbound()) {
      compile(listener);
    }
    problems.addAll(identities.problems());
    warnings.addAll(config.warnings());
    warnings.addAll(identities.warnings());
  }

  private @Nullable Transport transport() {
    try {
      return Transport.of(config.transport());
    } catch (TransportUnavailable e) {
      problems.add(
          config
              .origins()
              .problem(
                  "transport",
                  String.valueOf(e.getMessage()),
                  "use transport = auto, or another kind"));
      return null;
    }
  }

  private void compile(ListenerConfig listener) {
    rules.put(listener.name(), AllowRules.compile(listener.allow(), config.origins(), problems));
    if (!listener.listen().allowUids().isEmpty()
        && transport != null
        && !transport.knowsPeerUid()) {
      problems.add(
          config
              .origins()
              .problem(
                  listener.setting() + ".allow-uid",
                  transport.name() + " cannot tell who is at the other end of a Unix socket",
                  "use transport = epoll, or restrict the socket by mode"));
    }
  }

  ProxyConfig config() {
    return config;
  }

  /** In the way of a start. */
  List<Problem> problems() {
    return problems;
  }

  List<Problem> warnings() {
    return warnings;
  }

  Transport sockets() {
    return Objects.requireNonNull(transport);
  }

  AllowRules rules(ListenerConfig listener) {
    return Objects.requireNonNull(rules.get(listener.name()));
  }

  /** What the listener begins with. */
  IdentityGeneration firstGeneration(ListenerConfig listener) {
    return identities.generation(listener, 1, rules(listener).asPeerCheck());
  }
}
