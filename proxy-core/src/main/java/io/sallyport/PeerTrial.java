package io.sallyport;

import io.sallyport.config.Address;
import io.sallyport.config.Allow;
import io.sallyport.config.InboundConfig;
import io.sallyport.config.InboundConfig.ClientAuth;
import io.sallyport.config.ListenerConfig;
import io.sallyport.config.OutboundConfig;
import io.sallyport.identity.ChainRefused;
import io.sallyport.identity.PeerRole;
import io.sallyport.identity.ProvenChain;
import io.sallyport.policy.AllowRules;
import io.sallyport.policy.Peer;
import io.sallyport.policy.Verdict;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Judges a certificate by every listener of a configuration, as a handshake would. */
final class PeerTrial {

  private final Prepared prepared;
  private final X509Certificate[] chain;
  private final List<PeerAnswer> answers = new ArrayList<>();

  /**
   * @param prepared without problems
   * @param chain what the peer would show, its own certificate first
   */
  PeerTrial(Prepared prepared, List<X509Certificate> chain) {
    this.prepared = prepared;
    this.chain = chain.toArray(X509Certificate[]::new);
  }

  /** In the order of the configuration; of an outbound listener one for each host. */
  List<PeerAnswer> answers() {
    for (InboundConfig listener : prepared.config().inbound()) {
      if (listener.clientAuth() == ClientAuth.NONE) {
        add(listener, null, true, "whoever it is, for no certificate is asked for");
      } else {
        judge(listener, PeerRole.CLIENT, null);
      }
    }
    for (OutboundConfig listener : prepared.config().outbound()) {
      for (String host : hosts(listener)) {
        judge(listener, PeerRole.SERVER, host.isEmpty() ? null : host);
      }
    }
    return answers;
  }

  /** Empty for an endpoint that has none. */
  private static Set<String> hosts(OutboundConfig listener) {
    Set<String> hosts = new LinkedHashSet<>();
    for (Address endpoint : listener.connect()) {
      hosts.add(Objects.requireNonNullElse(listener.host(endpoint), ""));
    }
    return hosts;
  }

  private void judge(ListenerConfig listener, PeerRole role, @Nullable String host) {
    ProvenChain proof;
    try {
      proof = prepared.trust(listener).prove(chain, role);
    } catch (ChainRefused e) {
      add(listener, host, false, e.failure().label() + ": " + e.getMessage());
      return;
    }
    AllowRules rules = prepared.rules(listener);
    Peer peer = Peer.of(chain[0]);
    Verdict verdict = rules.judge(peer, host);
    String vouched = "; " + proof.anchorName() + " vouches for it until " + proof.notAfter();
    if (verdict instanceof Verdict.Denied denied) {
      add(listener, host, false, denied.reason().label() + vouched);
    } else if (verdict instanceof Verdict.Audited audited) {
      add(listener, host, true, "not enforced: " + audited.reason().label() + vouched);
    } else {
      add(listener, host, true, "by " + by(listener.allow(), rules.ruleFor(peer)) + vouched);
    }
  }

  private static String by(Allow allow, @Nullable String rule) {
    if (rule != null) {
      return rule;
    }
    if (allow instanceof Allow.Anyone) {
      return "allow = anyone";
    }
    return allow instanceof Allow.AnyTrusted ? "allow = any-trusted" : "its host name";
  }

  private void add(ListenerConfig listener, @Nullable String host, boolean admitted, String words) {
    answers.add(new PeerAnswer(listener.setting(), host == null ? "" : host, admitted, words));
  }
}
