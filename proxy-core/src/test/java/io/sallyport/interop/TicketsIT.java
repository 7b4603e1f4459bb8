package io.sallyport.interop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;

import io.sallyport.Reload;
import io.sallyport.rig.Application;
import io.sallyport.rig.Curl;
import io.sallyport.rig.Eventually;
import io.sallyport.rig.Pki;
import io.sallyport.rig.Program;
import io.sallyport.rig.Program.Outcome;
import io.sallyport.rig.RecordedLog;
import io.sallyport.rig.RunningProxy;
import io.sallyport.rig.WebApplication;
import io.sallyport.testcerts.TestCa;
import io.sallyport.testcerts.TestIdentity;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a session ticket is good for, and what a peer without a certificate may do. */
final class TicketsIT {

  private static final String CONFIG =
      """
      reload.interval = off
      defaults.inbound { listen = "127.0.0.1:0", forward = "%s" }
      inbound.open { client-auth = none, allow = anyone }
      inbound.asking { client-auth = request, allow = anyone }
      inbound.ruled { client-auth = request, allow = [ { uri = "spiffe://test/*" } ] }
      inbound.guarded { client-auth = require, allow = any-trusted }
      inbound.full { client-auth = require, allow = any-trusted, half-close = full, tls-min = 1.3 }
      """;

  private final Pki pki;
  private final String config;
  private final RecordedLog log = RecordedLog.start();
  private final Application application = WebApplication.start();
  private final RunningProxy proxy;

  TicketsIT(@TempDir Path folder) throws IOException {
    pki = new Pki(folder);
    config = CONFIG.formatted(application.address());
    proxy = RunningProxy.with(pki, config);
  }

  @AfterEach
  void stop() throws IOException {
    proxy.close();
    application.close();
    log.close();
  }

  private Outcome request(String listener, String version, String... more) {
    List<String> command = new ArrayList<>(List.of(Program.installed("openssl"), "s_client"));
    command.addAll(List.of("-connect", "127.0.0.1:" + proxy.port(listener)));
    command.addAll(List.of(version, "-ign_eof", "-CAfile", pki.file("ca.crt").toString()));
    command.addAll(List.of(more));
    try (Program client = Program.start(command)) {
      client.send("GET / HTTP/1.0\r\n\r\n");
      return client.awaitEnd();
    }
  }

  private String file(String name) {
    return pki.file(name).toString();
  }

  private String ticket() {
    return file("session.pem");
  }

  private String[] client() {
    return new String[] {
      "-cert", pki.file("client.crt").toString(), "-key", pki.file("client.key").toString()
    };
  }

  @ParameterizedTest
  @CsvSource({
    "-tls1_2, open, handshake failure",
    "-tls1_3, open, certificate required",
    "-tls1_2, asking, handshake failure",
    "-tls1_3, asking, certificate required",
  })
  void ofAListenerWithoutCertificatesOpensNoneThatRequiresThem(
      String version, String from, String alert) throws Exception {
    assertThat(request(from, version, "-sess_out", ticket()).output()).contains("200 OK");
    assertThat(request(from, version, "-sess_in", ticket()).output())
        .contains("Reused, TLSv", "200 OK");
    int before = application.accepted();

    assertThat(request("guarded", version, "-sess_in", ticket()).output())
        .contains("alert " + alert)
        .doesNotContain("200 OK");

    assertThat(log.connections("guarded", 1).get(0).field("cause")).isEqualTo("no_certificate");
    assertThat(proxy.handshakeFailures("guarded")).containsExactly(entry("no_certificate", 1));
    assertThat(application.accepted()).isEqualTo(before);
  }

  @ParameterizedTest
  @ValueSource(strings = {"-tls1_2", "-tls1_3"})
  void keepsWhoItsOwnerIs(String version) throws Exception {
    List<String> full = new ArrayList<>(List.of(client()));
    full.addAll(List.of("-sess_out", ticket()));
    assertThat(request("guarded", version, full.toArray(String[]::new)).output())
        .contains("New, TLSv", "200 OK");

    assertThat(request("guarded", version, "-sess_in", ticket()).output())
        .contains("Reused, TLSv", "200 OK");

    assertThat(log.connections("guarded", 2))
        .allSatisfy(line -> assertThat(line.field("peer")).isEqualTo("spiffe://test/client"));
  }

