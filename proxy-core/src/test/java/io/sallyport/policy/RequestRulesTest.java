package io.sallyport.policy;

import static io.sallyport.policy.Certificates.peer;
import static io.sallyport.policy.Requests.PEER;
import static io.sallyport.policy.Requests.compile;
import static io.sallyport.policy.Requests.judge;
import static org.assertj.core.api.Assertions.assertThat;

import io.sallyport.config.Allow;
import io.sallyport.config.Origins;
import io.sallyport.config.Problem;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Who may ask for what. */
class RequestRulesTest {

  private static final Verdict ALLOWED = new Verdict.Allowed();
  private static final Verdict NO_RULE_MATCHED = new Verdict.Denied(Denial.NO_RULE_MATCHED);
  private static final Verdict NO_CERTIFICATE = new Verdict.Denied(Denial.NO_CERTIFICATE);
  private static final Verdict REQUEST_NOT_ALLOWED = new Verdict.Denied(Denial.REQUEST_NOT_ALLOWED);
  private static final Verdict AMBIGUOUS_PATH = new Verdict.Denied(Denial.AMBIGUOUS_PATH);

  private static final Asked GET_API = new Asked("GET", "shop.example", "/api/carts");

  @ParameterizedTest
  @CsvSource({
    "/api, /api, true",
    "/api, /api/, false",
    "/api, /API, false",
    "/api, /ap, false",
    "/api, /api/x, false",
    "/api, /%61pi, true",
    "/api/, /api/, true",
    "/api/, /api, false",
    "/, /, true",
    "/, /a, false",
    "/api/*, /api/x, true",
    "/api/*, /api/x%20y, true",
    "/api/*, /api, false",
    "/api/*, /api/, false",
    "/api/*, /api/x/, false",
    "/api/*, /api/x/y, false",
    "/api/*, /apix/y, false",
    "/api/*/, /api/x/, true",
    "/api/*/, /api/x, false",
    "/api/*/edit, /api/x/edit, true",
    "/api/*/edit, /api/edit, false",
    "/api/*/edit, /api/x/y/edit, false",
    "/api/**, /api, true",
    "/api/**, /api/, true",
    "/api/**, /api/x, true",
    "/api/**, /api/x/y/, true",
    "/api/**, /apix, false",
    "/api/**, /x/api, false",
    "/**, /, true",
    "/**, /a/b, true",
    "/**, *, false",
    "/*, *, false",
    "/*, /a, true",
    "/*, /, false",
    "/**/edit, /edit, true",
    "/**/edit, /a/b/edit, true",
    "/**/edit, /a/edit/b, false",
    "/a/**/b/**/c, /a/x/b/b/y/c, true",
    "/a/**/b/**/c, /a/c/b, false",
    "/bücher/*, /b%C3%BCcher/1, true",
    "/bücher/*, /bu%CC%88cher/1, false",
    "/100, /100%25, false",
  })
  void comparesAPath(String pattern, String path, boolean allowed) {
    assertThat(judge(new RuleSpec().cn("a").paths(pattern).rule(), "GET", "h", path))
        .isEqualTo(allowed ? ALLOWED : REQUEST_NOT_ALLOWED);
  }

  @ParameterizedTest
  @CsvSource({
    "shop.example, shop.example, true",
    "Shop.Example, shop.example, true",
    "shop.example, SHOP.example, true",
    "shop.example, shop.example., true",
    "shop.example, shop.example.., false",
    "shop.example, xshop.example, false",
    "shop.example, shop.example.evil.example, false",
    "shop.example, shop.example:443, false",
    "shop.example, '', false",
    "shop.example, ., false",
    "*.example, shop.example, true",
    "*.example, a.shop.example, false",
    "*.example, example, false",
    "*.example, *.example, false",
    "**.example, a.shop.example, true",
    "**.example, example, true",
    "localhost, localhost, true",
    "localhost, 127.0.0.1, false",
  })
  void comparesAHost(String pattern, String host, boolean allowed) {
    assertThat(judge(new RuleSpec().cn("a").hosts(pattern).rule(), "GET", host, "/"))
        .isEqualTo(allowed ? ALLOWED : REQUEST_NOT_ALLOWED);
  }

  @ParameterizedTest
  @CsvSource({
    "GET, GET, true",
    "GET, HEAD, false",
    "GET, get, false",
    "GET, GETX, false",
    "PROPFIND, PROPFIND, true",
    "m-search, m-search, true",
    "m-search, M-SEARCH, false",
  })
  void comparesAMethod(String allowedMethod, String method, boolean allowed) {
    assertThat(judge(new RuleSpec().cn("a").methods(allowedMethod).rule(), method, "h", "/"))
        .isEqualTo(allowed ? ALLOWED : REQUEST_NOT_ALLOWED);
  }

