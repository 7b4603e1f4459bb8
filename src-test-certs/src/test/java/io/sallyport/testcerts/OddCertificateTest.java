package io.sallyport.testcerts;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.security.KeyPair;
import java.security.cert.CertPathValidatorException;
import java.security.cert.X509Certificate;
import java.security.interfaces.RSAPublicKey;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.function.Consumer;
import org.bouncycastle.asn1.ASN1OctetString;
import org.bouncycastle.asn1.x500.RDN;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x500.style.BCStyle;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.NameConstraints;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OddCertificateTest {
  private static final String SUBJECT_ALT_NAME = "2.5.29.17";
  private static final String NAME_CONSTRAINTS = "2.5.29.30";
  private static final TestCa CA = TestCa.create();

  @Test
  void narrowsThePurpose() throws Exception {
    assertThat(leaf(LeafSpec::server).getExtendedKeyUsage()).containsExactly("1.3.6.1.5.5.7.3.1");
    assertThat(leaf(LeafSpec::client).getExtendedKeyUsage()).containsExactly("1.3.6.1.5.5.7.3.2");
    assertThat(leaf(LeafSpec::codeSigning).getExtendedKeyUsage())
        .containsExactly("1.3.6.1.5.5.7.3.3");
    assertThat(leaf(LeafSpec::anyPurpose).getExtendedKeyUsage()).isNull();
  }

  @Test
  void leavesOutTheAlternativeNames() {
    assertThat(leaf(spec -> {}).getExtensionValue(SUBJECT_ALT_NAME)).isNull();
  }

  @Test
  void carriesEveryKindOfAlternativeName() throws Exception {
    X509Certificate leaf =
        leaf(
            spec ->
                spec.dns("*.example.org", "*")
                    .uri("spiffe://prod/a", "spiffe://prod/b")
                    .email("ops@example.org"));

    assertThat(leaf.getSubjectAlternativeNames())
        .containsExactly(
            List.of(2, "*.example.org"),
            List.of(2, "*"),
            List.of(6, "spiffe://prod/a"),
            List.of(6, "spiffe://prod/b"),
            List.of(1, "ops@example.org"));
  }

  @Test
  void carriesManyAlternativeNames() throws Exception {
    String[] names = new String[1000];
    for (int i = 0; i < names.length; i++) {
      names[i] = "name-" + i + ".example.org";
    }
    assertThat(leaf(spec -> spec.dns(names)).getSubjectAlternativeNames()).hasSize(1000);
  }

  @Test
  void keepsTheBytesOfADnsName() {
    byte[] name = "good.example\0.bad\u00ff".getBytes(ISO_8859_1);

    GeneralName carried =
        GeneralNames.getInstance(extension(leaf(spec -> spec.dns(name)), SUBJECT_ALT_NAME))
            .getNames()[0];
    assertThat(carried.getTagNo()).isEqualTo(GeneralName.dNSName);
    assertThat(carried.getName()).hasToString(new String(name, ISO_8859_1));
  }

  @Test
  void carriesMalformedAlternativeNames() {
    byte[] truncated = {0x30, 0x20, (byte) 0x82, 0x03, 'a'};

    assertThat(extension(leaf(spec -> spec.rawSan(truncated)), SUBJECT_ALT_NAME))
        .isEqualTo(truncated);
  }

  @Test
  void makesTheOnlyNamesCritical() {
    X509Certificate leaf = leaf(spec -> spec.subject("").dns("app"));

    assertThat(leaf.getSubjectX500Principal().getName()).isEmpty();
    assertThat(leaf.getCriticalExtensionOIDs()).contains(SUBJECT_ALT_NAME);
  }

  @Test
  void repeatsNamesOfTheSubject() {
    X500Name subject = subject(leaf(spec -> spec.cn("a").cn("b").ou("x").ou("y")));

    assertThat(subject.getRDNs(BCStyle.CN)).hasSize(2);
    assertThat(subject.getRDNs(BCStyle.OU)).hasSize(2);
  }

  @Test
  void putsTwoValuesIntoOneName() {
    RDN[] names = subject(leaf(spec -> spec.subject("CN=a+CN=b"))).getRDNs();

    assertThat(names).hasSize(1);
    assertThat(names[0].getTypesAndValues()).hasSize(2);
  }

  @Test
  void keepsControlCharactersAndLengthInASubject() {
    String name = "\u001b[31mred\r\n\0" + "x".repeat(64 * 1024);

    RDN carried = subject(leaf(spec -> spec.cn(name))).getRDNs()[0];
    assertThat(carried.getFirst().getValue()).hasToString(name);
  }

  @Test
  void constrainsTheNamesBelowACa() throws Exception {
    TestCa narrow =
        CA.intermediate(
            ca ->
                ca.permit(NameKind.DNS, "example.org")
                    .permit(NameKind.IP, "10.0.0.0/8")
                    .exclude(NameKind.DNS, "secret.example.org"));

    TestCaTest.validate(
        CA, narrow.issue(leaf -> leaf.dns("app.example.org").ip("10.1.2.3")).chain());
    for (Consumer<LeafSpec> outside :
        List.<Consumer<LeafSpec>>of(
            leaf -> leaf.dns("example.net"),
            leaf -> leaf.dns("app.secret.example.org"),
            leaf -> leaf.ip("127.0.0.1"))) {
      assertRefused(CA, narrow.issue(outside));
    }
  }

  @Test
  void constrainsEveryKindOfName() {
    X509Certificate leaf =
        leaf(
            spec ->
                spec.permit(NameKind.URI, ".example.org")
                    .exclude(NameKind.EMAIL, "example.org")
                    .exclude(NameKind.DIRECTORY, "O=Nobody")
                    .nonCriticalNameConstraints());

    assertThat(leaf.getNonCriticalExtensionOIDs()).contains(NAME_CONSTRAINTS);
    NameConstraints carried = NameConstraints.getInstance(extension(leaf, NAME_CONSTRAINTS));
    assertThat(carried.getPermittedSubtrees()).hasSize(1);
    assertThat(carried.getExcludedSubtrees())
        .extracting(subtree -> subtree.getBase().getTagNo())
        .containsExactly(GeneralName.rfc822Name, GeneralName.directoryName);
  }

  @Test
  void limitsTheLengthOfAPath() {
    TestCa last = CA.intermediate(ca -> ca.pathLength(0));

    assertThat(last.certificate().getBasicConstraints()).isZero();
    assertRefused(CA, last.intermediate().issue(leaf -> {}));
  }

  @Test
  void makesCasThatMustNotSign() {
    assertRefused(CA, CA.intermediate(CaSpec::withoutKeyCertSign).issue(leaf -> {}));
    assertRefused(CA, CA.intermediate(CaSpec::notACa).issue(leaf -> {}));
  }

  @Test
  void makesALeafThatIsACa() {
    X509Certificate leaf = leaf(LeafSpec::ca);

    assertThat(leaf.getBasicConstraints()).isNotNegative();
    assertThat(leaf.getKeyUsage()[5]).isTrue();
  }

  @Test
  void signsOverSha1() {
    assertThat(leaf(LeafSpec::sha1Signature).getSigAlgName()).isEqualTo("SHA1withECDSA");
    assertThat(TestCa.create(ca -> ca.rsa().sha1Signature()).certificate().getSigAlgName())
        .isEqualTo("SHA1withRSA");
  }

  @Test
  void makesWeakRsaKeys() {
    RSAPublicKey key = (RSAPublicKey) leaf(spec -> spec.rsa(1024)).getPublicKey();

    assertThat(key.getModulus().bitLength()).isEqualTo(1024);
  }

  @Test
  void addsACriticalExtensionThatNobodyKnows() {
    TestIdentity odd = CA.issue(LeafSpec::unknownCriticalExtension);

    assertThat(odd.leaf().hasUnsupportedCriticalExtension()).isTrue();
    assertRefused(CA, odd);
  }

  @ParameterizedTest
  @ValueSource(strings = {"2.5.29.14", "2.5.29.15", "2.5.29.19", "2.5.29.35", "2.5.29.37"})
  void leavesOutOrReplacesAnyExtension(String oid) {
    assertThat(leaf(spec -> {}).getExtensionValue(oid)).isNotNull();
    assertThat(leaf(spec -> spec.withoutExtension(oid)).getExtensionValue(oid)).isNull();
    assertThat(extension(leaf(spec -> spec.extension(oid, false, new byte[] {5, 0})), oid))
        .containsExactly(5, 0);
  }

  @Test
  void signsTheSameCaAcross() throws Exception {
    TestCa old = TestCa.create(ca -> ca.name("old"));
    TestCa young = TestCa.create(ca -> ca.name("young"));
    TestCa across = young.crossSignedBy(old);
    TestIdentity app = across.issue(leaf -> leaf.dns("app"));

    assertThat(app.chain()).containsExactly(app.leaf(), across.certificate());
    assertThat(across.certificate().getPublicKey()).isEqualTo(young.certificate().getPublicKey());
    assertThat(across.certificate().getSubjectX500Principal().getEncoded())
        .isEqualTo(young.certificate().getSubjectX500Principal().getEncoded());
    TestCaTest.validate(old, app.chain());
    TestCaTest.validate(young, List.of(app.leaf()));
  }

  @Test
  void issuesTwiceForOneKey() {
    TestIdentity first = CA.issue(leaf -> leaf.dns("app"));
    KeyPair key = first.keyPair();
    TestIdentity second = CA.issue(leaf -> leaf.dns("app").key(key));

    assertThat(second.leaf()).isNotEqualTo(first.leaf());
    assertThat(second.key()).isEqualTo(first.key());
    assertThat(second.spkiSha256Base64()).isEqualTo(first.spkiSha256Base64());
  }

  @Test
  void takesAnyValidity() {
    Instant from = Instant.now().truncatedTo(ChronoUnit.SECONDS);
    Instant until = Instant.parse("2061-01-01T00:00:00Z");
    X509Certificate leaf = leaf(spec -> spec.validity(from, until));

    assertThat(leaf.getNotBefore().toInstant()).isEqualTo(from);
    assertThat(leaf.getNotAfter().toInstant()).isEqualTo(until);
    assertThat(leaf(spec -> spec.validFor(Duration.ofDays(90))).getNotAfter().toInstant())
        .isAfter(from.plus(Duration.ofDays(89)));
  }

  private static X509Certificate leaf(Consumer<LeafSpec> wishes) {
    return CA.issue(wishes).leaf();
  }

  private static byte[] extension(X509Certificate certificate, String oid) {
    return ASN1OctetString.getInstance(certificate.getExtensionValue(oid)).getOctets();
  }

  private static X500Name subject(X509Certificate certificate) {
    return X500Name.getInstance(certificate.getSubjectX500Principal().getEncoded());
  }

  private static void assertRefused(TestCa root, TestIdentity identity) {
    assertThatThrownBy(() -> TestCaTest.validate(root, identity.chain()))
        .isInstanceOf(CertPathValidatorException.class);
  }
}
