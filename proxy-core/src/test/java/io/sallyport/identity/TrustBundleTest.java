package io.sallyport.identity;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sallyport.testcerts.NameKind;
import io.sallyport.testcerts.TestCa;
import io.sallyport.testcerts.TestIdentity;
import java.io.ByteArrayOutputStream;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a chain must be to be proven. */
class TrustBundleTest {
  private static final String NAME_CONSTRAINTS = "2.5.29.30";
  private static final String SUBJECT_KEY_IDENTIFIER = "2.5.29.14";
  private static final String AUTHORITY_KEY_IDENTIFIER = "2.5.29.35";

  private final TestCa root = TestCa.create();

  @Test
  void provesALeafBelowTheRoot() throws Exception {
    TestIdentity leaf = root.issue(spec -> spec.dns("app"));

    assertThat(prove(root, leaf).anchor()).isEqualTo(root.certificate());
  }

  @Test
  void provesWhateverTheOrderOfTheIntermediatesAndWithTheRootSentToo() throws Exception {
    TestIdentity leaf = root.intermediate().intermediate().issue(spec -> spec.dns("app"));
    X509Certificate[] shuffled = {
      leaf.leaf(), root.certificate(), leaf.chain().get(2), leaf.chain().get(1)
    };

    assertThat(trust(root).prove(shuffled, PeerRole.CLIENT).anchor()).isEqualTo(root.certificate());
  }

  @Test
  void findsTheWayUpThroughACrossSignedCa() throws Exception {
    TestCa old = TestCa.create(ca -> ca.name("Old root"));
    TestIdentity leaf = root.issue(spec -> spec.dns("app"));
    X509Certificate[] sent = {leaf.leaf(), root.crossSignedBy(old).certificate()};

    assertThat(trust(old).prove(sent, PeerRole.CLIENT).anchor()).isEqualTo(old.certificate());
  }

  @Test
  void triesEveryAnchorOfTheSameName() throws Exception {
    Consumer<io.sallyport.testcerts.CaSpec> anonymous =
        ca -> ca.withoutExtension(SUBJECT_KEY_IDENTIFIER);
    TestCa renewed = TestCa.create(anonymous);
    TestCa right = TestCa.create(anonymous);
    TestIdentity leaf = right.issue(spec -> spec.dns("app"));

    assertThat(prove(trust(renewed, right), leaf).anchor()).isEqualTo(right.certificate());
  }

  @Test
  void provesBelowAnIntermediateThatIsItselfTrusted() throws Exception {
    TestCa intermediate = root.intermediate(ca -> ca.pathLength(0));

    assertThat(prove(intermediate, intermediate.issue(spec -> spec.dns("app")))).isNotNull();
    refuses(
        HandshakeFailure.BAD_CERTIFICATE,
        () -> prove(intermediate, intermediate.intermediate().issue(spec -> spec.dns("app"))));
  }

  @Test
  void refusesBelowATrustedIntermediateThatHasExpired() {
    TestCa intermediate = root.intermediate(ca -> ca.expired());

    refuses(
        HandshakeFailure.CERTIFICATE_EXPIRED,
        () -> prove(intermediate, intermediate.issue(spec -> spec.dns("app"))));
  }

  @Test
  void aTrustedCertificateThatIsNoCaVouchesForItselfAlone() throws Exception {
    TestCa pinned = TestCa.create(ca -> ca.notACa().withoutExtension("2.5.29.15"));

    assertThat(trust(pinned).prove(new X509Certificate[] {pinned.certificate()}, PeerRole.SERVER))
        .isNotNull();
    refuses(
        HandshakeFailure.BAD_CERTIFICATE,
        () -> prove(pinned, pinned.issue(spec -> spec.dns("app"))));
  }

  @Test
  void refusesAnotherCa() {
    TestIdentity leaf = TestCa.create(ca -> ca.name("Other")).issue(spec -> spec.dns("app"));

    refuses(HandshakeFailure.UNKNOWN_CA, () -> prove(root, leaf));
  }

