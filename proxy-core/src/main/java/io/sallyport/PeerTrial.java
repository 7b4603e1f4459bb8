package io.sallyport;

import io.sallyport.config.Address;
import io.sallyport.config.Allow;
import io.sallyport.config.IdentityConfig;
import io.sallyport.config.InboundConfig;
import io.sallyport.config.InboundConfig.ClientAuth;
import io.sallyport.config.ListenerConfig;
import io.sallyport.config.OcspConfig;
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
    List<PeerAnswer> answers = new ArrayList<>();
    for (InboundConfig listener : prepared.config().inbound()) {
      if (listener.clientAuth() == ClientAuth.NONE) {
        answers.add(answer(listener, null, true, "whoever it is, for no certificate is asked for"));
      } else {
        answers.add(judge(listener, PeerRole.CLIENT, null));
      }
    }
    for (OutboundConfig listener : prepared.config().outbound()) {
      for (String host : hosts(listener)) {
        answers.add(judge(listener, PeerRole.SERVER, host.isEmpty() ? null : host));
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
    if (listener.listen().captured()) {
      hosts.add(""); // whatever address it turns out to be, the rules alone decide
    }
    return hosts;
  }

  /** By one outbound listener, as the server that it means to reach by this name. */
  PeerAnswer answer(OutboundConfig listener, String host) {
    return judge(listener, PeerRole.SERVER, host);
  }

  private PeerAnswer judge(ListenerConfig listener, PeerRole role, @Nullable String host) {
    ProvenChain proof;
    try {
      proof = prepared.trust(listener).prove(chain, role);
    } catch (ChainRefused e) {
      return answer(listener, host, false, e.failure().label() + ": " + e.getMessage());
    }
    AllowRules rules = prepared.rules(listener);
    Peer peer = Peer.of(chain[0]);
    Verdict verdict = rules.judge(peer, host);
    String vouched =
        "; "
            + proof.anchorName()
            + " vouches for it until "
            + proof.notAfter()
            + (asksResponders(listener) ? "; OCSP is not asked here" : "");
    if (verdict instanceof Verdict.Denied denied) {
      return answer(listener, host, false, denied.reason().label() + vouched);
    }
    if (verdict instanceof Verdict.Audited audited) {
      return answer(listener, host, true, "not enforced: " + audited.reason().label() + vouched);
    }
    return answer(
        listener, host, true, "by " + by(listener.allow(), rules.ruleFor(peer)) + vouched);
  }

  private boolean asksResponders(ListenerConfig listener) {
    IdentityConfig identity = prepared.config().identity(listener);
    return identity != null && identity.revocation().ocsp().policy() != OcspConfig.Policy.OFF;
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

  private static PeerAnswer answer(
      ListenerConfig listener, @Nullable String host, boolean admitted, String words) {
    return new PeerAnswer(listener.setting(), host == null ? "" : host, admitted, words);
  }
}
