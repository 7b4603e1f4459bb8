package io.sallyport.policy;

import io.sallyport.config.Allow;
import io.sallyport.config.Origins;
import io.sallyport.config.Problem;
import io.sallyport.identity.PeerCheck;
import io.sallyport.policy.RequestConditions.Request;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * {@code allow}, compiled. Immutable; judged from any event loop.
 *
 * <p>{@code *} is one whole segment of a URI's path or one label of a DNS name, {@code **} any
 * number of them, none too; neither is ever a scheme, a trust domain, a host or a part of a
 * segment. A wildcard that stands in a certificate matches no rule. In the path of a request {@code
 * *} is a segment that is not empty, and {@code /api/**} is {@code /api} too.
 */
public final class AllowRules {

  private static final Verdict ALLOWED = new Verdict.Allowed();
  private static final Verdict NO_CERTIFICATE = new Verdict.Denied(Denial.NO_CERTIFICATE);
  private static final Verdict NO_RULE_MATCHED = new Verdict.Denied(Denial.NO_RULE_MATCHED);
  private static final Verdict HOST_NAME_MISMATCH = new Verdict.Denied(Denial.HOST_NAME_MISMATCH);
  private static final Verdict REQUEST_NOT_ALLOWED = new Verdict.Denied(Denial.REQUEST_NOT_ALLOWED);
  private static final Verdict AMBIGUOUS_PATH = new Verdict.Denied(Denial.AMBIGUOUS_PATH);

  /** What a denial means. */
  private enum Enforcement {
    FULL,
    /** That there is a certificate is the listener's to ask, and not forgiven. */
    CERTIFICATE_ONLY,
    NONE
  }

  private final Allow allow;
  private final RuleIndex index;
  private final Enforcement enforcement;
  private final boolean idsAlone;

  private AllowRules(Allow allow, RuleIndex index, Enforcement enforcement, boolean idsAlone) {
    this.allow = allow;
    this.index = index;
    this.enforcement = enforcement;
    this.idsAlone = idsAlone;
  }

  /**
   * @param problems receives each pattern that cannot be used; the result is then not to be used
   */
  public static AllowRules compile(Allow allow, Origins origins, List<Problem> problems) {
    RuleCompiler compiler = new RuleCompiler(origins, problems);
    List<Allow.Rule> rules = allow instanceof Allow.Rules some ? some.rules() : List.of();
    return new AllowRules(
        allow,
        new RuleIndex(rules.stream().map(compiler::compile).toList()),
        Enforcement.FULL,
        false);
  }

  /**
   * Who a peer is as far as that counts here.
   *
   * @param peer null for a peer without a certificate
   */
  public @Nullable Peer counted(@Nullable Peer peer) {
    return idsAlone && peer != null ? peer.byIdAlone() : peer;
  }

  /**
   * Whether the peer may come in: what a rule says of the peer is enough, since what it will ask
   * for is not known yet.
   *
   * @param peer null for a peer without a certificate
   * @param host whom we meant to reach; null where the peer came to us
   */
  public Verdict judge(@Nullable Peer peer, @Nullable String host) {
    return asAudited(asEnforced(counted(peer), host));
  }

  /**
   * Whether a peer who came in may have what it asks for: there must be one rule that matches both.
   * Rules may have changed since it came in. {@link Denial#AMBIGUOUS_PATH} means that the request
   * itself is at fault, and comes only while {@link #namesPaths}; where denials are only told of,
   * that is too.
   *
   * @param peer as for the connection
   */
  public Verdict judgeRequest(@Nullable Peer peer, Asked asked) {
    return asAudited(asEnforced(counted(peer), asked));
  }

  /** Whether any rule goes by the method of a request. */
  public boolean namesMethods() {
    return index.namesMethods();
  }

  /** Whether any rule goes by the path of a request. */
  public boolean namesPaths() {
    return index.namesPaths();
  }

  private Verdict asAudited(Verdict verdict) {
    return verdict instanceof Verdict.Denied denied && isForgiven(denied)
        ? new Verdict.Audited(denied.reason())
        : verdict;
  }

  private boolean isForgiven(Verdict.Denied denied) {
    return switch (enforcement) {
      case FULL -> false;
      case CERTIFICATE_ONLY -> denied.reason() != Denial.NO_CERTIFICATE;
      case NONE -> true;
    };
  }

  private Verdict asEnforced(@Nullable Peer peer, @Nullable String host) {
    if (allow instanceof Allow.Anyone) {
      return ALLOWED;
    }
    if (peer == null) {
      return NO_CERTIFICATE;
    }
    if (allow instanceof Allow.AnyTrusted) {
      return ALLOWED;
    }
    boolean hostNameCounts = !(allow instanceof Allow.Rules rules) || rules.hostNameToo();
    if (hostNameCounts && (host == null || !HostName.matches(peer, host))) {
      return HOST_NAME_MISMATCH;
    }
    if (allow instanceof Allow.HostName) {
      return ALLOWED;
    }
    return index.find(peer) != null ? ALLOWED : NO_RULE_MATCHED;
  }

  private Verdict asEnforced(@Nullable Peer peer, Asked asked) {
    if (allow instanceof Allow.Anyone) {
      return ALLOWED;
    }
    if (peer == null) {
      return NO_CERTIFICATE;
    }
    if (!(allow instanceof Allow.Rules)) {
      return ALLOWED;
    }
    Request request = asRulesHaveIt(asked);
    if (isAmbiguous(request)) {
      return AMBIGUOUS_PATH;
    }
    if (index.find(peer, request) != null) {
      return ALLOWED;
    }
    return index.find(peer) == null ? NO_RULE_MATCHED : REQUEST_NOT_ALLOWED;
  }

  private Request asRulesHaveIt(Asked asked) {
    return new Request(
        asked.method(),
        index.namesHosts() ? HostName.canonical(asked.host()) : null,
        index.namesPaths() ? RequestPath.decoded(asked.path()) : null);
  }

  private boolean isAmbiguous(Request request) {
    return index.namesPaths() && request.path() == null;
  }

  /**
   * The rule that whoever was refused came nearest to. It costs more than judging does, though no
   * more than a handshake.
   *
   * @param peer null for a peer without a certificate
   * @param asked null where the peer itself was refused
   * @return null where no rule was asked, or none is at fault
   */
  public @Nullable NearestRule nearest(@Nullable Peer peer, @Nullable Asked asked) {
    Peer counted = counted(peer);
    if (counted == null || !(allow instanceof Allow.Rules)) {
      return null;
    }
    Request request = asked == null ? null : asRulesHaveIt(asked);
    return request != null && isAmbiguous(request)
        ? null
        : new NearestRuleSearch(counted, request).among(index.rules());
  }

  /** The setting of a rule that lets the peer in; null where no rule does, or none is needed. */
  public @Nullable String ruleFor(Peer peer) {
    AllowRule rule = index.find(idsAlone ? peer.byIdAlone() : peer);
    return rule == null ? null : rule.setting();
  }

  /**
   * The same rules, whose denials are only told of.
   *
   * @param certificateRequired whether a peer without one is denied all the same
   */
  public AllowRules audited(boolean certificateRequired) {
    Enforcement of = certificateRequired ? Enforcement.CERTIFICATE_ONLY : Enforcement.NONE;
    return new AllowRules(allow, index, of, idsAlone);
  }

  /**
   * The same rules, by which a SPIFFE ID is all that its bearer is, beside its key. For trust
   * domains that are kept apart: a CA of one could else put any name beside an ID of its own.
   */
  public AllowRules ofIdsAlone() {
    return new AllowRules(allow, index, enforcement, true);
  }

  /** The same judgement in the middle of a handshake, where every peer shows a certificate. */
  public PeerCheck asPeerCheck() {
    return enforcement != Enforcement.FULL
            || allow instanceof Allow.Anyone
            || allow instanceof Allow.AnyTrusted
        ? PeerCheck.ANY_TRUSTED
        : (leaf, host) -> !(judge(Peer.of(leaf), host) instanceof Verdict.Denied);
  }
}
