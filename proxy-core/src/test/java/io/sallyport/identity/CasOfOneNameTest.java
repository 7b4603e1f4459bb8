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
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
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

    isUnknown(() -> anchor(trust(cas), cas.get(99).issue(CasOfOneNameTest::anonymous)));
  }

  @Test
  void casOfOtherTrustDomainsAreInNobodysWay() throws Exception {
    List<TestCa> cas = cas(100, CasOfOneNameTest::withoutIdentifier);
    Map<String, List<TestCa>> domains = new TreeMap<>();
    for (int i = 0; i < cas.size(); i++) {
      domains.put("d" + i + ".test", List.of(cas.get(i)));
    }
    TrustBundle trust = trust(domains);
    TestIdentity peer = cas.get(99).issue(leaf -> anonymous(leaf.uri("spiffe://d99.test/a")));

    assertThat(anchor(trust, peer)).isEqualTo(cas.get(99).certificate());
  }

  /** Then there is a way up from either to the root of both. */
  @Test
  void aCaThatAnotherDomainsHasSignedStillVouchesForItsOwnAlone() throws Exception {
    TestCa prod = TestCa.create(ca -> ca.name("prod"));
    TestCa partner = TestCa.create(ca -> ca.name("partner"));
    X509Certificate prodByPartner = prod.crossSignedBy(partner).certificate();
    X509Certificate partnerByProd = partner.crossSignedBy(prod).certificate();
    X509Certificate own = prod.issue(leaf -> leaf.uri("spiffe://prod.test/a")).leaf();
    X509Certificate stray = partner.issue(leaf -> leaf.uri("spiffe://prod.test/a")).leaf();
    X509Certificate[] owns = {own, prodByPartner, partnerByProd};
    X509Certificate[] strays = {stray, partnerByProd, prodByPartner};
    TrustBundle apart = trust(Map.of("prod.test", List.of(prod), "partner.test", List.of(partner)));
    ProvenChain before = trust(Map.of("prod.test", List.of(prod))).prove(strays, PeerRole.CLIENT);

    assertThat(apart.prove(owns, PeerRole.CLIENT).anchor()).isEqualTo(prod.certificate());
    isUnknown(() -> apart.prove(strays, PeerRole.CLIENT));
    isUnknown(() -> apart.proveAgain(strays, PeerRole.CLIENT, before));
  }

  private static void isUnknown(ThrowingCallable attempt) {
    assertThatThrownBy(attempt)
        .isInstanceOfSatisfying(
            ChainRefused.class,
            refused -> assertThat(refused.failure()).isEqualTo(HandshakeFailure.UNKNOWN_CA));
  }

  private static TrustBundle trust(Map<String, List<TestCa>> domains) {
    Map<String, List<X509Certificate>> certificates = new TreeMap<>();
    domains.forEach(
        (domain, cas) -> certificates.put(domain, cas.stream().map(TestCa::certificate).toList()));
    return new TrustBundle(
        new Anchors(List.of(), certificates),
        RevocationLists.NONE,
        OcspCheck.OFF,
        Clock.systemUTC());
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
