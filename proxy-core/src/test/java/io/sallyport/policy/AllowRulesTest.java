package io.sallyport.policy;

import static io.sallyport.policy.Certificates.IP;
import static io.sallyport.policy.Certificates.der;
import static io.sallyport.policy.Certificates.leaf;
import static io.sallyport.policy.Certificates.nameless;
import static io.sallyport.policy.Certificates.peer;
import static org.assertj.core.api.Assertions.assertThat;

import io.sallyport.config.Allow;
import io.sallyport.config.Origins;
import io.sallyport.config.Problem;
import io.sallyport.identity.PeerCheck;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AllowRulesTest {

  private static final Verdict NO_RULE_MATCHED = new Verdict.Denied(Denial.NO_RULE_MATCHED);
  private static final Verdict NO_CERTIFICATE = new Verdict.Denied(Denial.NO_CERTIFICATE);
  private static final Verdict HOST_NAME_MISMATCH = new Verdict.Denied(Denial.HOST_NAME_MISMATCH);

  @ParameterizedTest
  @CsvSource({
    "spiffe://prod/ns/shop/sa/web, spiffe://prod/ns/shop/sa/web, true",
    "spiffe://prod/ns/shop/sa/web, spiffe://prod/ns/shop/sa/Web, false",
    "spiffe://prod/ns/shop/sa/web, spiffe://prod/ns/shop/sa/web2, false",
    "spiffe://prod/ns/shop/sa/web, spiffe://prod2/ns/shop/sa/web, false",
    "spiffe://prod/ns/shop/sa/*, spiffe://prod/ns/shop/sa/web, true",
    "spiffe://prod/ns/shop/sa/*, spiffe://prod/ns/shop/sa/web/x, false",
    "spiffe://prod/ns/shop/sa/*, spiffe://prod/ns/shop/sa, false",
    "spiffe://prod/ns/shop/sa/*, spiffe://prod/ns/shop/sb/web, false",
    "spiffe://prod/ns/*/sa/web, spiffe://prod/ns/shop/sa/web, true",
    "spiffe://prod/ns/*/sa/web, spiffe://prod/ns/shop/x/sa/web, false",
    "spiffe://prod/*, spiffe://prod.evil.example/web, false",
    "spiffe://prod/**, spiffe://prod/a, true",
    "spiffe://prod/**, spiffe://prod/a/b/c, true",
    "spiffe://prod/**, spiffe://prod2/a, false",
    "spiffe://prod/ns/**, spiffe://prod/ns, true",
    "spiffe://prod/ns/**, spiffe://prod/nsx, false",
    "spiffe://prod/**/web, spiffe://prod/web, true",
    "spiffe://prod/**/web, spiffe://prod/a/b/web, true",
    "spiffe://prod/**/web, spiffe://prod/a/web/b, false",
    "spiffe://prod/**/a/**/b, spiffe://prod/x/a/a/y/b/z/b, true",
    "spiffe://prod/**/a/*/b, spiffe://prod/a/a/a/y/b, true",
    "spiffe://prod/**/a/*/b, spiffe://prod/a/a/a/y/c, false",
    "https://example.com/a/*, HTTPS://EXAMPLE.com/a/b, true",
    "https://example.com/a/*, https://example.com/A/b, false",
    "https://example.com/a/*, https://example.com/a/, false",
    "https://example.com/a/*, https://example.com/a/.., false",
    "https://example.com/a/*, https://example.com/a/%2e%2e, false",
    "https://example.com/a/*, https://example.com/a/b?c, false",
    "https://example.com/a/*, https://example.com/a/b#c, false",
    "https://example.com/a/*, https://example.com/a/*, false",
    "https://example.com/**, https://example.com, true",
    "https://example.com/**, https://example.com/a//b, false",
    "https://example.com/**, https://example.com:443/a, false",
    "https://example.com/**, https://example.com@evil.example/a, false",
    "https://example.com/**, http://example.com/a, false",
    "https://example.com/a?b=c, https://example.com/a?b=c, true",
    "urn:uuid:1, URN:uuid:1, true",
    "urn:uuid:1, urn:uuid:2, false",
  })
  void comparesAUri(String pattern, String inCertificate, boolean allowed) {
    assertAllowed(
        allowed, peer(leaf -> leaf.uri(inCertificate)), new RuleSpec().uri(pattern).rule());
  }

  @ParameterizedTest
  @CsvSource({
    "spiffe://prod/ns/shop/sa/web, spiffe://prod/ns/shop/sa/web, true",
    "spiffe://prod/ns/shop/sa/web, spiffe://prod/ns/shop/sa/web2, false",
    "spiffe://prod/ns/*/sa/web, spiffe://prod/ns/shop/sa/web, true",
    "spiffe://prod/**, spiffe://prod2/a, false",
    "spiffe://prod/**, https://example.com/a, false",
    "spiffe://prod/**, SPIFFE://prod/a, false",
  })
  void comparesASpiffeId(String pattern, String inCertificate, boolean allowed) {
    assertAllowed(
        allowed, peer(leaf -> leaf.uri(inCertificate)), new RuleSpec().spiffe(pattern).rule());
  }

  @Test
  void aFieldWithoutValuesMatchesNobody() {
    Peer app = peer(leaf -> leaf.cn("app").ip("10.0.0.1"));
    assertAllowed(true, app, new RuleSpec().cn("app").rule());
    assertAllowed(false, app, new RuleSpec().cn("app").uri().rule());
    assertAllowed(false, app, new RuleSpec().cn("app").ip().rule());
  }

  /** X509-SVID §2 and §5.2. */
  @Test
  void aSpiffeIdBesideAnotherUriOrOfACaIsNone() {
    Allow.Rule rule = new RuleSpec().spiffe("spiffe://prod/**").rule();
    assertAllowed(true, peer(leaf -> leaf.uri("spiffe://prod/a").dns("a.prod")), rule);
    assertAllowed(false, peer(leaf -> leaf.uri("spiffe://prod/a", "https://a.prod/")), rule);
    assertAllowed(false, peer(leaf -> leaf.uri("spiffe://prod/a").ca()), rule);
  }

  @ParameterizedTest
  @CsvSource({
    "app.internal, app.internal, true",
    "App.Internal, aPP.internal, true",
    "app.internal, xapp.internal, false",
    "app.internal, app.internal.evil.example, false",
    "*.billing.internal, a.billing.internal, true",
    "*.billing.internal, A.BILLING.internal, true",
    "*.billing.internal, billing.internal, false",
    "*.billing.internal, a.b.billing.internal, false",
    "*.billing.internal, a.xbilling.internal, false",
    "*.billing.internal, *.billing.internal, false",
    "**.billing.internal, *.billing.internal, false",
    "**.billing.internal, billing.internal, true",
    "**.billing.internal, a.b.billing.internal, true",
    "**.billing.internal, xbilling.internal, false",
    "a.*.internal, a.b.internal, true",
    "a.*.internal, b.a.internal, false",
    "a.example.com, *.example.com, false",
    "*.com, *.com, false",
    "xn--bcher-kva.example, XN--BCHER-KVA.example, true",
  })
  void comparesADnsName(String pattern, String inCertificate, boolean allowed) {
    assertAllowed(
        allowed, peer(leaf -> leaf.dns(inCertificate)), new RuleSpec().dns(pattern).rule());
  }

  @ParameterizedTest
  @CsvSource({
    "10.1.2.3, 10.1.2.3, true",
    "10.1.2.3, 10.1.2.4, false",
    "10.0.0.0/8, 10.255.0.1, true",
    "10.0.0.0/8, 11.0.0.1, false",
    "10.1.128.0/17, 10.1.200.1, true",
    "10.1.128.0/17, 10.1.127.1, false",
    "192.0.2.128/25, 192.0.2.200, true",
    "192.0.2.128/25, 192.0.2.100, false",
    "10.1.2.3/32, 10.1.2.3, true",
    "::ffff:10.0.0.0/104, 10.1.2.3, true",
    "::ffff:10.1.2.3, 10.1.2.3, true",
    "fd00::/8, fd12::1, true",
    "fd00::/8, fe80::1, false",
    "fd00::1, fd00:0::1, true",
    "::/1, 10.1.2.3, false",
  })
  void comparesAnAddress(String pattern, String inCertificate, boolean allowed) {
    assertAllowed(allowed, peer(leaf -> leaf.ip(inCertificate)), new RuleSpec().ip(pattern).rule());
  }

  /** RFC 5280 §4.2.1.10: an excluded 10.0.0.0/8 says nothing of addresses of sixteen octets. */
  @ParameterizedTest
  @ValueSource(strings = {"10.1.2.3", "10.0.0.0/8", "::ffff:10.1.2.3", "::ffff:10.0.0.0/104"})
  void doesNotTakeAMappedAddressOfACertificateForTheIpv4AddressInIt(String pattern) {
    byte[] mapped = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, -1, -1, 10, 1, 2, 3};
    byte[] san = der(DerReader.SEQUENCE, der(IP, mapped));

    assertAllowed(false, peer(leaf -> leaf.rawSan(san)), new RuleSpec().ip(pattern).rule());
  }

  @ParameterizedTest
  @CsvSource({
    "Ann@example.com, Ann@EXAMPLE.com, true",
    "Ann@example.com, ann@example.com, false",
    "ann@example.com, ann@evil.example, false",
  })
  void comparesAnEmailAddress(String value, String inCertificate, boolean allowed) {
    assertAllowed(
        allowed, peer(leaf -> leaf.email(inCertificate)), new RuleSpec().email(value).rule());
  }

  @Test
  void comparesTheSubjectExactlyAndOnlyForRulesThatAskForIt() {
    Peer peer = peer(leaf -> leaf.cn("app.internal").ou("Billing").ou("Europe"));

    assertAllowed(true, peer, new RuleSpec().cn("app.internal").rule());
    assertAllowed(false, peer, new RuleSpec().cn("App.internal").rule());
    assertAllowed(true, peer, new RuleSpec().ou("Europe").rule());
    assertAllowed(false, peer, new RuleSpec().ou("app.internal").rule());
    assertAllowed(false, peer, new RuleSpec().dns("app.internal").rule());
  }

  @Test
  void doesNotTakeANameOfOneKindForAnother() {
    assertAllowed(
        false,
        peer(leaf -> leaf.dns("app.internal").uri("https://app.internal/x")),
        new RuleSpec().cn("app.internal").rule(),
        new RuleSpec().cn("https://app.internal/x").rule());
  }

  @Test
  void comparesAKeyByItsHash() {
    Peer peer = peer(leaf -> {});
    String pin = peer.names(NameField.SPKI).get(0);

    assertAllowed(true, peer, new RuleSpec().spki(pin).rule());
    assertAllowed(true, peer, new RuleSpec().spki(pin.substring(0, 43)).rule());
    assertAllowed(false, peer, new RuleSpec().spki("A".repeat(43) + "=").rule());
  }

  @Test
  void asksForEveryFieldOfARuleAndAnyValueOfAField() {
    Allow.Rule rule =
        new RuleSpec().uri("spiffe://prod/a", "spiffe://prod/b/*").cn("x", "y").rule();

    assertAllowed(true, peer(leaf -> leaf.uri("spiffe://prod/b/c").cn("y")), rule);
    assertAllowed(false, peer(leaf -> leaf.uri("spiffe://prod/b/c").cn("z")), rule);
    assertAllowed(false, peer(leaf -> leaf.dns("b").cn("y")), rule);
  }

  @Test
  void asksForTheAddressBesideAName() {
    Allow.Rule rule = new RuleSpec().dns("app").ip("10.0.0.0/8").rule();

    assertAllowed(true, peer(leaf -> leaf.dns("app").ip("10.0.0.1")), rule);
    assertAllowed(false, peer(leaf -> leaf.dns("app").ip("11.0.0.1")), rule);
    assertAllowed(false, peer(leaf -> leaf.ip("10.0.0.1")), rule);
  }

  @Test
  void findsEachOfTenThousandRulesOfEitherKind() {
    AllowRules rules =
        compile(
            IntStream.range(0, 10_000)
                .mapToObj(
                    i ->
                        new RuleSpec("allow." + i)
                            .uri("spiffe://prod/ns/n" + i + (i % 2 == 0 ? "/app" : "/*"))
                            .rule())
                .toArray(Allow.Rule[]::new));

    assertThat(rules.judge(peer(leaf -> leaf.uri("spiffe://prod/ns/n9998/app")), null))
        .isInstanceOf(Verdict.Allowed.class);
    assertThat(rules.judge(peer(leaf -> leaf.uri("spiffe://prod/ns/n9999/other")), null))
        .isInstanceOf(Verdict.Allowed.class);
    assertThat(rules.judge(peer(leaf -> leaf.uri("spiffe://prod/ns/n9998/other")), null))
        .isEqualTo(NO_RULE_MATCHED);
  }

  @Test
  void refusesAPeerWithoutACertificateUnlessAnyoneMayComeIn() {
    assertThat(compile(new Allow.Anyone()).judge(null, null)).isInstanceOf(Verdict.Allowed.class);
    assertThat(compile(new Allow.AnyTrusted()).judge(null, null)).isEqualTo(NO_CERTIFICATE);
    assertThat(compile(new Allow.HostName()).judge(null, "a")).isEqualTo(NO_CERTIFICATE);
    assertThat(compile(new RuleSpec().cn("a").rule()).judge(null, null)).isEqualTo(NO_CERTIFICATE);
  }

  @Test
  void admitsWhateverIsProvenWhereThatIsAsked() {
    Peer peer = nameless();

    assertThat(compile(new Allow.AnyTrusted()).judge(peer, null))
        .isInstanceOf(Verdict.Allowed.class);
    assertThat(compile(new Allow.Anyone()).judge(peer, null)).isInstanceOf(Verdict.Allowed.class);
  }

  @Test
  void refusesEveryoneWithoutRules() {
    assertAllowed(false, peer(leaf -> leaf.dns("a")));
  }

  @Test
  void asksForTheHostNameWhereNoRuleIsGiven() {
    AllowRules rules = compile(new Allow.HostName());
    Peer peer = peer(leaf -> leaf.dns("ledger.prod"));

    assertThat(rules.judge(peer, "ledger.prod")).isInstanceOf(Verdict.Allowed.class);
    assertThat(rules.judge(peer, "other.prod")).isEqualTo(HOST_NAME_MISMATCH);
    assertThat(rules.judge(peer, null)).isEqualTo(HOST_NAME_MISMATCH);
  }

  @Test
  void asksForTheHostNameBesideARuleWhereThatIsAsked() {
    List<Allow.Rule> one = List.of(new RuleSpec().cn("ledger").rule());
    AllowRules rules = compile(new Allow.Rules(one, true));
    Peer peer = peer(leaf -> leaf.dns("ledger.prod").cn("ledger"));

    assertThat(rules.judge(peer, "ledger.prod")).isInstanceOf(Verdict.Allowed.class);
    assertThat(rules.judge(peer, "other.prod")).isEqualTo(HOST_NAME_MISMATCH);
    assertThat(rules.judge(peer(leaf -> leaf.dns("ledger.prod")), "ledger.prod"))
        .isEqualTo(NO_RULE_MATCHED);
    assertThat(compile(one.get(0)).judge(peer, "other.prod")).isInstanceOf(Verdict.Allowed.class);
  }

  @Test
  void judgesTheSameInTheMiddleOfAHandshake() {
    PeerCheck check = compile(new RuleSpec().dns("a").rule()).asPeerCheck();

    assertThat(check.admits(leaf(spec -> spec.dns("a")), null)).isTrue();
    assertThat(check.admits(leaf(spec -> spec.dns("b")), null)).isFalse();
    assertThat(compile(new Allow.Anyone()).asPeerCheck()).isSameAs(PeerCheck.ANY_TRUSTED);
    assertThat(compile(new Allow.HostName()).asPeerCheck().admits(leaf(s -> s.dns("a")), "b"))
        .isFalse();
  }

  @Test
  void letsNobodyInByARuleWhoseValuesWereRefused() {
    List<Problem> problems = new ArrayList<>();
    Allow.Rule broken = new RuleSpec().dns("app").ip("nonsense").uri("foo*").rule();
    AllowRules rules =
        AllowRules.compile(new Allow.Rules(List.of(broken), false), Origins.NONE, problems);

    assertThat(problems).hasSize(2);
    assertThat(rules.judge(peer(leaf -> leaf.dns("app")), null)).isEqualTo(NO_RULE_MATCHED);
  }

  private static void assertAllowed(boolean allowed, Peer peer, Allow.Rule... rules) {
    Verdict verdict = compile(rules).judge(peer, null);

    if (allowed) {
      assertThat(verdict).isInstanceOf(Verdict.Allowed.class);
    } else {
      assertThat(verdict).isEqualTo(NO_RULE_MATCHED);
    }
  }

  private static AllowRules compile(Allow.Rule... rules) {
    return compile(new Allow.Rules(List.of(rules), false));
  }

  private static AllowRules compile(Allow allow) {
    List<Problem> problems = new ArrayList<>();
    AllowRules rules = AllowRules.compile(allow, Origins.NONE, problems);
    assertThat(problems).isEmpty();
    return rules;
  }
}
