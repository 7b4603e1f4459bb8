package io.sallyport.interop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;

import io.sallyport.rig.Application;
import io.sallyport.rig.Curl;
import io.sallyport.rig.Pki;
import io.sallyport.rig.Program.Outcome;
import io.sallyport.rig.RecordedLog;
import io.sallyport.rig.RunningProxy;
import io.sallyport.rig.WebApplication;
import io.sallyport.testcerts.TestCa;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Every kind of client certificate that a peer may come with, shown by curl. */
final class ClientCertificatesIT {

  private final Pki pki;

  ClientCertificatesIT(@TempDir Path folder) throws IOException {
    pki = new Pki(folder);
  }

  @ParameterizedTest
  @CsvSource({"ec, 1.2", "ec, 1.3", "rsa, 1.2", "rsa, 1.3"})
  void letsInWhoIsProvenAndAllowed(String kind, String version) throws Exception {
    pki.issue(
        "good",
        leaf -> {
          leaf.uri("spiffe://test/good");
          if (kind.equals("rsa")) {
            leaf.rsa();
          }
        });
    try (RecordedLog log = RecordedLog.start();
        Application application = WebApplication.start();
        RunningProxy proxy = proxy(application)) {
      Outcome curl = Curl.of(pki).as("good").tls(version).get(proxy.port("web"));

      assertThat(curl.output()).contains("HTTP/1.1 200 OK", "SSL connection using TLSv" + version);
      assertThat(curl.exitCode()).isZero();
      assertThat(application.accepted()).isEqualTo(1);
      RecordedLog.Line line = log.connections("web", 1).get(0);
      // Both have all they want by then, and either may be the first to go.
      assertThat(line.field("reason")).isIn("application_closed", "peer_closed");
      assertThat(line.field("peer")).contains("spiffe://test/good");
      assertThat(proxy.handshakeFailures("web")).isEmpty();
      assertThat(log.faults()).isEmpty();
    }
  }

  @Test
  void letsInWhoAsksForANameThatJavaWouldNotTake() throws Exception {
    pki.issue("good", leaf -> leaf.uri("spiffe://test/good"));
    try (Application application = WebApplication.start();
        RunningProxy proxy = proxy(application)) {
      int port = proxy.port("web");

      Outcome curl =
          Curl.of(pki)
              .as("good")
              .with("--insecure", "--resolve", "my_app:" + port + ":127.0.0.1")
              .get("https://my_app:" + port + "/");

      assertThat(curl.output()).contains("HTTP/1.1 200 OK");
    }
  }

  @ParameterizedTest
  @CsvSource({
    "none, 1.2, handshake_failure, no_certificate",
    "none, 1.3, certificate_required, no_certificate",
    "other-ca, 1.2, unknown_ca, unknown_ca",
    "other-ca, 1.3, unknown_ca, unknown_ca",
    "expired, 1.2, certificate_expired, certificate_expired",
    "expired, 1.3, certificate_expired, certificate_expired",
    "not-yet-valid, 1.2, certificate_expired, certificate_not_yet_valid",
    "not-yet-valid, 1.3, certificate_expired, certificate_not_yet_valid",
    "wrong-purpose, 1.2, unsupported_certificate, wrong_purpose",
    "wrong-purpose, 1.3, unsupported_certificate, wrong_purpose",
    "no-rule, 1.2, handshake_failure, not_allowed",
    "no-rule, 1.3, handshake_failure, not_allowed",
  })
  void refusesTheOthersByTheAlertThatNamesTheFault(
      String who, String version, String alert, String reason) throws Exception {
    issueBad(who);
    try (RecordedLog log = RecordedLog.start();
        Application application = WebApplication.start()) {
      RecordedLog.Line line;
      try (RunningProxy proxy = proxy(application)) {
        Outcome curl = curl(who).tls(version).get(proxy.port("web"));

        assertThat(curl.output())
            .containsPattern("\\(IN\\), TLS alert, [^(]*\\(" + fatal(alert) + "\\)")
            .doesNotContain("HTTP/1.1 200");
        assertThat(curl.exitCode()).isNotZero();
        line = log.connections("web", 1).get(0);
        assertThat(proxy.handshakeFailures("web")).containsExactly(entry(reason, 1));
      }
      assertThat(line.field("reason")).isEqualTo("handshake_failed");
      assertThat(line.field("cause")).isEqualTo(reason);
      assertThat(line.field("peer")).isEqualTo(who.equals("none") ? "" : "spiffe://test/" + who);
      assertThat(log.connections("web")).hasSize(1);
      assertThat(application.accepted()).isZero();
      assertThat(log.faults()).isEmpty();
    }
  }

  /** As curl prints the two bytes of an alert; its words for them differ between versions. */
  private static int fatal(String alert) {
    int description =
        switch (alert) {
          case "handshake_failure" -> 40;
          case "unsupported_certificate" -> 43;
          case "certificate_expired" -> 45;
          case "unknown_ca" -> 48;
          case "certificate_required" -> 116;
          default -> throw new IllegalArgumentException(alert);
        };
    return 2 * 256 + description;
  }

  private Curl curl(String who) {
    return who.equals("none") ? Curl.of(pki) : Curl.of(pki).as(who);
  }

  private void issueBad(String who) throws IOException {
    String name = "spiffe://test/" + who;
    switch (who) {
      case "none" -> {}
      case "other-ca" -> pki.write(who, TestCa.create().issue(leaf -> leaf.uri(name)));
      case "expired" -> pki.issue(who, leaf -> leaf.uri(name).expired());
      case "not-yet-valid" -> pki.issue(who, leaf -> leaf.uri(name).notYetValid());
      case "wrong-purpose" -> pki.issue(who, leaf -> leaf.uri(name).server());
      case "no-rule" -> pki.issue(who, leaf -> leaf.uri(name));
      default -> throw new IllegalArgumentException(who);
    }
  }

  /** Only {@code no-rule} matches none of its rules. */
  private RunningProxy proxy(Application application) {
    return RunningProxy.with(
        pki,
        """
        inbound.web {
          listen = "127.0.0.1:0"
          forward = "%s"
          allow = [ { uri = [ "spiffe://test/good", "spiffe://test/other-ca", "spiffe://test/expired",
                              "spiffe://test/not-yet-valid", "spiffe://test/wrong-purpose" ] } ]
        }
        """
            .formatted(application.address()));
  }
}
