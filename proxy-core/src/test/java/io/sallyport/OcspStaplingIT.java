package io.sallyport;

import static org.assertj.core.api.Assertions.assertThat;

import io.sallyport.config.ConfigReader;
import io.sallyport.rig.Application;
import io.sallyport.rig.Eventually;
import io.sallyport.rig.OcspResponder;
import io.sallyport.rig.Pki;
import io.sallyport.rig.Program;
import io.sallyport.rig.RecordedLog;
import io.sallyport.rig.RunningProxy;
import io.sallyport.rig.WebApplication;
import io.sallyport.testcerts.LeafSpec;
import io.sallyport.testcerts.OcspSpec;
import io.sallyport.testcerts.TestCa;
import io.sallyport.testcerts.TestIdentity;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What our own CA's responder says of us, shown to clients that ask for it. */
final class OcspStaplingIT {

  private static final String GOOD = "Cert Status: good";
  private static final String NONE = "OCSP response: no response sent";

  private final Pki pki;
  private final TestCa below;
  private final OcspResponder responder;
  private final Application page = WebApplication.start();

  OcspStaplingIT(@TempDir Path folder) throws IOException {
    pki = new Pki(folder);
    below = pki.ca().intermediate();
    responder = OcspResponder.of(below);
  }

  @AfterEach
  void close() throws IOException {
    page.close();
    responder.close();
  }

  /** Our certificate, and the CA below the root that it is of. */
  private TestIdentity server(Consumer<LeafSpec> more) throws IOException {
    TestIdentity issued = below.issue(leaf -> more.accept(leaf.dns("localhost")));
    responder.knows(issued.leaf());
    return pki.write("server", issued);
  }

  private TestIdentity server() throws IOException {
    return server(leaf -> leaf.ocsp(responder.url()));
  }

  private RunningProxy proxy(String... more) {
    return RunningProxy.with(
        pki,
        """
        reload.interval = off
        inbound.page { listen = "127.0.0.1:0", forward = "%s", client-auth = none, allow = anyone }
        %s
        """
            .formatted(page.address(), String.join("\n", more)));
  }

  private static String shown(RunningProxy proxy, String version, String... more) {
    List<String> command =
        new ArrayList<>(List.of(Program.installed("openssl"), "s_client", "-status", version));
    command.addAll(List.of("-connect", "127.0.0.1:" + proxy.port("page")));
    command.addAll(List.of(more));
    return Program.run(command).output();
  }

  private static void awaitShown(RunningProxy proxy, String expected) {
    Eventually.holds(expected, () -> shown(proxy, "-tls1_3").contains(expected));
  }

  private static void awaitResult(RunningProxy proxy, String result) {
    String counter = "sallyport_ocsp_requests_total{result=\"%s\"}".formatted(result);
    Eventually.holds(counter, () -> proxy.metric(counter) > 0);
  }

  @ParameterizedTest
  @ValueSource(strings = {"-tls1_2", "-tls1_3"})
  void showsAGoodAnswerAndAsksForItOnce(String version) throws Exception {
    TestIdentity own = server();
    try (RunningProxy proxy = proxy()) {
      awaitShown(proxy, GOOD);
      assertThat(shown(proxy, version)).contains("OCSP Response Status: successful", GOOD);
      assertThat(responder.asked(own.leaf())).isEqualTo(1);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"-tls1_2", "-tls1_3"})
  void eachOfSeveralCertificatesIsShownWithItsOwnAnswer(String version) throws Exception {
    server();
    pki.issue("plain", leaf -> leaf.dns("plain.test"));
    try (RunningProxy proxy =
        proxy(
            "identities.plain { certificate = plain.crt, key = plain.key, trust = ca.crt }",
            "inbound.page.identity = [ plain, default ]")) {
      Eventually.holds(
          GOOD, () -> shown(proxy, version, "-servername", "localhost").contains(GOOD));
      assertThat(shown(proxy, version, "-servername", "plain.test")).contains(NONE);
      assertThat(shown(proxy, version, "-servername", "localhost")).contains(GOOD);
    }
  }

