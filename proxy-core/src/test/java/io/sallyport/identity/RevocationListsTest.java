package io.sallyport.identity;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sallyport.testcerts.CrlSpec;
import io.sallyport.testcerts.TestCa;
import io.sallyport.testcerts.TestIdentity;
import java.io.ByteArrayInputStream;
import java.security.GeneralSecurityException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class RevocationListsTest {

  private final Instant now = Instant.now().truncatedTo(ChronoUnit.SECONDS);

  private final TestCa root = TestCa.create();
  private final TestCa below = root.intermediate();
  private final TestIdentity good = below.issue(spec -> spec.client());
  private final TestIdentity bad = below.issue(spec -> spec.client());

  private final X509CRL ofRoot = crl(root, spec -> {});
  private final X509CRL ofBelow = crl(below, spec -> spec.revoke(bad.leaf()));

  private static X509CRL crl(TestCa ca, Consumer<CrlSpec> wishes) {
    try {
      return (X509CRL)
          CertificateFactory.getInstance("X.509")
              .generateCRL(new ByteArrayInputStream(ca.crlPem(wishes).getBytes(US_ASCII)));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private Consumer<CrlSpec> stale(X509Certificate... revoked) {
    return spec -> {
      spec.validity(now.minus(Duration.ofDays(2)), now.minus(Duration.ofDays(1)));
      Stream.of(revoked).forEach(spec::revoke);
    };
  }

  private TrustBundle bundle(boolean required, X509CRL... lists) {
    return new TrustBundle(
        new Anchors(List.of(root.certificate())), new RevocationLists(List.of(lists), required));
  }

  private static ProvenChain prove(TrustBundle trust, TestIdentity peer) throws ChainRefused {
    return trust.prove(peer.chain().toArray(X509Certificate[]::new), PeerRole.CLIENT);
  }

  private static void refuses(HandshakeFailure expected, TrustBundle trust, TestIdentity peer) {
    assertThatThrownBy(() -> prove(trust, peer))
        .isInstanceOfSatisfying(
            ChainRefused.class,
            refused -> {
              assertThat(refused.failure()).isEqualTo(expected);
              assertThat(refused.leaf()).isEqualTo(peer.leaf());
            });
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void whomAListNamesIsRefusedAndNobodyElse(boolean required) throws Exception {
    TrustBundle trust = bundle(required, ofRoot, ofBelow);

    assertThat(prove(trust, good).anchor()).isEqualTo(root.certificate());
    refuses(HandshakeFailure.CERTIFICATE_REVOKED, trust, bad);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aRevokedCaTakesWhomItIssuedToWithIt(boolean required) {
    X509CRL revokes = crl(root, spec -> spec.revoke(below.certificate()));

    refuses(HandshakeFailure.CERTIFICATE_REVOKED, bundle(required, revokes, ofBelow), good);
  }

  @Test
  void whereItIsRequiredEveryCaBelowTheAnchorNeedsAList() throws Exception {
    refuses(HandshakeFailure.REVOCATION_UNKNOWN, bundle(true, ofRoot), good);
    refuses(HandshakeFailure.REVOCATION_UNKNOWN, bundle(true, ofBelow), good);
    assertThat(prove(bundle(false, ofBelow), good)).isNotNull();
    assertThat(prove(bundle(false, ofRoot), good)).isNotNull();
    refuses(HandshakeFailure.CERTIFICATE_REVOKED, bundle(false, ofBelow), bad);
  }

  @Test
  void aStaleListIsNoListWhereOneIsRequired() {
    refuses(HandshakeFailure.REVOCATION_UNKNOWN, bundle(true, ofRoot, crl(below, stale())), good);
  }

  @Test
  void aListIsStaleFromItsNextUpdateOn() {
    X509CRL ended =
        crl(below, spec -> spec.validity(now.minus(Duration.ofDays(1)), now.minusSeconds(1)));

    refuses(HandshakeFailure.REVOCATION_UNKNOWN, bundle(true, ofRoot, ended), good);
  }

  @Test
  void aStaleListStillNamesWhomItNames() throws Exception {
    // Issued before the list was, as whoever it names was.
    TestIdentity old = below.issue(spec -> spec.client());
    TestCa early =
        TestCa.create(
            spec -> spec.validity(now.minus(Duration.ofDays(9)), now.plus(Duration.ofDays(9))));
    TestIdentity named =
        early.issue(
            spec ->
                spec.client()
                    .validity(now.minus(Duration.ofDays(8)), now.plus(Duration.ofDays(8))));
    TestIdentity notNamed =
        early.issue(
            spec ->
                spec.client()
                    .validity(now.minus(Duration.ofDays(8)), now.plus(Duration.ofDays(8))));
    TrustBundle trust =
        new TrustBundle(
            new Anchors(List.of(early.certificate(), root.certificate())),
            new RevocationLists(
                List.of(
                    crl(early, stale(named.leaf())),
                    crl(
                        early,
                        spec ->
                            spec.validity(
                                now.minus(Duration.ofDays(7)), now.minus(Duration.ofDays(6))))),
                false));

    refuses(HandshakeFailure.CERTIFICATE_REVOKED, trust, named);
    assertThat(prove(trust, notNamed)).isNotNull();
    assertThat(prove(trust, old)).isNotNull();
  }

  @Test
  void aListThatItsCaDidNotSignIsNoList() {
    TestCa impostor = TestCa.create(spec -> spec.name("Test intermediate CA 1"));
    X509CRL forged = crl(impostor, spec -> spec.revoke(good.leaf()));
    assertThat(forged.getIssuerX500Principal())
        .isEqualTo(below.certificate().getSubjectX500Principal());

    refuses(HandshakeFailure.REVOCATION_UNKNOWN, bundle(true, ofRoot, forged), good);
  }

  @Test
  void whereItIsRequiredTheRightEndsWithTheFirstList() throws Exception {
    Instant end = now.plus(Duration.ofMinutes(7));
    X509CRL brief = crl(below, spec -> spec.validity(now.minusSeconds(9), end));

    assertThat(prove(bundle(true, ofRoot, brief), good).notAfter()).isEqualTo(end);
    assertThat(prove(bundle(false, ofRoot, brief), good).notAfter()).isAfter(end);
  }

  @Test
  void ofTwoListsOfOneCaTheNewerCounts() throws Exception {
    Instant end = now.plus(Duration.ofMinutes(7));
    X509CRL newer = crl(below, spec -> spec.validity(now.minusSeconds(9), end));

    assertThat(prove(bundle(true, ofRoot, crl(below, stale()), newer), good).notAfter())
        .isEqualTo(end);
  }

  @Test
  void ofListsThatEachSpeakOfSomeTheFirstThatEndsCounts() throws Exception {
    Instant end = now.plus(Duration.ofMinutes(7));
    X509CRL users = crl(below, spec -> spec.ofUsersAlone().validity(now.minusSeconds(9), end));

    assertThat(prove(bundle(true, ofRoot, users, ofBelow), good).notAfter()).isEqualTo(end);
  }

  @Test
  void aStaleListNamesWhomItNamesThoughItsCaHasBeenIssuedAgainSince() {
    refuses(
        HandshakeFailure.CERTIFICATE_REVOKED, bundle(false, crl(below, stale(bad.leaf()))), bad);
  }

  @Test
  void oneThatHasExpiredEndsNobodyElsesRight() throws Exception {
    Instant end = now.minus(Duration.ofMinutes(30));
    TestIdentity expired =
        below.issue(spec -> spec.client().validity(now.minus(Duration.ofHours(1)), end));
    Clock then = Clock.fixed(end.minusSeconds(60), ZoneOffset.UTC);
    Anchors anchors = new Anchors(List.of(root.certificate()));
    ProvenChain old =
        prove(new TrustBundle(anchors, RevocationLists.NONE, OcspCheck.OFF, then), expired);
    ProvenChain valid = prove(bundle(true), good);
    TrustBundle after = bundle(true, ofRoot, ofBelow);

    assertThat(again(after, expired, old).notAfter()).isEqualTo(end);
    assertThat(again(after, good, valid).notAfter()).isAfter(now.plusSeconds(60));
  }

  @Test
  void ofManyBelowOneCaEachIsLookedUpWhenTheListsChange() throws Exception {
    Instant end = now.plus(Duration.ofMinutes(7));
    TrustBundle before = bundle(true, ofRoot, crl(below, spec -> {}));
    TestIdentity third =
        below.issue(spec -> spec.client().validity(now.minusSeconds(9), now.plusSeconds(60)));
    List<TestIdentity> peers = List.of(third, good, bad, below.issue(spec -> spec.client()));
    List<ProvenChain> proofs = new ArrayList<>();
    for (TestIdentity peer : peers) {
      proofs.add(prove(before, peer));
    }
    TrustBundle after =
        bundle(
            true,
            ofRoot,
            crl(below, spec -> spec.revoke(bad.leaf()).validity(now.minusSeconds(9), end)));

    assertThat(again(after, third, proofs.get(0)).notAfter()).isEqualTo(now.plusSeconds(60));
    assertThat(again(after, good, proofs.get(1)).notAfter()).isEqualTo(end);
    assertThatThrownBy(() -> again(after, bad, proofs.get(2)))
        .isInstanceOfSatisfying(
            ChainRefused.class,
            refused ->
                assertThat(refused.failure()).isEqualTo(HandshakeFailure.CERTIFICATE_REVOKED));
    ProvenChain last = again(after, peers.get(3), proofs.get(3));
    assertThat(last.notAfter()).isEqualTo(end);
    assertThat(again(after, peers.get(3), last)).isSameAs(last);
  }

  @Test
  void whoIsHereHasTheGraceFromTheMomentItsListGrewStale() throws Exception {
    Instant end = now.minusSeconds(3);
    X509CRL ended = crl(below, spec -> spec.validity(now.minus(Duration.ofDays(1)), end));
    ProvenChain proof = prove(bundle(true, ofRoot, ofBelow), good);
    TestCa added = TestCa.create(spec -> spec.name("Added"));
    RevocationLists lists = new RevocationLists(List.of(ofRoot, ended), true);

    ProvenChain stale = again(bundle(true, ofRoot, ended), good, proof);
    ProvenChain withAnother =
        again(
            new TrustBundle(new Anchors(List.of(added.certificate(), root.certificate())), lists),
            good,
            stale);

    assertThat(stale.notAfter()).isEqualTo(end);
    assertThat(withAnother.notAfter()).isEqualTo(end);
    assertThat(again(bundle(true, ofRoot, ofBelow), good, withAnother).notAfter()).isAfter(now);
  }

  @Test
  void whoIsHereWithoutAListHasTheGraceFromTheMomentThatOneWasRequired() throws Exception {
    ProvenChain proof = prove(bundle(true), good);

    ProvenChain required = again(bundle(true, ofRoot), good, proof);

    assertThat(required.notAfter()).isBetween(now, Instant.now());
    assertThat(again(bundle(true, crl(root, spec -> {})), good, required).notAfter())
        .isEqualTo(required.notAfter());
  }

  @Test
  void whomAStaleListNamesIsHereNoLonger() throws Exception {
    ProvenChain proof = prove(bundle(true), bad);
    TrustBundle trust = bundle(true, ofRoot, crl(below, stale(bad.leaf())));

    assertThatThrownBy(() -> again(trust, bad, proof))
        .isInstanceOfSatisfying(
            ChainRefused.class,
            refused ->
                assertThat(refused.failure()).isEqualTo(HandshakeFailure.CERTIFICATE_REVOKED));
  }

  @Test
  void whoseCertificateHasExpiredIsHereNoLongerWhenAListNamesIt() throws Exception {
    Instant end = now.minusSeconds(5);
    TestIdentity expired =
        below.issue(spec -> spec.client().validity(now.minus(Duration.ofHours(1)), end));
    Clock then = Clock.fixed(now.minusSeconds(60), ZoneOffset.UTC);
    ProvenChain proof =
        prove(
            new TrustBundle(
                new Anchors(List.of(root.certificate())),
                RevocationLists.NONE,
                OcspCheck.OFF,
                then),
            expired);
    X509CRL names =
        crl(below, spec -> spec.validity(now, now.plusSeconds(99)).revoke(expired.leaf()));

    assertThatThrownBy(() -> again(bundle(true, ofRoot, names), expired, proof))
        .isInstanceOfSatisfying(
            ChainRefused.class,
            refused ->
                assertThat(refused.failure()).isEqualTo(HandshakeFailure.CERTIFICATE_REVOKED));
    assertThat(again(bundle(true, ofRoot, ofBelow), expired, proof).notAfter()).isEqualTo(end);
  }

  @Test
  void aForgedListSpeaksForNobodyWhoIsOpen() throws Exception {
    TestCa impostor = TestCa.create(spec -> spec.name("Test intermediate CA 1"));
    ProvenChain proof = prove(bundle(true, ofRoot, ofBelow), good);
    TrustBundle forged = bundle(true, ofRoot, crl(impostor, spec -> spec.revoke(good.leaf())));

    for (int i = 0; i < 2; i++) {
      assertThat(again(forged, good, proof).notAfter()).isBetween(now, Instant.now());
    }
  }

  private static ProvenChain again(TrustBundle trust, TestIdentity peer, ProvenChain before)
      throws ChainRefused {
    return trust.proveAgain(peer.chain().toArray(X509Certificate[]::new), PeerRole.CLIENT, before);
  }

  @Test
  void anOldProofIsNoneWhereThereAreLists() throws Exception {
    X509Certificate[] chain = bad.chain().toArray(X509Certificate[]::new);
    ProvenChain before = prove(bundle(true), bad);
    TrustBundle trust = bundle(true, ofRoot, ofBelow);

    assertThatThrownBy(() -> trust.proveAgain(chain, PeerRole.CLIENT, before))
        .isInstanceOf(ChainRefused.class);
  }
}
