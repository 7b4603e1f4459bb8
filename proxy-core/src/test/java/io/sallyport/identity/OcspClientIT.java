package io.sallyport.identity;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.sallyport.config.OcspConfig;
import io.sallyport.identity.OcspStatus.OcspOutcome;
import io.sallyport.rig.Eventually;
import io.sallyport.rig.OcspResponder;
import io.sallyport.rig.OcspResponder.Manner;
import io.sallyport.rig.RecordedLog;
import io.sallyport.testcerts.OcspSpec;
import io.sallyport.testcerts.TestCa;
import io.sallyport.testcerts.TestIdentity;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.math.BigInteger;
import java.net.URI;
import java.security.cert.CertificateFactory;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Questions to responders that are honest, slow, broken or lying. */
final class OcspClientIT {

  private static final Duration LONG = Duration.ofSeconds(20);
  private static final Duration SHORT = Duration.ofMillis(300);

  /** On a busy machine, too, a question has been put by then. */
  private static final Duration ENOUGH_TO_ASK = Duration.ofSeconds(3);

  private final TestCa ca = TestCa.create();
  private final OcspResponder responder = OcspResponder.of(ca);
  private final TestIdentity peer = ca.issue(spec -> spec.client().ocsp(responder.url()));
  private final SteppedClock clock = new SteppedClock();
  private final List<OcspResult> told = new CopyOnWriteArrayList<>();
  private final OcspClient client = new OcspClient(told::add, clock);

  private static final class SteppedClock extends Clock {
    volatile Duration ahead = Duration.ZERO;

    @Override
    public Instant instant() {
      return Instant.now().plus(ahead);
    }

    @Override
    public ZoneId getZone() {
      return ZoneId.of("UTC");
    }

    @Override
    public Clock withZone(ZoneId zone) {
      return this;
    }

    void passes(Duration time) {
      ahead = ahead.plus(time);
    }
  }

  @AfterEach
  void close() throws IOException {
    client.close();
    responder.close();
  }

  private OcspStatus status(TestIdentity of) {
    responder.knows(of.leaf());
    return client.status(OcspQuestion.of(of.leaf(), ca.certificate(), null));
  }

  private OcspResult ask(TestIdentity of, Duration timeout) {
    return client.ask(status(of), timeout).join().result();
  }

  @Test
  void learnsOfACertificateThatItIsGoodAndThenThatItIsRevoked() {
    OcspStatus status = status(peer);

    assertThat(ask(peer, LONG)).isEqualTo(OcspResult.GOOD);
    assertThat(status.isKnown(clock.instant())).isTrue();
    assertThat(status.isRevoked()).isFalse();
    assertThat(status.goodUntil()).isAfter(clock.instant());

    responder.says(peer.leaf(), OcspSpec::revoked);
    assertThat(ask(peer, LONG)).isEqualTo(OcspResult.REVOKED);
    assertThat(status.isRevoked()).isTrue();
    assertThat(status.goodUntil()).isEqualTo(Instant.MIN);
    assertThat(told).containsExactly(OcspResult.GOOD, OcspResult.REVOKED);
  }

  static Stream<Arguments> noAnswers() {
    return Stream.of(
        arguments(OcspResult.TIMEOUT, OcspResponder.NEVER),
        arguments(OcspResult.TIMEOUT, OcspResponder.DRIPPING),
        arguments(OcspResult.BAD_ANSWER, OcspResponder.hugely()),
        arguments(OcspResult.BAD_ANSWER, OcspResponder.instead("200 OK", new byte[0])),
        arguments(OcspResult.BAD_ANSWER, OcspResponder.instead("200 OK", new byte[3000])),
        arguments(OcspResult.BAD_ANSWER, OcspResponder.raw("SSH-2.0-OpenSSH_9.9\r\n\r\n")),
        arguments(OcspResult.UNREACHABLE, (Manner) (answer, socket) -> socket.close()),
        arguments(OcspResult.REFUSED, OcspResponder.instead("500 Broken", new byte[9])),
        arguments(
            OcspResult.REFUSED,
            OcspResponder.instead("302 Found\r\nLocation: http://127.0.0.1:1/", new byte[0])));
  }

