package io.sallyport.identity;

import io.sallyport.config.IdentityConfig;
import io.sallyport.config.IdentityConfig.WorkloadApi;
import io.sallyport.config.Malformed;
import io.sallyport.config.Problem;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Proves that one answer of a Workload API can serve before anything is made of it. It is a unit:
 * what is wrong with a part of it keeps back the rest.
 */
final class AnswerProof {

  /** Of the identity; what is wrong with an answer is told of it. */
  static final String SETTING = ".spiffe";

  private final Findings findings;
  private final Instant now;
  private final TrustFiles trust;

  AnswerProof(Findings findings, Instant now, TrustFiles trust) {
    this.findings = findings;
    this.now = now;
    this.trust = trust;
  }

  /** All that comes of it. */
  record Proven(Identity identity, TrustBundle trust) {}

  /** Whether it could be another one with another answer. */
  static boolean tellsOf(Problem problem, IdentityConfig identity) {
    return Stream.of(SETTING, SETTING + ".id", ".revocation.crl")
        .anyMatch(its -> problem.setting().equals(identity.setting() + its));
  }

  /**
   * @param roles what we are to those whom listeners with this identity meet
   * @return null after a problem; nobody vouches for the identity's peers then
   */
  @Nullable Proven prove(
      IdentityConfig config, WorkloadApi api, Svids answer, Set<PeerRole> roles) {
    String setting = config.setting() + SETTING;
    try {
      KeyPairFiles.Unproven pair = answer.pair(api.id());
      SvidRules.check(answer.id(api.id()), pair.chain().get(0));
      Identity identity = new IdentityProof(findings, now).prove(config, pair, roles);
      trust.give(config, setting, answer);
      TrustBundle bundle = trust.read(setting, List.of(), config);
      if (identity != null && bundle != null) {
        return new Proven(identity, bundle);
      }
    } catch (Malformed e) {
      findings.problem(setting, e.fault(), e.remedy());
    } catch (Unusable e) {
      findings.problem(e);
    }
    trust.withhold(config);
    return null;
  }
}
