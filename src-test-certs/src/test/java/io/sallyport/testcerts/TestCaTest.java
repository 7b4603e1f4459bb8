package io.sallyport.testcerts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.security.cert.CertPathValidator;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateFactory;
import java.security.cert.CertificateNotYetValidException;
import java.security.cert.PKIXParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class TestCaTest {
  private static final String SERVER = "1.3.6.1.5.5.7.3.1";
  private static final String CLIENT = "1.3.6.1.5.5.7.3.2";

  @Test
  void issuesALeafThatIsGoodForBothSidesByDefault() throws Exception {
    TestCa ca = TestCa.create();
    X509Certificate leaf = ca.issue(spec -> spec.dns("app").ip("127.0.0.1", "::1")).leaf();

    validate(ca, List.of(leaf));
    assertThat(leaf.getPublicKey().getAlgorithm()).isEqualTo("EC");
    assertThat(leaf.getExtendedKeyUsage()).containsExactly(SERVER, CLIENT);
    assertThat(leaf.getKeyUsage())
        .containsExactly(true, false, false, false, false, false, false, false, false);
    assertThat(leaf.getBasicConstraints()).isEqualTo(-1);
    assertThat(leaf.getSubjectAlternativeNames())
        .containsExactly(List.of(2, "app"), List.of(7, "127.0.0.1"), List.of(7, "0:0:0:0:0:0:0:1"));
    assertThat(leaf.getSerialNumber().signum()).isPositive();
    assertThat(leaf.getSerialNumber().toByteArray()).hasSize(16);
    assertThat(leaf.getNonCriticalExtensionOIDs()).contains("2.5.29.14", "2.5.29.35");
    Instant now = Instant.now();
    assertThat(leaf.getNotBefore().toInstant()).isBefore(now.minus(Duration.ofMinutes(59)));
    assertThat(leaf.getNotAfter().toInstant()).isAfter(now.plus(Duration.ofHours(23)));
  }

  @Test
  void putsTheIntermediatesButNotTheRootIntoAChain() throws Exception {
    TestCa root = TestCa.create();
    TestCa upper = root.intermediate(ca -> ca.name("upper").rsa());
    TestCa lower = upper.intermediate(ca -> ca.name("lower").pathLength(0));
    TestIdentity app = lower.issue(leaf -> leaf.dns("app"));

    assertThat(app.chain()).containsExactly(app.leaf(), lower.certificate(), upper.certificate());
    validate(root, app.chain());
  }

  @ParameterizedTest
  @MethodSource("keys")
  void issuesEveryKindOfKeyFromEveryKindOfKey(String algorithm, Consumer<CertificateSpec<?>> key)
      throws Exception {
    TestCa root = TestCa.create(key::accept);
    TestIdentity app = root.intermediate(key::accept).issue(key::accept);

    assertThat(app.key().getAlgorithm()).isEqualTo(algorithm);
    validate(root, app.chain());
  }

  static List<Object[]> keys() {
    return List.of(
        key("EC", CertificateSpec::ec),
        key("EC", CertificateSpec::ec384),
        key("EC", CertificateSpec::ec521),
        key("RSA", CertificateSpec::rsa),
        key("EdDSA", CertificateSpec::ed25519));
  }

  @Test
  void issuesExpiredAndNotYetValidLeaves() {
    TestCa ca = TestCa.create();

    assertThatThrownBy(() -> validate(ca, ca.issue(LeafSpec::expired).chain()))
        .hasRootCauseInstanceOf(CertificateExpiredException.class);
    assertThatThrownBy(() -> validate(ca, ca.issue(LeafSpec::notYetValid).chain()))
        .hasRootCauseInstanceOf(CertificateNotYetValidException.class);
  }

  @Test
  void doesNotVouchForALeafOfAnotherCaOfTheSameName() {
    TestIdentity stranger = TestCa.create().issue(leaf -> leaf.dns("app"));

    assertThatThrownBy(() -> validate(TestCa.create(), stranger.chain()))
        .isInstanceOf(CertPathValidatorException.class);
  }

  static void validate(TestCa root, List<X509Certificate> chain) throws Exception {
    PKIXParameters parameters =
        new PKIXParameters(Set.of(new TrustAnchor(root.certificate(), null)));
    parameters.setRevocationEnabled(false);
    CertPathValidator.getInstance("PKIX")
        .validate(CertificateFactory.getInstance("X.509").generateCertPath(chain), parameters);
  }

  private static Object[] key(String algorithm, Consumer<CertificateSpec<?>> key) {
    return new Object[] {algorithm, key};
  }
}