  @ParameterizedTest
  @CsvSource({"-tls1_2, TLSv1.2", "-tls1_3, TLSv1.3"})
  void metricsTellWhoResumedAndWhichCaVouches(String version, String label) throws Exception {
    TestCa next = TestCa.create(ca -> ca.name("next CA"));
    Files.writeString(pki.file("ca.crt"), next.certificatePem(), StandardOpenOption.APPEND);
    pki.write("renewed", next.issue(leaf -> leaf.client()));
    assertThat(proxy.reload().problems()).isEmpty();

    request("guarded", version, with("client", "-sess_out"));
    request("guarded", version, with("client", "-sess_in"));
    request("guarded", version, with("client", "-sess_in"));
    request("guarded", version, with("renewed", "-sess_out"));

    assertThat(handshakes(label))
        .containsOnly(
            entry("CN=test CA resumed false", 1),
            entry("CN=test CA resumed true", 2),
            entry("CN=next CA resumed false", 1));
  }

  private String[] with(String who, String session) {
    return new String[] {
      "-cert", file(who + ".crt"), "-key", file(who + ".key"), session, ticket()
    };
  }

  /** Of {@code guarded}, by anchor and by whether they were resumed. */
  private Map<String, Integer> handshakes(String version) {
    Map<String, Integer> counts = new TreeMap<>();
    Pattern line =
        Pattern.compile(
            "sallyport_handshakes_total\\{anchor=\"([^\"]*)\",.*listener=\"guarded\","
                + "resumed=\"(true|false)\",version=\""
                + Pattern.quote(version)
                + "\"\\} (\\S+)");
    proxy
        .get("/metrics")
        .body()
        .lines()
        .map(line::matcher)
        .filter(Matcher::matches)
        .forEach(
            each ->
                counts.merge(
                    each.group(1) + " resumed " + each.group(2),
                    (int) Double.parseDouble(each.group(3)),
                    Integer::sum));
    return counts;
  }

  @ParameterizedTest
  @CsvSource({"-tls1_2, guarded", "-tls1_3, guarded", "-tls1_3, full"})
  void opensNothingOnceRulesOrTrustDoNot(String version, String listener) throws Exception {
    assertThat(request(listener, version, with("client", "-sess_out")).output()).contains("200 OK");
    assertThat(proxy.reload()).isEqualTo(new Reload(List.of(), 0, 0));
    assertThat(request(listener, version, with("client", "-sess_in")).output())
        .contains("Reused, TLSv", "200 OK");

    proxy.rewrite(config.replace("any-trusted", "[ { uri = \"spiffe://test/other\" } ]"));
    assertThat(proxy.reload().succeeded()).isTrue();

    // Which alert it is, is BoringSSL's to promise.
    assertThat(request(listener, version, with("client", "-sess_in")).output())
        .contains(listener.equals("full") ? "alert" : "alert handshake failure")
        .doesNotContain("Reused, TLSv", "200 OK");
    assertThat(proxy.handshakeFailures(listener)).containsExactly(entry("not_allowed", 1));

    proxy.rewrite(config);
    Files.writeString(pki.file("ca.crt"), TestCa.create().certificatePem());
    assertThat(proxy.reload().succeeded()).isTrue();

    assertThat(request(listener, version, with("client", "-sess_in")).output())
        .contains(listener.equals("full") ? "alert" : "alert unknown ca")
        .doesNotContain("Reused, TLSv", "200 OK");
    assertThat(proxy.handshakeFailures(listener))
        .containsExactly(entry("not_allowed", 1), entry("unknown_ca", 1));
    assertThat(application.accepted()).isEqualTo(2);
  }