  @Test
  void asksForEveryFieldAndAnyValueOfOne() {
    Allow.Rule rule =
        new RuleSpec()
            .cn("a")
            .methods("GET", "HEAD")
            .hosts("shop.example", "*.shop.example")
            .paths("/health", "/api/*")
            .rule();

    assertThat(judge(rule, "HEAD", "shop.example", "/api/x")).isEqualTo(ALLOWED);
    assertThat(judge(rule, "GET", "a.shop.example", "/health")).isEqualTo(ALLOWED);
    assertThat(judge(rule, "POST", "shop.example", "/health")).isEqualTo(REQUEST_NOT_ALLOWED);
    assertThat(judge(rule, "GET", "example", "/health")).isEqualTo(REQUEST_NOT_ALLOWED);
    assertThat(judge(rule, "GET", "shop.example", "/")).isEqualTo(REQUEST_NOT_ALLOWED);
  }

  @Test
  void letsAPeerComeInByWhatARuleSaysOfItAlone() {
    AllowRules rules = compile(new RuleSpec().cn("a").methods("GET").paths("/x").rule());

    assertThat(rules.judge(PEER, null)).isEqualTo(ALLOWED);
    assertThat(rules.judge(peer(leaf -> leaf.cn("b")), null)).isEqualTo(NO_RULE_MATCHED);
  }

  @Test
  void looksOnForAnotherRuleOfTheSamePeer() {
    AllowRules rules =
        compile(
            new RuleSpec().spiffe("spiffe://prod/a").methods("GET").rule(),
            new RuleSpec().spiffe("spiffe://prod/a").methods("PUT").paths("/up/*").rule(),
            new RuleSpec().spiffe("spiffe://prod/*").methods("POST").rule(),
            new RuleSpec().dns("*.prod").methods("DELETE").rule(),
            new RuleSpec().ip("10.0.0.0/8").methods("PATCH").rule());
    Peer peer = peer(leaf -> leaf.uri("spiffe://prod/a").dns("b", "a.prod").ip("10.0.0.1"));

    for (String method : List.of("GET", "POST", "DELETE", "PATCH")) {
      assertThat(rules.judgeRequest(peer, new Asked(method, "h", "/x")))
          .as(method)
          .isEqualTo(ALLOWED);
    }
    assertThat(rules.judgeRequest(peer, new Asked("PUT", "h", "/x")))
        .isEqualTo(REQUEST_NOT_ALLOWED);
    assertThat(rules.judgeRequest(peer, new Asked("PUT", "h", "/up/x"))).isEqualTo(ALLOWED);
  }

  @Test
  void doesNotJoinThePeerOfOneRuleToTheRequestOfAnother() {
    AllowRules rules =
        compile(
            new RuleSpec().cn("a").paths("/a").rule(), new RuleSpec().cn("b").paths("/b").rule());

    assertThat(rules.judgeRequest(PEER, new Asked("GET", "h", "/b")))
        .isEqualTo(REQUEST_NOT_ALLOWED);
    assertThat(rules.judgeRequest(peer(leaf -> leaf.cn("b")), new Asked("GET", "h", "/b")))
        .isEqualTo(ALLOWED);
  }

  @Test
  void aRuleWithoutRequestFieldsLetsAPeerAskForAnything() {
    AllowRules rules =
        compile(new RuleSpec().cn("b").paths("/b").rule(), new RuleSpec().cn("a").rule());

    assertThat(rules.judgeRequest(PEER, new Asked("BREW", "", "*"))).isEqualTo(ALLOWED);
  }

  @Test
  void refusesAnAmbiguousPathOfAnyPeerWhileAnyRuleHasPaths() {
    AllowRules rules =
        compile(new RuleSpec().cn("b").paths("/b").rule(), new RuleSpec().cn("a").rule());
    Asked ambiguous = new Asked("GET", "h", "/a//b");

    assertThat(rules.namesPaths()).isTrue();
    assertThat(rules.judgeRequest(PEER, ambiguous)).isEqualTo(AMBIGUOUS_PATH);
    assertThat(rules.judgeRequest(null, ambiguous)).isEqualTo(NO_CERTIFICATE);
  }

  @Test
  void doesNotJudgePathsWhereNoRuleHasThem() {
    AllowRules rules = compile(new RuleSpec().cn("a").methods("GET").rule());

    assertThat(rules.namesPaths()).isFalse();
    assertThat(rules.judgeRequest(PEER, new Asked("GET", "h", "/a//..%2f;"))).isEqualTo(ALLOWED);
  }