  @Test
  void refusesAnotherCaThatHasTheNameOfOurs() {
    TestIdentity leaf = TestCa.create().issue(spec -> spec.dns("app"));
    TestIdentity anonymous =
        TestCa.create().issue(spec -> spec.dns("app").withoutExtension(AUTHORITY_KEY_IDENTIFIER));

    refuses(HandshakeFailure.UNKNOWN_CA, () -> prove(root, leaf));
    refuses(HandshakeFailure.UNKNOWN_CA, () -> prove(root, anonymous));
  }

  @Test
  void refusesAMissingIntermediate() {
    TestIdentity leaf = root.intermediate().issue(spec -> spec.dns("app"));

    refuses(
        HandshakeFailure.UNKNOWN_CA,
        () -> trust(root).prove(new X509Certificate[] {leaf.leaf()}, PeerRole.CLIENT));
  }

  @Test
  void emptyTrustVouchesForNobody() {
    refuses(
        HandshakeFailure.UNKNOWN_CA,
        () -> prove(TrustBundle.EMPTY, root.issue(spec -> spec.dns("app"))));
  }

  @Test
  void refusesWhatIsOutOfItsTime() {
    refuses(
        HandshakeFailure.CERTIFICATE_EXPIRED,
        () -> prove(root, root.issue(spec -> spec.expired())));
    refuses(
        HandshakeFailure.CERTIFICATE_NOT_YET_VALID,
        () -> prove(root, root.issue(spec -> spec.notYetValid())));
    refuses(
        HandshakeFailure.CERTIFICATE_EXPIRED,
        () -> prove(root, root.intermediate(ca -> ca.expired()).issue(spec -> spec.dns("app"))));
    TestCa expired = TestCa.create(ca -> ca.expired());
    refuses(
        HandshakeFailure.CERTIFICATE_EXPIRED,
        () -> prove(expired, expired.issue(spec -> spec.dns("app"))));
  }

  @Test
  void theRoleDecidesWhichPurposeIsNeeded() throws Exception {
    X509Certificate[] client = {root.issue(spec -> spec.client()).leaf()};
    X509Certificate[] server = {root.issue(spec -> spec.server()).leaf()};

    assertThat(trust(root).prove(client, PeerRole.CLIENT)).isNotNull();
    assertThat(trust(root).prove(server, PeerRole.SERVER)).isNotNull();
    refuses(HandshakeFailure.WRONG_PURPOSE, () -> trust(root).prove(client, PeerRole.SERVER));
    refuses(HandshakeFailure.WRONG_PURPOSE, () -> trust(root).prove(server, PeerRole.CLIENT));
  }

  @Test
  void aChainRememberedInOneRoleIsNotProvenInTheOther() throws Exception {
    TrustBundle trust = trust(root);
    X509Certificate[] client = {root.issue(spec -> spec.client()).leaf()};
    assertThat(trust.prove(client, PeerRole.CLIENT)).isNotNull();

    refuses(HandshakeFailure.WRONG_PURPOSE, () -> trust.prove(client, PeerRole.SERVER));
  }

  @Test
  void anyPurposeIsEnoughAndAnotherIsNot() throws Exception {
    byte[] anyExtendedKeyUsage = {0x30, 0x06, 0x06, 0x04, 0x55, 0x1d, 0x25, 0x00};

    assertThat(prove(root, root.issue(spec -> spec.anyPurpose()))).isNotNull();
    assertThat(
            prove(root, root.issue(spec -> spec.extension("2.5.29.37", true, anyExtendedKeyUsage))))
        .isNotNull();
    refuses(
        HandshakeFailure.WRONG_PURPOSE, () -> prove(root, root.issue(spec -> spec.codeSigning())));
  }

