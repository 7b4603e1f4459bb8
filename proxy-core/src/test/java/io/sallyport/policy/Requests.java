package io.sallyport.policy;

import static io.sallyport.policy.Certificates.peer;
import static org.assertj.core.api.Assertions.assertThat;

import io.sallyport.config.Allow;
import io.sallyport.config.Origins;
import io.sallyport.config.Problem;
import java.util.ArrayList;
import java.util.List;

/** Requests judged by a few rules, of a peer whose CN is a. */
final class Requests {

  static final Peer PEER = peer(leaf -> leaf.cn("a"));

  private Requests() {}

  static Verdict judge(Allow.Rule rule, String method, String host, String path) {
    return compile(rule).judgeRequest(PEER, new Asked(method, host, path));
  }

  static AllowRules compile(Allow.Rule... rules) {
    return compile(new Allow.Rules(List.of(rules), false));
  }

  static AllowRules compile(Allow allow) {
    List<Problem> problems = new ArrayList<>();
    AllowRules rules = AllowRules.compile(allow, Origins.NONE, problems);
    assertThat(problems).isEmpty();
    return rules;
  }
}
