package io.sallyport.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sallyport.testcerts.CaSpec;
import io.sallyport.testcerts.LeafSpec;
import io.sallyport.testcerts.TestCa;
import io.sallyport.testcerts.TestIdentity;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Many CAs that all have one name, as the roots of one product in many places have. */
class CasOfOneNameTest {
  @Test
  void theKeyIdentifierFindsTheLastOfHundreds() throws Exception {
    List<TestCa> cas = cas(300, CasOfOneNameTest::plain);
    TestCa last = cas.get(299);
    TrustBundle trust = trust(cas);

    assertThat(anchor(trust, last.issue(leaf -> leaf.dns("app")))).isEqualTo(last.certificate());
    assertThat(anchor(trust, last.intermediate().issue(leaf -> leaf.dns("app"))))
        .isEqualTo(last.certificate());
  }

  @Test
  void theSignatureFindsOneOfDozensThatHaveNoKeyIdentifier() throws Exception {
    List<TestCa> cas = cas(60, CasOfOneNameTest::withoutIdentifier);
    TestCa last = cas.get(59);

    assertThat(anchor(trust(cas), last.issue(leaf -> leaf.dns("app"))))
        .isEqualTo(last.certificate());
  }

  @Test
  void theSignatureFindsOneOfDozensWhereTheLeafNamesNoKey() throws Exception {
    List<TestCa> cas = cas(60, CasOfOneNameTest::plain);
    TestCa last = cas.get(59);

    assertThat(anchor(trust(cas), last.issue(CasOfOneNameTest::anonymous)))
        .isEqualTo(last.certificate());
  }

  @Test
  void whoIsFoundByNothingButTheSignatureIsNotSoughtWithoutEnd() {
    List<TestCa> cas = cas(100, CasOfOneNameTest::withoutIdentifier);

    assertThatThrownBy(() -> anchor(trust(cas), cas.get(99).issue(CasOfOneNameTest::anonymous)))
        .isInstanceOfSatisfying(
            ChainRefused.class,
            refused -> assertThat(refused.failure()).isEqualTo(HandshakeFailure.UNKNOWN_CA));
  }

  @Test
  void casOfOtherTrustDomainsAreInNobodysWay() throws Exception {
    List<TestCa> cas = cas(100, CasOfOneNameTest::withoutIdentifier);
    Map<String, List<X509Certificate>> domains = new TreeMap<>();
    for (int i = 0; i < cas.size(); i++) {
      domains.put("d" + i + ".test", List.of(cas.get(i).certificate()));
    }
    TrustBundle trust =
        new TrustBundle(
            new Anchors(List.of(), domains),
            RevocationLists.NONE,
            OcspCheck.OFF,
            Clock.systemUTC());
    TestIdentity peer = cas.get(99).issue(leaf -> anonymous(leaf.uri("spiffe://d99.test/a")));

    assertThat(anchor(trust, peer)).isEqualTo(cas.get(99).certificate());
  }

  private static void plain(CaSpec ca) {}

  private static void withoutIdentifier(CaSpec ca) {
    ca.withoutExtension("2.5.29.14");
  }

  private static void anonymous(LeafSpec leaf) {
    leaf.dns("app").withoutExtension("2.5.29.35");
  }

  private static List<TestCa> cas(int count, Consumer<CaSpec> wishes) {
    return Stream.generate(() -> TestCa.create(wishes)).limit(count).toList();
  }

  private static TrustBundle trust(List<TestCa> cas) {
    return new TrustBundle(cas.stream().map(TestCa::certificate).toList());
  }

  private static X509Certificate anchor(TrustBundle trust, TestIdentity peer) throws ChainRefused {
    return trust.prove(peer.chain().toArray(X509Certificate[]::new), PeerRole.CLIENT).anchor();
  }
}