  @ParameterizedTest
  @MethodSource
  void noAnswers(OcspResult expected, Manner manner) throws Exception {
    responder.answers(manner);

    assertThat(ask(peer, expected == OcspResult.TIMEOUT ? SHORT : LONG)).isEqualTo(expected);

    assertThat(told).containsExactly(expected);
    assertThat(status(peer).isKnown(clock.instant())).isFalse();
    if (expected == OcspResult.TIMEOUT) {
      responder.awaitEnding(); // it has been hung up on
    }
  }

  @Test
  void aResponderThatIsNotThereIsUnreachable() throws Exception {
    responder.close();

    assertThat(ask(peer, LONG)).isEqualTo(OcspResult.UNREACHABLE);
  }

  @Test
  void manyWhoWantToKnowAskOnce() {
    List<CompletableFuture<OcspOutcome>> asked = new ArrayList<>();
    responder.answers(OcspResponder.NEVER);
    for (int i = 0; i < 100; i++) {
      asked.add(client.ask(status(peer), ENOUGH_TO_ASK));
    }
    asked.forEach(CompletableFuture::join);

    assertThat(asked).allMatch(each -> each.join().result() == OcspResult.TIMEOUT);
    assertThat(responder.asked()).isEqualTo(1);
  }

  @Test
  void aSilentResponderIsLeftAloneAndThenAskedByOne() {
    responder.answers(OcspResponder.NEVER);
    assertThat(ask(peer, ENOUGH_TO_ASK)).isEqualTo(OcspResult.TIMEOUT);
    for (int i = 0; i < 20; i++) {
      TestIdentity other = ca.issue(spec -> spec.ocsp(responder.url()));
      assertThat(ask(other, LONG)).isEqualTo(OcspResult.TIMEOUT);
    }
    assertThat(responder.asked()).isEqualTo(1);

    clock.passes(Duration.ofSeconds(6));
    List<CompletableFuture<OcspOutcome>> asked = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      asked.add(client.ask(status(ca.issue(spec -> spec.ocsp(responder.url()))), ENOUGH_TO_ASK));
    }
    asked.forEach(CompletableFuture::join);
    assertThat(responder.asked()).isEqualTo(2);