  @Test
  void thePurposesOfAnIntermediateCount() {
    byte[] serverAuthOnly = {
      0x30, 0x0a, 0x06, 0x08, 0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x01
    };
    TestCa intermediate = root.intermediate(ca -> ca.extension("2.5.29.37", false, serverAuthOnly));

    refuses(
        HandshakeFailure.WRONG_PURPOSE,
        () -> prove(intermediate, root, intermediate.issue(spec -> spec.dns("app"))));
  }

  /** The JDK sets aside what it cannot parse and is not critical, as if it were absent. */
  @ParameterizedTest
  @CsvSource({
    "2.5.29.37, 310a06082b06010505070301", // a SET
    "2.5.29.37, 30060c0474657374", // no OID
    "2.5.29.15, 0101ff", // a BOOLEAN
    "2.5.29.15, 0303",
    "2.5.29.19, 31030101ff", // a SET
    "2.5.29.19, 30030c0141",
    "2.5.29.19, 30040102ffff",
    "2.5.29.19, 30060101ff0101ff",
    "2.5.29.19, 30060101ff0201ff", // a path length below zero
    "2.5.29.19, 30800101ff0000",
    "2.5.29.19, 30030101ff00"
  })
  void whatNobodyCanReadOfACertificatesRightsIsRefusedAndNotAbsent(String oid, String value) {
    byte[] malformed = HexFormat.of().parseHex(value);
    TestCa intermediate = root.intermediate(ca -> ca.extension(oid, false, malformed));
    TestCa anchor = TestCa.create(ca -> ca.extension(oid, false, malformed));

    refuses(
        HandshakeFailure.BAD_CERTIFICATE,
        () -> prove(root, root.issue(spec -> spec.extension(oid, false, malformed))));
    for (TestCa ca : List.of(intermediate, anchor)) {
      refuses(
          HandshakeFailure.BAD_CERTIFICATE,
          () -> prove(trust(root, anchor), ca.issue(spec -> spec.dns("app"))));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"3000", "3003010100", "30030101ff", "30060101ff020100"})
  void aLeafMaySayInAnyProperWayWhetherItIsACa(String value) throws Exception {
    byte[] proper = HexFormat.of().parseHex(value);

    assertThat(prove(root, root.issue(spec -> spec.extension("2.5.29.19", false, proper))))
        .isNotNull();
  }

  @Test
  void aLeafMustBeAllowedToSign() {
    byte[] keyAgreementOnly = {0x03, 0x02, 0x03, 0x08};

    refuses(
        HandshakeFailure.WRONG_PURPOSE,
        () -> prove(root, root.issue(spec -> spec.extension("2.5.29.15", true, keyAgreementOnly))));
  }

  @Test
  void whatIsNoCaMustNotBeAllowedToSignCertificates() throws Exception {
    byte[] digitalSignatureAndKeyCertSign = {0x03, 0x02, 0x02, (byte) 0x84};

    assertThat(prove(root, root.issue(spec -> spec.ca()))).isNotNull();
    refuses(
        HandshakeFailure.BAD_CERTIFICATE,
        () ->
            prove(
                root,
                root.issue(
                    spec -> spec.extension("2.5.29.15", true, digitalSignatureAndKeyCertSign))));
  }

  @Test
  void theRootsNameConstraintsCount() throws Exception {
    TestCa constrained = TestCa.create(ca -> ca.permit(NameKind.DNS, "inside.example"));

    assertThat(prove(constrained, constrained.issue(spec -> spec.dns("a.inside.example"))))
        .isNotNull();
    refuses(
        HandshakeFailure.BAD_CERTIFICATE,
        () -> prove(constrained, constrained.issue(spec -> spec.dns("a.outside.example"))));
  }