  @ParameterizedTest
  @CsvSource({"-tls1_2, guarded", "-tls1_3, guarded", "-tls1_3, full"})
  void aRenewedCertificateOfOursIsShownToWhoHasATicket(String version, String listener)
      throws Exception {
    assertThat(request(listener, version, with("client", "-sess_out")).output())
        .contains("New, TLSv", "200 OK");
    assertThat(request(listener, version, with("client", "-sess_in")).output())
        .contains("Reused, TLSv", "200 OK");
    pki.issue("server", leaf -> leaf.cn("renewed").dns("localhost"));
    assertThat(proxy.reload().problems()).isEmpty();

    assertThat(request(listener, version, with("client", "-sess_in")).output())
        .contains("New, TLSv", "200 OK")
        .containsPattern("subject=CN *= *renewed");
  }

  @ParameterizedTest
  @CsvSource({"-tls1_2, guarded", "-tls1_3, guarded", "-tls1_3, full"})
  void opensNothingOnceTheCertificateHasExpired(String version, String listener) throws Exception {
    Instant end = Instant.now().plusSeconds(6).truncatedTo(ChronoUnit.SECONDS);
    TestIdentity brief =
        pki.ca()
            .intermediate()
            .issue(leaf -> leaf.uri("spiffe://test/brief").validity(Instant.EPOCH, end));
    pki.write("brief", brief);
    Files.writeString(
        pki.file("above.crt"), brief.certificatePem().split("(?<=END CERTIFICATE-----\n)", 2)[1]);
    String[] full = {
      "-cert",
      file("brief.crt"),
      "-key",
      file("brief.key"),
      "-cert_chain",
      file("above.crt"),
      "-sess_out",
      ticket()
    };
    assertThat(request(listener, version, full).output()).contains("New, TLSv", "200 OK");
    assertThat(request(listener, version, "-sess_in", ticket()).output())
        .contains("Reused, TLSv", "200 OK");
    Eventually.holds("the certificate expires", () -> Instant.now().isAfter(end));

    assertThat(request(listener, version, "-sess_in", ticket()).output())
        .contains("Reused, TLSv")
        .doesNotContain("200 OK");

    var last = log.connections(listener, 3).get(2);
    assertThat(last.field("cause")).isEqualTo("certificate_expired");
    assertThat(last.field("peer")).isEqualTo("spiffe://test/brief");
    assertThat(proxy.handshakeFailures(listener)).containsExactly(entry("certificate_expired", 1));
    assertThat(application.accepted()).isEqualTo(2);
  }

  @ParameterizedTest
  @ValueSource(strings = {"1.2", "1.3"})
  void whoIsAskedMayShowACertificateOrNoneButNoBadOne(String version) throws Exception {
    pki.write("stranger", TestCa.create().issue(leaf -> leaf.uri("spiffe://test/stranger")));
    int port = proxy.port("asking");

    assertThat(Curl.of(pki).tls(version).get(port).output()).contains("200 OK");
    assertThat(log.connections("asking", 1).get(0).field("peer")).isEmpty();

    assertThat(Curl.of(pki).as("client").tls(version).get(port).output()).contains("200 OK");
    assertThat(log.connections("asking", 2).get(1).field("peer")).isEqualTo("spiffe://test/client");

    assertThat(Curl.of(pki).as("stranger").tls(version).get(port).output())
        .doesNotContain("200 OK");
    assertThat(log.connections("asking", 3).get(2).field("cause")).isEqualTo("unknown_ca");
    assertThat(application.accepted()).isEqualTo(2);
  }

  @ParameterizedTest
  @ValueSource(strings = {"1.2", "1.3"})
  void whoIsAskedAndShowsNoCertificateIsLetInByNoRule(String version) throws Exception {
    int port = proxy.port("ruled");

    assertThat(Curl.of(pki).tls(version).get(port).output())
        .contains("onnection reset")
        .doesNotContain("200 OK");
    assertThat(log.connections("ruled", 1).get(0))
        .satisfies(
            line -> assertThat(line.field("reason")).isEqualTo("denied"),
            line -> assertThat(line.field("cause")).isEqualTo("no_certificate"));
    assertThat(
            proxy.metric("sallyport_denials_total{listener=\"ruled\",reason=\"no_certificate\"}"))
        .isEqualTo(1);
    assertThat(application.accepted()).isZero();

    assertThat(Curl.of(pki).as("client").tls(version).get(port).output()).contains("200 OK");
  }
}