  @Test
  void judgesAnOldConnectionByTheRulesOfNow() {
    AllowRules now = compile(new RuleSpec().cn("b").rule());

    assertThat(now.judgeRequest(PEER, GET_API)).isEqualTo(NO_RULE_MATCHED);
    assertThat(now.judgeRequest(null, GET_API)).isEqualTo(NO_CERTIFICATE);
  }

  @Test
  void asksNothingOfRequestsWhereNoRuleIsGiven() {
    assertThat(compile(new Allow.Anyone()).judgeRequest(null, GET_API)).isEqualTo(ALLOWED);
    assertThat(compile(new Allow.AnyTrusted()).judgeRequest(PEER, GET_API)).isEqualTo(ALLOWED);
    assertThat(compile(new Allow.AnyTrusted()).judgeRequest(null, GET_API))
        .isEqualTo(NO_CERTIFICATE);
    assertThat(compile(new Allow.HostName()).judgeRequest(PEER, GET_API)).isEqualTo(ALLOWED);
  }

  @Test
  void onlyTellsOfDenialsThatAreNotEnforced() {
    AllowRules rules = compile(new RuleSpec().cn("a").paths("/x").rule());
    Asked ambiguous = new Asked("GET", "h", "/%2e");

    assertThat(rules.audited(true).judgeRequest(PEER, GET_API))
        .isEqualTo(new Verdict.Audited(Denial.REQUEST_NOT_ALLOWED));
    assertThat(rules.audited(true).judgeRequest(PEER, ambiguous))
        .isEqualTo(new Verdict.Audited(Denial.AMBIGUOUS_PATH));
    assertThat(rules.audited(true).judgeRequest(null, GET_API)).isEqualTo(NO_CERTIFICATE);
    assertThat(rules.audited(false).judgeRequest(null, GET_API))
        .isEqualTo(new Verdict.Audited(Denial.NO_CERTIFICATE));
    assertThat(rules.audited(true).judgeRequest(PEER, new Asked("GET", "h", "/x")))
        .isEqualTo(ALLOWED);
  }

  @Test
  void countsTheIdAloneForRequestsToo() {
    AllowRules rules = compile(new RuleSpec().cn("a").methods("GET").rule()).ofIdsAlone();

    assertThat(rules.judgeRequest(peer(leaf -> leaf.cn("a").uri("spiffe://prod/a")), GET_API))
        .isEqualTo(NO_RULE_MATCHED);
  }

  @Test
  void letsNothingPassByARuleWhoseValuesWereRefused() {
    List<Problem> problems = new ArrayList<>();
    Allow.Rule broken = new RuleSpec().cn("a").methods("get").hosts("*").paths("api").rule();
    AllowRules rules =
        AllowRules.compile(new Allow.Rules(List.of(broken), false), Origins.NONE, problems);

    assertThat(problems).hasSize(3);
    assertThat(rules.judgeRequest(PEER, new Asked("get", "*", "api"))).isEqualTo(AMBIGUOUS_PATH);
    assertThat(rules.judgeRequest(PEER, new Asked("GET", "h", "/api")))
        .isEqualTo(REQUEST_NOT_ALLOWED);
  }

  @Test
  void findsEachOfTenThousandRulesOfPeersAndOfPaths() {
    AllowRules rules =
        compile(
            Stream.concat(
                    IntStream.range(0, 10_000)
                        .mapToObj(i -> new RuleSpec().cn("c" + i).paths("/p/" + i + "/**")),
                    IntStream.range(0, 10_000)
                        .mapToObj(
                            i -> new RuleSpec().cn("a").paths("/n" + i + (i % 2 == 0 ? "" : "/*"))))
                .map(RuleSpec::rule)
                .toArray(Allow.Rule[]::new));

    assertThat(rules.judgeRequest(PEER, new Asked("GET", "h", "/n9998"))).isEqualTo(ALLOWED);
    assertThat(rules.judgeRequest(PEER, new Asked("GET", "h", "/n9999/x"))).isEqualTo(ALLOWED);
    assertThat(rules.judgeRequest(PEER, new Asked("GET", "h", "/n9999")))
        .isEqualTo(REQUEST_NOT_ALLOWED);
    assertThat(rules.judgeRequest(PEER, new Asked("GET", "h", "/p/7/x")))
        .isEqualTo(REQUEST_NOT_ALLOWED);
    assertThat(rules.judgeRequest(peer(leaf -> leaf.cn("c7")), new Asked("GET", "h", "/p/7/x")))
        .isEqualTo(ALLOWED);
  }
}
