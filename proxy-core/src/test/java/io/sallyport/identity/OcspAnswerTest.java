package io.sallyport.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.sallyport.testcerts.OcspSpec;
import io.sallyport.testcerts.TestCa;
import io.sallyport.testcerts.TestIdentity;
import java.net.URI;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

final class OcspAnswerTest {

  private static final TestCa ROOT = TestCa.create();
  private static final TestCa CA = ROOT.intermediate();
  private static final TestIdentity PEER =
      CA.issue(spec -> spec.client().ocsp("http://ocsp.internal/"));

  private final Instant now = Instant.now().truncatedTo(ChronoUnit.SECONDS);

  private static OcspQuestion question(TestIdentity peer) {
    return OcspQuestion.of(peer.leaf(), CA.certificate(), null);
  }

  private OcspAnswer judge(byte[] answer) throws OcspFailed {
    return OcspAnswer.judge(answer, question(PEER), now);
  }

  private OcspAnswer judge(Consumer<OcspSpec> wishes) throws OcspFailed {
    return judge(CA.ocspAnswer(PEER.leaf(), wishes));
  }

  private void fails(OcspResult expected, byte[] answer) {
    assertThatThrownBy(() -> judge(answer))
        .isInstanceOfSatisfying(
            OcspFailed.class, failed -> assertThat(failed.result()).isEqualTo(expected));
  }

  @Test
  void takesAGoodAnswerUntilItsNextUpdate() throws Exception {
    Instant from = now.minusSeconds(100);
    Instant to = now.plusSeconds(100);

    assertThat(judge(spec -> spec.validity(from, to))).isEqualTo(new OcspAnswer(false, from, to));
  }

  @Test
  void takesAnAnswerWithoutNextUpdateForTenMinutes() throws Exception {
    Instant from = now.minusSeconds(100);

    assertThat(judge(spec -> spec.withoutNextUpdate(from)).goodUntil())
        .isEqualTo(from.plus(Duration.ofMinutes(10)));
    fails(
        OcspResult.STALE,
        CA.ocspAnswer(
            PEER.leaf(), spec -> spec.withoutNextUpdate(now.minus(Duration.ofMinutes(10)))));
  }

  @Test
  void takesItFromWhomTheCaHasAppointed() throws Exception {
    TestIdentity responder = CA.issue(spec -> spec.ocspSigning());

    assertThat(judge(spec -> spec.signedBy(responder)).revoked()).isFalse();
    assertThat(judge(spec -> spec.signedBy(responder).revoked()).revoked()).isTrue();
  }

  @Test
  void whoWillHaveBeenRevokedIsRevoked() throws Exception {
    assertThat(judge(OcspSpec::revoked).revoked()).isTrue();
    assertThat(judge(spec -> spec.revokedAt(now.plusSeconds(100))).revoked()).isTrue();
  }

  @Test
  void aResponderWhoseClockIsALittleAheadIsHeard() throws Exception {
    assertThat(judge(spec -> spec.validity(now.plusSeconds(100), now.plusSeconds(900))).revoked())
        .isFalse();
  }

  static Stream<Arguments> answersThatDoNotHold() {
    Instant now = Instant.now();
    TestIdentity other = CA.issue(spec -> spec.client());
    TestIdentity expired = CA.issue(spec -> spec.ocspSigning().expired());
    return Stream.of(
        answer("past its time", OcspResult.STALE, s -> s.validity(now.minusSeconds(999), now)),
        answer(
            "past its time by less than the JDK's skew",
            OcspResult.STALE,
            spec -> spec.validity(now.minusSeconds(999), now.minusSeconds(2))),
        answer(
            "ahead of its time",
            OcspResult.STALE,
            spec -> spec.validity(now.plusSeconds(600), now.plusSeconds(999))),
        answer("of another certificate", OcspResult.BAD_ANSWER, other.leaf(), spec -> {}),
        answer(
            "signed by another CA of the same name",
            OcspResult.BAD_ANSWER,
            spec -> spec.signedBy(TestCa.create(ca -> ca.name("Test intermediate CA 1")))),
        answer("signed by the CA above", OcspResult.BAD_ANSWER, spec -> spec.signedBy(ROOT)),
        answer("signed by a peer of the same CA", OcspResult.BAD_ANSWER, s -> s.signedBy(other)),
        answer("signed by the certificate itself", OcspResult.BAD_ANSWER, s -> s.signedBy(PEER)),
        answer(
            "signed by one whom another CA has appointed",
            OcspResult.BAD_ANSWER,
            spec -> spec.signedBy(ROOT.issue(leaf -> leaf.ocspSigning()))),
        answer(
            "signed by one whose appointment has ended",
            OcspResult.BAD_ANSWER,
            spec -> spec.signedBy(expired)),
        answer("that it does not know", OcspResult.UNKNOWN, OcspSpec::unknown),
        answer("internal error", OcspResult.REFUSED, spec -> spec.error(2)),
        answer("try later", OcspResult.REFUSED, spec -> spec.error(3)),
        answer("unauthorized", OcspResult.REFUSED, spec -> spec.error(6)));
  }

  private static Arguments answer(String name, OcspResult result, Consumer<OcspSpec> wishes) {
    return answer(name, result, PEER.leaf(), wishes);
  }

  private static Arguments answer(
      String name, OcspResult result, X509Certificate of, Consumer<OcspSpec> wishes) {
    return arguments(name, result, CA.ocspAnswer(of, wishes));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource
  void answersThatDoNotHold(String name, OcspResult result, byte[] answer) {
    fails(result, answer);
  }

  @Test
  void noDamagedAnswerIsAGoodOne() {
    byte[] whole = CA.ocspAnswer(PEER.leaf(), spec -> spec.revoked());
    for (int length = 0; length < whole.length; length++) {
      fails(OcspResult.BAD_ANSWER, Arrays.copyOf(whole, length));
    }
    for (int i = 0; i < whole.length; i++) {
      byte[] bent = whole.clone();
      bent[i] ^= 1;
      try {
        assertThat(judge(bent).revoked()).as("byte %d", i).isTrue();
      } catch (OcspFailed e) {
        assertThat(e.result()).isNotEqualTo(OcspResult.GOOD);
      }
    }
  }

  @Test
  void asksTheFirstResponderThatIsAskedOverHttp() {
    assertThat(
            responder(
                "ldap://a/",
                "https://b/",
                "http://user@c/",
                "http:///d",
                "http://e/x",
                "http://f/"))
        .isEqualTo(URI.create("http://e/x"));
    assertThat(responder("https://b/")).isNull();
    assertThat(responder("not a url")).isNull();
    assertThat(OcspQuestion.responderOf(CA.certificate())).isNull();
    X509Certificate odd =
        CA.issue(spec -> spec.extension("1.3.6.1.5.5.7.1.1", false, new byte[] {5, 0})).leaf();
    assertThat(OcspQuestion.responderOf(odd)).isNull();
  }

  private static @Nullable URI responder(String... urls) {
    return OcspQuestion.responderOf(CA.issue(spec -> spec.ocsp(urls)).leaf());
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void oneQuestionIsOfOneCertificateAndOneResponder(boolean same) {
    URI configured = URI.create("http://other/");
    OcspQuestion one = OcspQuestion.of(PEER.leaf(), CA.certificate(), same ? null : configured);

    assertThat(one.equals(question(PEER))).isEqualTo(same);
    assertThat(one).isNotEqualTo(question(CA.issue(spec -> spec.client())));
    assertThat(one.responder()).isEqualTo(same ? URI.create("http://ocsp.internal/") : configured);
  }
}
