package io.sallyport.policy;

import static io.sallyport.policy.Certificates.peer;
import static io.sallyport.policy.Requests.compile;
import static org.assertj.core.api.Assertions.assertThat;

import io.sallyport.config.Allow;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Which rule a refusal came nearest to. */
class NearestRuleTest {

  private static final Asked GET_CARTS = new Asked("GET", "shop.example", "/api/carts");

  private static final Peer WEB =
      peer(leaf -> leaf.cn("web").uri("spiffe://prod/ns/shop/sa/web").dns("web.shop.internal"));

  private static RuleSpec rule(int number) {
    return new RuleSpec("allow." + number);
  }

  private static @Nullable NearestRule nearest(@Nullable Asked asked, RuleSpec... rules) {
    Allow.Rule[] built = new Allow.Rule[rules.length];
    for (int i = 0; i < rules.length; i++) {
      built[i] = rules[i].rule();
    }
    return compile(built).nearest(WEB, asked);
  }

  private static NearestRule failing(int number, String... fields) {
    return new NearestRule("allow." + number, List.of(fields));
  }

  @Test
  void ofTwoRulesTheOneOfWhichLessDoesNotMatch() {
    assertThat(nearest(null, rule(0).dns("x.test").cn("other"), rule(1).dns("x.test").cn("web")))
        .isEqualTo(failing(1, "dns"));
  }

  @Test
  void ofTwoThatFailInOneFieldTheOneThatMatchesInAnother() {
    assertThat(nearest(null, rule(0).cn("other"), rule(1).cn("other").dns("web.shop.internal")))
        .isEqualTo(failing(1, "cn"));
  }

  @Test
  void ofTwoThatDoNotMatchAtAllTheOneWhoseNameLooksMostAlike() {
    assertThat(
            nearest(
                null,
                rule(0).spiffe("spiffe://prod/ns/pay/sa/*"),
                rule(1).spiffe("spiffe://prod/ns/shop/sa/api"),
                rule(2).spiffe("spiffe://test/ns/shop/sa/web")))
        .isEqualTo(failing(1, "spiffe"));
    assertThat(nearest(null, rule(0).dns("web.shop.example"), rule(1).dns("*.internal", "b.c")))
        .isEqualTo(failing(1, "dns"));
  }

  @Test
  void aRuleForThePeerIsNearerThanOneForWhatItAsks() {
    assertThat(
            nearest(
                GET_CARTS,
                rule(0).cn("other").methods("GET").paths("/api/**").hosts("shop.example"),
                rule(1).cn("web").methods("POST").paths("/x").hosts("shop.example")))
        .isEqualTo(failing(1, "methods", "paths"));
  }

  @Test
  void tellsEachConditionOfTheRequestThatFailed() {
    assertThat(nearest(GET_CARTS, rule(0).cn("web").hosts("other.example")))
        .isEqualTo(failing(0, "hosts"));
    assertThat(
            nearest(
                GET_CARTS,
                rule(0).cn("web").paths("/orders/**"),
                rule(1).cn("web").paths("/api/cats")))
        .isEqualTo(failing(1, "paths"));
    assertThat(nearest(GET_CARTS, rule(0).cn("web").ip("10.0.0.0/8").methods("PUT")))
        .isEqualTo(failing(0, "ip", "methods"));
  }

  @Test
  void whereRulesAreNotAskedNoneIsNear() {
    assertThat(compile(new Allow.AnyTrusted()).nearest(WEB, GET_CARTS)).isNull();
    assertThat(compile(rule(0).cn("a").rule()).nearest(null, GET_CARTS)).isNull();
  }

  @Test
  void whatCouldBeReadInTwoWaysIsNearNone() {
    assertThat(nearest(new Asked("GET", "shop.example", "/a/../b"), rule(0).cn("web").paths("/b")))
        .isNull();
  }

  @Test
  void whoMatchesIsNotNear() {
    assertThat(nearest(null, rule(0).cn("web"))).isNull();
  }

  /** Else whoever has a certificate of a thousand names would be refused at a price. */
  @Test
  void ofVeryManyNamesAndRulesItLooksAtSome() {
    Peer many = peer(leaf -> IntStream.range(0, 900).forEach(i -> leaf.dns("n" + i + ".test")));
    Allow.Rule[] rules =
        IntStream.range(0, 10_000)
            .mapToObj(i -> rule(i).dns("*.x" + i, "a.n" + i).rule())
            .toArray(Allow.Rule[]::new);
    Peer last = peer(leaf -> leaf.dns("b.n30"));
    AllowRules compiled = compile(rules);

    assertThat(compiled.nearest(many, null)).isNotNull();
    assertThat(compiled.nearest(last, null)).isEqualTo(failing(30, "dns"));
    assertThat(compiled.nearest(peer(leaf -> leaf.dns("b.n9999")), null))
        .isNotEqualTo(failing(9999, "dns"));
  }

  @Test
  void whatRulesOfManyValuesCostCountsToo() {
    Peer some = peer(leaf -> IntStream.range(0, 16).forEach(i -> leaf.dns("n" + i + ".test")));
    Allow.Rule[] rules =
        IntStream.range(0, 1000)
            .mapToObj(i -> rule(i).dns(values(i == 500 ? ".test" : ".other")).rule())
            .toArray(Allow.Rule[]::new);

    assertThat(compile(rules).nearest(some, null)).isEqualTo(failing(0, "dns"));
    assertThat(compile(rule(0).dns(values(".other")).rule(), rules[500]).nearest(some, null))
        .isEqualTo(failing(500, "dns"));
  }

  /** More than are looked at for likeness. */
  private static String[] values(String end) {
    return IntStream.range(0, 20).mapToObj(i -> "x" + i + end).toArray(String[]::new);
  }
}