    responder.answers(OcspResponder.PROMPTLY);
    clock.passes(Duration.ofSeconds(6));
    assertThat(ask(peer, LONG)).isEqualTo(OcspResult.GOOD);
    assertThat(ask(ca.issue(spec -> spec.ocsp(responder.url())), LONG)).isEqualTo(OcspResult.GOOD);
    assertThat(told)
        .containsExactly(OcspResult.TIMEOUT, OcspResult.TIMEOUT, OcspResult.GOOD, OcspResult.GOOD);
  }

  @Test
  void aResponderThatHangsHoldsUpNoOther() throws Exception {
    responder.answers(OcspResponder.NEVER);
    List<CompletableFuture<OcspOutcome>> hanging = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      hanging.add(client.ask(status(ca.issue(spec -> spec.ocsp(responder.url()))), LONG));
    }
    try (OcspResponder other = OcspResponder.of(ca)) {
      for (int i = 0; i < 40; i++) {
        TestIdentity well = ca.issue(spec -> spec.ocsp(other.url()));
        other.knows(well.leaf());
        OcspStatus status = client.status(OcspQuestion.of(well.leaf(), ca.certificate(), null));
        assertThat(client.ask(status, LONG).join().result()).isEqualTo(OcspResult.GOOD);
      }
    }
    assertThat(hanging).noneMatch(CompletableFuture::isDone);
    assertThat(responder.asked()).isLessThanOrEqualTo(8);
  }

  @Test
  void tenThousandQuestionsToAResponderThatIsNotThereEnd() throws Exception {
    responder.close();
    List<OcspStatus> asked = new ArrayList<>();
    for (int i = 0; i < 10_000; i++) {
      URI url = URI.create(responder.url() + "/" + i);
      OcspStatus status = client.status(OcspQuestion.of(peer.leaf(), ca.certificate(), url));
      asked.add(status);
      client.askInTheBackground(status, LONG);
    }

    for (OcspStatus status : asked) {
      assertThat(client.ask(status, LONG).join().result()).isEqualTo(OcspResult.UNREACHABLE);
    }
  }

  @Test
  void whatASlowResponderWasAskedLateHasAllTheTimeThatItsQuestionMayTake() {
    responder.answers(OcspResponder.slowly(Duration.ofMillis(300)));
    List<CompletableFuture<OcspOutcome>> asked = new ArrayList<>();
    for (int i = 0; i < 80; i++) {
      TestIdentity one = ca.issue(spec -> spec.ocsp(responder.url()));
      responder.knows(one.leaf());
      asked.add(client.ask(status(one), Duration.ofSeconds(2)));
    }
    asked.forEach(CompletableFuture::join);

    assertThat(asked).allMatch(each -> each.join().result() == OcspResult.GOOD);
  }

  @Test
  void whomAHandshakeWaitsForIsAskedForBeforeTheRest() throws Exception {
    CountDownLatch go = new CountDownLatch(1);
    List<BigInteger> order = new CopyOnWriteArrayList<>();
    responder.answers(OcspResponder.after(go));
    for (int i = 0; i < 300; i++) {
      TestIdentity one = ca.issue(spec -> spec.ocsp(responder.url()));
      client.askInTheBackground(status(one), LONG);
    }
    CompletableFuture<OcspOutcome> awaited = client.ask(status(peer), LONG);
    awaited.thenRun(() -> order.add(BigInteger.valueOf(responder.asked())));
    go.countDown();

    assertThat(awaited.join().result()).isEqualTo(OcspResult.GOOD);
    Eventually.holds("all have been asked for", () -> responder.asked() == 301);
    assertThat(order.get(0)).isLessThan(BigInteger.valueOf(100));
  }

  @Test
  void aBadAnswerAboutOneIsRememberedForAWhileAndOfThatOneAlone() {
    responder.says(peer.leaf(), OcspSpec::unknown);
    assertThat(ask(peer, LONG)).isEqualTo(OcspResult.UNKNOWN);
    assertThat(ask(peer, LONG)).isEqualTo(OcspResult.UNKNOWN);
    assertThat(responder.asked(peer.leaf())).isEqualTo(1);
    assertThat(ask(ca.issue(spec -> spec.ocsp(responder.url())), LONG)).isEqualTo(OcspResult.GOOD);

    clock.passes(Duration.ofSeconds(6));
    responder.says(peer.leaf(), spec -> {});
    assertThat(ask(peer, LONG)).isEqualTo(OcspResult.GOOD);
  }

  @Test
  void anAnswerFromBeforeTheRevocationDoesNotUndoIt() {
    Instant now = Instant.now();
    OcspStatus status = status(peer);
    responder.says(peer.leaf(), spec -> spec.revoked());
    assertThat(ask(peer, LONG)).isEqualTo(OcspResult.REVOKED);

    responder.says(
        peer.leaf(), spec -> spec.validity(now.minusSeconds(3600), now.plusSeconds(3600)));
    assertThat(ask(peer, LONG)).isEqualTo(OcspResult.STALE);
    assertThat(status.isRevoked()).isTrue();

    clock.passes(Duration.ofSeconds(6));
    responder.says(peer.leaf(), spec -> {});
    assertThat(ask(peer, LONG)).isEqualTo(OcspResult.GOOD);
    assertThat(status.isRevoked()).isFalse();
  }

  @Test
  void whoIsRevokedStaysSoWhenTheAnswerGrowsOld() {
    OcspStatus status = status(peer);
    responder.says(peer.leaf(), OcspSpec::revoked);
    ask(peer, LONG);
    clock.passes(Duration.ofHours(2));

    assertThat(status.isKnown(clock.instant())).isFalse();
    assertThat(status.isRevoked()).isTrue();
  }

  @Test
  void isDueAgainWhenHalfOfTheTimeHasPassed() {
    OcspStatus status = status(peer);
    assertThat(status.isDue(clock.instant())).isTrue();
    ask(peer, LONG); // good for an hour
    clock.passes(Duration.ofMinutes(26));
    assertThat(status.isDue(clock.instant())).isFalse();
    clock.passes(Duration.ofMinutes(5));
    assertThat(status.isDue(clock.instant())).isTrue();
  }

  @Test
  void isDueAgainWithinAnHourHoweverLongAnAnswerHolds() {
    OcspStatus status = status(peer);
    Instant now = Instant.now();
    responder.says(
        peer.leaf(), spec -> spec.validity(now.minusSeconds(9), now.plus(Duration.ofDays(7))));
    ask(peer, LONG);
    clock.passes(Duration.ofMinutes(61));
    assertThat(status.isDue(clock.instant())).isTrue();
  }

  @Test
  void tellsWhenOneIsRevokedOnWhomSomebodyRelied() {
    AtomicInteger tellings = new AtomicInteger();
    client.whenRevoked(tellings::incrementAndGet);
    TestIdentity stranger = ca.issue(spec -> spec.ocsp(responder.url()));
    responder.says(stranger.leaf(), OcspSpec::revoked);
    assertThat(ask(stranger, LONG)).isEqualTo(OcspResult.REVOKED);

    status(peer).relyOn();
    ask(peer, LONG);
    responder.says(peer.leaf(), OcspSpec::revoked);
    ask(peer, LONG);

    Eventually.holds("told of it", () -> tellings.get() == 1);
  }

  @Test
  void aStopEndsTheQuestionsThatAreUnderWayAndIsNoFault() throws Exception {
    CountDownLatch go = new CountDownLatch(1);
    responder.answers(OcspResponder.after(go));
    CompletableFuture<OcspOutcome> answered = client.ask(status(peer), LONG);
    TestIdentity silent = ca.issue(spec -> spec.ocsp(responder.url()));
    CompletableFuture<OcspOutcome> late = client.ask(status(silent), SHORT);
    Eventually.holds("both are asked for", () -> responder.asked() == 2);
    try (RecordedLog log = RecordedLog.start()) {
      client.close();
      assertThat(late.join().words()).isEqualTo("the proxy is stopping");
      go.countDown();

      assertThat(answered.join().words()).isEqualTo("the proxy is stopping");
      assertThat(log.faults()).isEmpty();
    }
  }

  @Test
  void remembersOnlySoMany() {
    OcspStatus first = status(peer);
    forget();
    assertThat(status(peer)).isNotSameAs(first);
  }

  private void forget() {
    for (int i = 0; i < 8192; i++) {
      client.status(
          OcspQuestion.of(peer.leaf(), ca.certificate(), URI.create("http://127.0.0.1/" + i)));
    }
  }

  private TrustBundle bundle(OcspConfig.Policy policy, X509CRL... lists) {
    OcspConfig config = new OcspConfig(policy, null, LONG);
    return new TrustBundle(
        new Anchors(List.of(ca.certificate())),
        new RevocationLists(List.of(lists), true),
        OcspCheck.by(config, client),
        clock);
  }

  @Test
  void whoseAnswerWasForgottenIsHereNoLongerWhenItIsRevoked() throws Exception {
    responder.knows(peer.leaf());
    TrustBundle trust = bundle(OcspConfig.Policy.BEST_EFFORT);
    AtomicInteger tellings = new AtomicInteger();
    client.whenRevoked(tellings::incrementAndGet);
    X509Certificate[] chain = peer.chain().toArray(X509Certificate[]::new);
    ProvenChain proof = trust.prove(chain, PeerRole.CLIENT);
    forget();
    responder.says(peer.leaf(), OcspSpec::revoked);
    clock.passes(Duration.ofMinutes(31));
    trust.renew(proof);
    Eventually.holds("told of it", () -> tellings.get() == 1);

    assertThatThrownBy(() -> trust.proveAgain(chain, PeerRole.CLIENT, proof))
        .isInstanceOfSatisfying(
            ChainRefused.class,
            refused ->
                assertThat(refused.failure()).isEqualTo(HandshakeFailure.CERTIFICATE_REVOKED));
  }

  @Test
  void aNewListProlongsWhatTheOneBeforeItAllowed() throws Exception {
    Instant now = Instant.now().truncatedTo(ChronoUnit.SECONDS);
    TestIdentity unasked = ca.issue(spec -> spec.client());
    X509Certificate[] chain = unasked.chain().toArray(X509Certificate[]::new);
    Instant first = now.plusSeconds(60);
    Instant next = now.plusSeconds(600);
    ProvenChain proof = bundle(OcspConfig.Policy.REQUIRE, crl(first)).prove(chain, PeerRole.CLIENT);
    assertThat(proof.notAfter()).isEqualTo(first);

    TrustBundle after = bundle(OcspConfig.Policy.REQUIRE, crl(next));
    assertThat(after.proveAgain(chain, PeerRole.CLIENT, proof).notAfter()).isEqualTo(next);
  }

  private X509CRL crl(Instant end) throws Exception {
    String pem = ca.crlPem(spec -> spec.validity(end.minusSeconds(3600), end));
    return (X509CRL)
        CertificateFactory.getInstance("X.509")
            .generateCRL(new ByteArrayInputStream(pem.getBytes(US_ASCII)));
  }
}