  /** One name that the JDK cannot parse and it would hold none against the constraints. */
  @Test
  void nameConstraintsCannotBeSidesteppedByANameThatNobodyCanRead() {
    TestCa constrained =
        root.intermediate(
            ca -> ca.permit(NameKind.DNS, "inside.example").permit(NameKind.URI, "inside.example"));
    byte[] spaceInUri = name(0x86, "http://a b/".getBytes(US_ASCII));
    byte[] unknownKind = name(0x89, new byte[] {1});
    byte[] primitiveOtherName = name(0x80, new byte[] {1});
    byte[] threeOctetAddress = name(0x87, new byte[] {10, 0, 0});
    for (byte[] wanted :
        List.of(
            name(0x82, "a.outside.example".getBytes(US_ASCII)),
            name(0x86, "spiffe://outside.example/a".getBytes(US_ASCII)))) {
      for (byte[] odd : List.of(spaceInUri, unknownKind, primitiveOtherName, threeOctetAddress)) {
        refuses(
            HandshakeFailure.BAD_CERTIFICATE,
            () ->
                prove(
                    root,
                    constrained.issue(
                        leaf -> leaf.cn("a.inside.example").rawSan(san(wanted, odd)))));
      }
      refuses(
          HandshakeFailure.BAD_CERTIFICATE,
          () ->
              prove(
                  root,
                  constrained.issue(leaf -> leaf.cn("a.inside.example").rawSan(san(wanted)))));
    }
  }

