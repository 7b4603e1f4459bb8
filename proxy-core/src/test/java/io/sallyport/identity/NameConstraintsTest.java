package io.sallyport.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sallyport.testcerts.NameKind;
import io.sallyport.testcerts.TestCa;
import io.sallyport.testcerts.TestIdentity;
import java.security.cert.X509Certificate;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What the JDK would let pass below a CA whose names are constrained. */
final class NameConstraintsTest {
  private static final String NAME_CONSTRAINTS = "2.5.29.30";

  private final TestCa excluding =
      TestCa.create(ca -> ca.exclude(NameKind.DNS, "secret.Inside.example"));

  @Test
  void aWildcardThatCoversWhatIsExcludedIsRefused() throws Exception {
    refuses(
        excluding.issue(leaf -> leaf.dns("app.inside.example", "*.INSIDE.example")),
        "a wildcard of the leaf covers what a CA excludes");
    refuses(
        excluding
            .intermediate()
            .issue(leaf -> leaf.cn("app").dns("app.inside.example", "*.inside.example")),
        "a wildcard of the leaf covers what a CA excludes");
    refuses(
        excluding.issue(leaf -> leaf.dns("*.secret.inside.example")),
        "the leaf does not hold: INVALID_NAME");
  }

  @Test
  void aWildcardThatCoversNothingExcludedIsProven() throws Exception {
    assertThat(prove(excluding.issue(leaf -> leaf.dns("*.example", "*.app.inside.example"))))
        .isNotNull();
  }

  @Test
  void anAddressWithoutItsMaskIsRefused() {
    byte[] permitted = HexFormat.of().parseHex("300aa00830068704c0000201");
    TestCa ca = TestCa.create(spec -> spec.extension(NAME_CONSTRAINTS, true, permitted));

    refuses(ca, ca.issue(leaf -> leaf.ip("192.0.2.1")), "name constraints not as RFC 5280 says");
  }

  @Test
  void aNameWithTheFormOfAConstraintIsRefused() throws Exception {
    TestCa ca =
        TestCa.create(
            spec ->
                spec.permit(NameKind.DNS, "inside.example").permit(NameKind.IP, "192.0.2.0/24"));

    assertThat(prove(ca, ca.issue(leaf -> leaf.dns("a.inside.example").ip("192.0.2.1"))))
        .isNotNull();
    for (TestIdentity odd :
        List.of(
            ca.issue(leaf -> leaf.dns("a.inside.example", ".inside.example")),
            ca.issue(leaf -> leaf.dns("a.inside.example").ip("192.0.2.0/24")))) {
      refuses(ca, odd, "malformed alternative names in the path");
    }
  }

  private void refuses(TestIdentity peer, String detail) {
    refuses(excluding, peer, detail);
  }

  private static void refuses(TestCa anchor, TestIdentity peer, String detail) {
    assertThatThrownBy(() -> prove(anchor, peer))
        .isInstanceOfSatisfying(
            ChainRefused.class,
            refused -> assertThat(refused.failure()).isEqualTo(HandshakeFailure.BAD_CERTIFICATE))
        .hasMessage(detail);
  }

  private ProvenChain prove(TestIdentity peer) throws ChainRefused {
    return prove(excluding, peer);
  }

  private static ProvenChain prove(TestCa anchor, TestIdentity peer) throws ChainRefused {
    return new TrustBundle(List.of(anchor.certificate()))
        .prove(peer.chain().toArray(X509Certificate[]::new), PeerRole.CLIENT);
  }
}