  /** On its way it can be padded by anybody, until clients refuse it. */
  @ParameterizedTest
  @ValueSource(strings = {"-tls1_2", "-tls1_3"})
  void showsNoAnswerThatWouldBeTooLongForSome(String version) throws Exception {
    TestIdentity own = server();
    responder.says(own.leaf(), spec -> spec.padded(20));
    try (RunningProxy proxy = proxy()) {
      awaitResult(proxy, "good");
      assertThat(shown(proxy, version)).contains(NONE).contains("Cipher is ");
    }
    responder.says(own.leaf(), spec -> spec.padded(60));
    try (RunningProxy proxy = proxy()) {
      awaitResult(proxy, "bad_answer");
      assertThat(shown(proxy, version)).contains(NONE);
    }
  }

  @Test
  void showsNoAnswerThatIsNotAGoodOne() throws Exception {
    TestIdentity own = server();
    Instant now = Instant.now();
    responder.says(own.leaf(), OcspSpec::revoked);
    try (RunningProxy proxy = proxy();
        RecordedLog log = RecordedLog.start()) {
      awaitResult(proxy, "revoked");
      assertThat(shown(proxy, "-tls1_3")).contains(NONE);
      Eventually.holds(
          "told of it", () -> log.lines("our own certificate is revoked; renew it").size() == 1);
    }
    responder.says(own.leaf(), spec -> spec.validity(now.minusSeconds(99), now.minusSeconds(1)));
    try (RunningProxy proxy = proxy()) {
      awaitResult(proxy, "stale");
      assertThat(shown(proxy, "-tls1_3")).contains(NONE);
    }
    responder.says(own.leaf(), spec -> spec.signedBy(pki.client()));
    try (RunningProxy proxy = proxy()) {
      awaitResult(proxy, "bad_answer");
      assertThat(shown(proxy, "-tls1_3")).contains(NONE);
    }
  }

  @Test
  void asksAgainBeforeTheAnswerGrowsOldAndShowsNoneThatHas() throws Exception {
    TestIdentity own = server();
    responder.says(
        own.leaf(),
        spec -> spec.validity(Instant.now().minusSeconds(1), Instant.now().plusSeconds(4)));
    try (RunningProxy proxy = proxy()) {
      awaitShown(proxy, GOOD);
      Instant first = Instant.now().plusSeconds(4);
      Eventually.holds("the first answer has grown old", () -> Instant.now().isAfter(first));
      assertThat(shown(proxy, "-tls1_3")).contains(GOOD);
      assertThat(responder.asked(own.leaf())).isGreaterThan(1);

      responder.answers(OcspResponder.instead("500 Broken", new byte[0]));
      awaitShown(proxy, NONE);
    }
  }

  @Test
  void showsWhatIsSaidOfANewCertificateAndNotOfTheOldOne() throws Exception {
    server();
    try (RunningProxy proxy = proxy()) {
      awaitShown(proxy, GOOD);
      TestIdentity renewed = server();
      assertThat(proxy.reload().succeeded()).isTrue();
      awaitShown(proxy, GOOD);
      assertThat(shown(proxy, "-tls1_3"))
          .contains("Serial Number: %X".formatted(renewed.leaf().getSerialNumber()));
      assertThat(responder.asked(renewed.leaf())).isEqualTo(1);
    }
  }

  @Test
  void asksNobodyWhereItIsOffOrNobodyIsNamed() throws Exception {
    server();
    try (RunningProxy proxy = proxy("defaults.identity.ocsp-stapling = false")) {
      assertThat(shown(proxy, "-tls1_3")).contains(NONE);
    }
    server(leaf -> {});
    try (RunningProxy proxy = proxy()) {
      assertThat(shown(proxy, "-tls1_3")).contains(NONE);
    }
    assertThat(responder.asked()).isZero();
  }

  @Test
  void checkWarnsOfACertificateThatMayNotComeWithoutAnAnswer() throws Exception {
    assertThat(mustStapleWarnings(leaf -> leaf.mustStaple().ocsp(responder.url()))).isZero();
    assertThat(mustStapleWarnings(LeafSpec::mustStaple)).isEqualTo(1);
    assertThat(responder.asked()).isZero();
  }

  private long mustStapleWarnings(Consumer<LeafSpec> wishes) throws Exception {
    server(wishes);
    String listener =
        """
        inbound.a { listen = "127.0.0.1:0", forward = "127.0.0.1:1", allow = any-trusted }
        """;
    Path file = RunningProxy.write(pki, listener);
    return Proxy.check(ConfigReader.read(file)).warnings().stream()
        .filter(warning -> warning.fault().contains("an OCSP answer always comes with it"))
        .count();
  }
}