  private static byte[] san(byte[]... names) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (byte[] name : names) {
      all.writeBytes(name);
    }
    return name(0x30, all.toByteArray());
  }

  /** Of less than 128 octets. */
  private static byte[] name(int tag, byte[] content) {
    byte[] encoded = new byte[2 + content.length];
    encoded[0] = (byte) tag;
    encoded[1] = (byte) content.length;
    System.arraycopy(content, 0, encoded, 2, content.length);
    return encoded;
  }

  @Test
  void theRootsPathLengthCounts() throws Exception {
    TestCa flat = TestCa.create(ca -> ca.pathLength(0));

    assertThat(prove(flat, flat.issue(spec -> spec.dns("app")))).isNotNull();
    refuses(
        HandshakeFailure.BAD_CERTIFICATE,
        () -> prove(flat, flat.intermediate().issue(spec -> spec.dns("app"))));
  }

  @Test
  void aLeafCountsTowardsNoPathLengthEvenWhenItIsACa() throws Exception {
    TestCa flat = root.intermediate(ca -> ca.pathLength(0));

    assertThat(prove(root, flat.issue(spec -> spec.ca()))).isNotNull();
  }

  @Test
  void refusesNameConstraintsThatAreNotAsTheyShouldBe() {
    byte[] none = {0x30, 0x00};
    byte[] emptySubtrees = {0x30, 0x02, (byte) 0xa0, 0x00};
    TestCa mild = TestCa.create(ca -> ca.permit(NameKind.DNS, "app").nonCriticalNameConstraints());

    refuses(
        HandshakeFailure.BAD_CERTIFICATE,
        () -> prove(root, root.issue(spec -> spec.dns("app").permit(NameKind.DNS, "app"))));
    refuses(
        HandshakeFailure.BAD_CERTIFICATE, () -> prove(mild, mild.issue(spec -> spec.dns("app"))));
    for (byte[] empty : List.of(none, emptySubtrees)) {
      TestCa hollow = root.intermediate(ca -> ca.extension(NAME_CONSTRAINTS, false, empty));
      refuses(
          HandshakeFailure.BAD_CERTIFICATE,
          () -> prove(root, hollow.issue(spec -> spec.dns("app"))));
    }
  }

  @Test
  void refusesIntermediatesThatAreNoCas() {
    refuses(
        HandshakeFailure.BAD_CERTIFICATE,
        () -> prove(root, root.intermediate(ca -> ca.notACa()).issue(spec -> spec.dns("app"))));
    refuses(
        HandshakeFailure.BAD_CERTIFICATE,
        () ->
            prove(
                root,
                root.intermediate(ca -> ca.withoutKeyCertSign()).issue(spec -> spec.dns("app"))));
  }

  @Test
  void refusesWeakKeysAndSignaturesBelowTheRoot() throws Exception {
    TestCa rsa = TestCa.create(ca -> ca.rsa().sha1Signature());

    assertThat(prove(rsa, rsa.issue(spec -> spec.dns("app")))).isNotNull();
    refuses(
        HandshakeFailure.BAD_CERTIFICATE, () -> prove(root, root.issue(spec -> spec.rsa(1024))));
    refuses(
        HandshakeFailure.BAD_CERTIFICATE,
        () -> prove(rsa, rsa.issue(spec -> spec.sha1Signature())));
    TestCa weak = TestCa.create(ca -> ca.rsa(1024));
    refuses(HandshakeFailure.BAD_CERTIFICATE, () -> prove(weak, weak.issue(spec -> spec.rsa())));
  }

  @Test
  void refusesACriticalExtensionThatNobodyKnows() {
    refuses(
        HandshakeFailure.BAD_CERTIFICATE,
        () -> prove(root, root.issue(spec -> spec.unknownCriticalExtension())));
  }

  @Test
  void refusesMoreCertificatesThanAnyPkiNeeds() {
    TestIdentity leaf = root.issue(spec -> spec.dns("app"));
    X509Certificate[] padded =
        Stream.concat(
                Stream.of(leaf.leaf()),
                Stream.generate(() -> TestCa.create().certificate()).limit(9))
            .toArray(X509Certificate[]::new);

    assertThatThrownBy(() -> trust(root).prove(padded, PeerRole.CLIENT))
        .isInstanceOf(ChainRefused.class)
        .hasMessage("chain of 10 certificates or more; a peer may send 1 to 9");
  }

  @Test
  void givesUpAMazeOfCasThatAllHaveOneName() {
    List<X509Certificate> maze = new ArrayList<>();
    TestCa first = anonymous(TestCa.create());
    maze.add(
        first.issue(spec -> spec.dns("app").withoutExtension(AUTHORITY_KEY_IDENTIFIER)).leaf());
    for (int i = 0; i < 8; i++) {
      maze.add(anonymous(TestCa.create()).certificate());
    }

    refuses(
        HandshakeFailure.UNKNOWN_CA,
        () -> trust(root).prove(maze.toArray(X509Certificate[]::new), PeerRole.CLIENT));
  }

  @Test
  void theRightEndsWithTheFirstCertificateInThePath() throws Exception {
    TestCa brief = root.intermediate(ca -> ca.validFor(Duration.ofMinutes(10)));
    TestIdentity leaf = brief.issue(spec -> spec.dns("app"));

    assertThat(prove(root, leaf).notAfter())
        .isEqualTo(brief.certificate().getNotAfter().toInstant());
  }

  @Test
  void remembersWhatItHasProvenAndForgetsItWhenItsTimeIsOver() throws Exception {
    SettableClock clock = new SettableClock();
    TrustBundle trust =
        new TrustBundle(
            new Anchors(List.of(root.certificate())), RevocationLists.NONE, OcspCheck.OFF, clock);
    TestIdentity leaf = root.issue(spec -> spec.validFor(Duration.ofMinutes(10)));
    ProvenChain first = prove(trust, leaf);

    assertThat(prove(trust, leaf)).isSameAs(first);
    clock.now = clock.now.plus(Duration.ofMinutes(11));
    refuses(HandshakeFailure.CERTIFICATE_EXPIRED, () -> prove(trust, leaf));
  }

  @Test
  void namesTheAnchorSoThatNoOtherHasTheName() throws Exception {
    TestCa renewed = TestCa.create(spec -> spec.name("Test root CA"));
    TestCa other = TestCa.create(spec -> spec.name("Other CA"));
    TrustBundle trust = trust(root, renewed, other);

    String first = prove(trust, root.issue(spec -> spec.client())).anchorName();
    String second = prove(trust, renewed.issue(spec -> spec.client())).anchorName();

    assertThat(first).matches("CN=Test root CA [0-9a-f]{8}").isNotEqualTo(second);
    assertThat(second).matches("CN=Test root CA [0-9a-f]{8}");
    assertThat(prove(trust, other.issue(spec -> spec.client())).anchorName())
        .isEqualTo("CN=Other CA");
  }

  @Test
  void aProofHoldsWhileItsAnchorIsTrustedEvenWhenItsTimeIsOver() throws Exception {
    SettableClock clock = new SettableClock();
    TestIdentity leaf = root.issue(spec -> spec.validFor(Duration.ofMinutes(10)));
    X509Certificate[] chain = leaf.chain().toArray(X509Certificate[]::new);
    ProvenChain first = prove(trust(root), leaf);
    TestCa other = TestCa.create();
    clock.now = clock.now.plus(Duration.ofMinutes(11));

    TrustBundle with =
        new TrustBundle(
            new Anchors(List.of(other.certificate(), root.certificate())),
            RevocationLists.NONE,
            OcspCheck.OFF,
            clock);
    ProvenChain again = with.proveAgain(chain, PeerRole.CLIENT, first);
    assertThat(again.notAfter()).isEqualTo(first.notAfter());
    assertThat(with.proveAgain(chain, PeerRole.CLIENT, again)).isSameAs(again);
    TrustBundle without =
        new TrustBundle(
            new Anchors(List.of(other.certificate())), RevocationLists.NONE, OcspCheck.OFF, clock);
    refuses(HandshakeFailure.UNKNOWN_CA, () -> without.proveAgain(chain, PeerRole.CLIENT, first));
    refuses(
        HandshakeFailure.CERTIFICATE_EXPIRED, () -> with.proveAgain(chain, PeerRole.CLIENT, null));
  }

  @Test
  void tellsWhoseCertificateItRefused() {
    TestIdentity leaf = root.issue(spec -> spec.expired());

    assertThatThrownBy(() -> prove(root, leaf))
        .isInstanceOfSatisfying(
            ChainRefused.class, refused -> assertThat(refused.leaf()).isEqualTo(leaf.leaf()));
  }

  /** One of this very key and name, without the key identifiers that would tell it from others. */
  private static TestCa anonymous(TestCa ca) {
    return ca.intermediate(
        spec ->
            spec.name("Test root CA")
                .withoutExtension(AUTHORITY_KEY_IDENTIFIER)
                .withoutExtension(SUBJECT_KEY_IDENTIFIER));
  }

  private static TrustBundle trust(TestCa... cas) {
    return new TrustBundle(Stream.of(cas).map(TestCa::certificate).toList());
  }

  private static ProvenChain prove(TestCa anchor, TestIdentity peer) throws ChainRefused {
    return prove(trust(anchor), peer);
  }

  private static ProvenChain prove(TestCa intermediate, TestCa anchor, TestIdentity peer)
      throws ChainRefused {
    X509Certificate[] sent = {peer.leaf(), intermediate.certificate()};
    return trust(anchor).prove(sent, PeerRole.CLIENT);
  }

  private static ProvenChain prove(TrustBundle trust, TestIdentity peer) throws ChainRefused {
    return trust.prove(peer.chain().toArray(X509Certificate[]::new), PeerRole.CLIENT);
  }

  private static void refuses(HandshakeFailure expected, ThrowingCallable attempt) {
    assertThatThrownBy(attempt)
        .isInstanceOfSatisfying(
            ChainRefused.class,
            refused -> assertThat(refused.failure()).as("failure").isEqualTo(expected));
  }

  private static final class SettableClock extends Clock {
    private Instant now = Instant.now();

    @Override
    public Instant instant() {
      return now;
    }

    @Override
    public ZoneId getZone() {
      return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(ZoneId zone) {
      return this;
    }
  }
}
