package io.sallyport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;

import io.sallyport.config.ConfigReader;
import io.sallyport.config.InvalidConfig;
import io.sallyport.config.Problem;
import io.sallyport.relay.CloseReason;
import io.sallyport.rig.Application;
import io.sallyport.rig.Eventually;
import io.sallyport.rig.HeldProof;
import io.sallyport.rig.Pki;
import io.sallyport.rig.Program;
import io.sallyport.rig.RunningProxy;
import io.sallyport.rig.WebApplication;
import io.sallyport.testcerts.CrlSpec;
import io.sallyport.testcerts.TestCa;
import io.sallyport.testcerts.TestIdentity;
import java.io.IOException;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.function.Consumer;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** CRLs: who is refused by them, and what is open when they change. */
final class RevocationIT {

  private final Pki pki;
  private final Application application;
  private final Application page = WebApplication.start();

  RevocationIT(@TempDir Path folder) throws IOException {
    pki = new Pki(folder);
    application = Application.echo();
    crl(spec -> {});
  }

  @AfterEach
  void stop() throws IOException {
    application.close();
    page.close();
  }

  private void crl(Consumer<CrlSpec> wishes) throws IOException {
    Files.writeString(pki.file("ca.crl"), pki.ca().crlPem(wishes));
  }

  private String config(String policy) {
    return """
           reload.interval = off
           defaults.identity.revocation { crl = "ca.crl", policy = %s }
           defaults.inbound { listen = "127.0.0.1:0", allow = any-trusted }
           inbound.web.forward = "%s"
           inbound.page.forward = "%s"
           """
        .formatted(policy, application.address(), page.address());
  }

  private static void exchange(Socket socket) throws IOException {
    socket.getOutputStream().write('x');
    assertThat(socket.getInputStream().read()).isEqualTo('x');
  }

  private String openssl(RunningProxy proxy, String version, String... more) {
    List<String> command = new ArrayList<>(List.of(Program.installed("openssl"), "s_client"));
    command.addAll(List.of("-connect", "127.0.0.1:" + proxy.port("page"), version, "-ign_eof"));
    command.addAll(List.of("-cert", pki.file("client.crt").toString()));
    command.addAll(List.of("-key", pki.file("client.key").toString()));
    command.addAll(List.of(more));
    try (Program client = Program.start(command)) {
      client.send("GET / HTTP/1.0\r\n\r\n");
      return client.awaitEnd().output();
    }
  }

  @ParameterizedTest
  @CsvSource({"-tls1_2, application", "-tls1_3, application", "-tls1_3, full"})
  void whoIsRevokedIsRefusedByTheRightAlertAlsoWhenItResumes(String version, String halfClose)
      throws Exception {
    String ticket = pki.file("ticket.pem").toString();
    String engine =
        halfClose.equals("full") ? "inbound.page { half-close = full, tls-min = 1.3 }" : "";
    try (RunningProxy proxy = RunningProxy.with(pki, config("require") + engine)) {
      assertThat(openssl(proxy, version, "-sess_out", ticket)).contains("New, TLSv");
      assertThat(openssl(proxy, version, "-sess_in", ticket)).contains("Reused, TLSv", "200 OK");
      crl(spec -> spec.revoke(pki.client().leaf()));
      assertThat(proxy.reload().succeeded()).isTrue();
      int before = page.accepted();

      assertThat(openssl(proxy, version, "-sess_in", ticket))
          .contains(halfClose.equals("full") ? "alert" : "alert certificate revoked")
          .doesNotContain("Reused, TLSv", "200 OK");

      assertThat(proxy.handshakeFailures("page")).containsExactly(entry("certificate_revoked", 1));
      assertThat(page.accepted()).isEqualTo(before);
    }
  }

  @Test
  void whoIsRevokedWhileOpenIsClosedAndTheOthersStay() throws Exception {
    TestIdentity other = pki.issue("other", leaf -> leaf.client());
    try (RunningProxy proxy = RunningProxy.with(pki, config("require"));
        SSLSocket revoked = pki.connect(pki.client(), proxy.port("web"), "TLSv1.3");
        SSLSocket stays = pki.connect(other, proxy.port("web"), "TLSv1.3")) {
      exchange(revoked);
      exchange(stays);
      crl(spec -> spec.revoke(pki.client().leaf()));

      assertThat(proxy.reload()).isEqualTo(new Reload(List.of(), 2, 1));

      proxy.awaitClosed("web", CloseReason.CERTIFICATE_REVOKED, 1);
      exchange(stays);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"application", "full"})
  void whoseListsTakeLongToReadKeepsNobodyWaiting(String halfClose) throws Exception {
    TestIdentity slow = pki.issue("slow", leaf -> leaf.client());
    String more = "workers = 1\ninbound.web { half-close = %s, tls-min = 1.3 }\n";
    try (RunningProxy proxy =
            RunningProxy.with(pki, config("require") + more.formatted(halfClose));
        SSLSocket open = pki.connect(pki.client(), proxy.port("web"), "TLSv1.3")) {
      exchange(open);
      try (HeldProof held = HeldProof.of(slow.leaf());
          SSLSocket waits = pki.connect(slow, proxy.port("web"), "TLSv1.3")) {
        waits.startHandshake(); // a client of TLS 1.3 is done before it has been judged
        waits.getOutputStream().write('x');
        held.awaitBegun();

        exchange(open); // on the only loop that there is
        try (SSLSocket another = pki.connect(pki.client(), proxy.port("web"), "TLSv1.3")) {
          exchange(another);
        }
        held.release();
        assertThat(waits.getInputStream().read()).isEqualTo('x');
      }
    }
  }

  /** It would be out of the reach of the lists if they were those of the dry run. */
  @Test
  void aDryRunLeavesWhatIsOpenToTheListsThatAreServedBy() throws Exception {
    Instant now = Instant.now();
    crl(spec -> spec.validity(now.minusSeconds(60), now.plusSeconds(5)));
    String strict = config("require") + "\ndefaults.inbound.expiry-grace = 0s\n";
    try (RunningProxy proxy = RunningProxy.with(pki, strict);
        SSLSocket open = pki.connect(pki.client(), proxy.port("web"), "TLSv1.3")) {
      exchange(open);
      crl(spec -> {});
      assertThat(proxy.post("/reload?dry-run=true").body())
          .isEqualTo("would reload: listeners changed 2, connections closed 0\n");

      proxy.awaitClosed("web", CloseReason.CERTIFICATE_EXPIRED, 1);
    }
  }

  @Test
  void aChangeOfCasClosesNobodyWhoseListIsLate() throws Exception {
    TestCa added = TestCa.create(spec -> spec.name("added CA"));
    Instant end = Instant.now().plusSeconds(5);
    crl(spec -> spec.validity(end.minusSeconds(60), end));
    try (RunningProxy proxy = RunningProxy.with(pki, config("require"));
        SSLSocket open = pki.connect(pki.client(), proxy.port("web"), "TLSv1.3")) {
      exchange(open);
      Eventually.holds(
          "the list is late",
          () -> proxy.metric("sallyport_connections_past_expiry{listener=\"web\"}") == 1);
      Files.writeString(pki.file("ca.crt"), pki.ca().certificatePem() + added.certificatePem());

      assertThat(proxy.reload()).isEqualTo(new Reload(List.of(), 2, 0));

      exchange(open);
      assertThat(openssl(proxy, "-tls1_3")).contains("alert bad certificate");
    }
  }

  @Test
  void aListThatCannotBeUsedChangesNothing() throws Exception {
    TestCa impostor = TestCa.create(spec -> spec.name("test CA"));
    try (RunningProxy proxy = RunningProxy.with(pki, config("require"));
        SSLSocket open = pki.connect(pki.client(), proxy.port("web"), "TLSv1.3")) {
      exchange(open);
      String whole = pki.ca().crlPem(spec -> {});
      for (String bad :
          List.of(
              "",
              "no list",
              whole.substring(0, whole.length() / 2),
              pki.ca().crlPem(CrlSpec::delta),
              pki.ca().crlPem(CrlSpec::indirect),
              impostor.crlPem(spec -> spec.revoke(pki.client().leaf())))) {
        Files.writeString(pki.file("ca.crl"), bad);

        assertThat(proxy.reload().problems())
            .extracting(Problem::setting)
            .containsExactly(
                "identities.client.revocation.crl", "identities.default.revocation.crl");
        exchange(open);
        try (SSLSocket fresh = pki.connect(pki.client(), proxy.port("web"), "TLSv1.3")) {
          exchange(fresh);
        }
      }
      assertThat(proxy.metric("sallyport_reloads_total{result=\"failure\",what=\"trust\"}"))
          .isEqualTo(6);
    }
  }

  @Test
  void saysOfEachListWhatIsWrongWithIt() throws Exception {
    TestCa impostor = TestCa.create(spec -> spec.name("test CA"));
    assertThat(problem(pki.ca().crlPem(CrlSpec::delta))).contains("CRL 1 in ", "is a delta CRL");
    assertThat(problem(pki.ca().crlPem(CrlSpec::indirect))).contains("is an indirect CRL");
    assertThat(problem(pki.ca().crlPem(CrlSpec::withoutNextUpdate)))
        .contains("does not say when the next one comes; have the CA issue it with nextUpdate");
    assertThat(problem(impostor.crlPem(spec -> {}))).contains("does not verify");
    assertThat(problem(pki.ca().certificatePem())).contains("holds no CRL");
    assertThat(problem("x".repeat((16 << 20) + 1))).containsPattern("larger than \\d+ bytes");
    assertThat(problem("-----BEGIN X509 CRL-----\n!\n-----END X509 CRL-----\n"))
        .contains("cannot be parsed");
    assertThat(problem(pki.ca().crlPem(spec -> {}) + pki.ca().crlPem(CrlSpec::delta)))
        .contains("CRL 2 in ");
  }

  private String problem(String crl) throws IOException, InvalidConfig {
    Files.writeString(pki.file("ca.crl"), crl);
    Proxy.Check check = Proxy.check(ConfigReader.read(RunningProxy.write(pki, config("require"))));
    assertThat(check.problems()).hasSize(2);
    return check.problems().get(1).toString();
  }

  @Test
  void aListInDerIsReadToo() throws Exception {
    String body =
        pki.ca()
            .crlPem(spec -> spec.revoke(pki.client().leaf()))
            .replaceAll("-----.*-----", "")
            .strip();
    Files.write(pki.file("ca.crl"), Base64.getMimeDecoder().decode(body));
    try (RunningProxy proxy = RunningProxy.with(pki, config("require"))) {
      assertThat(openssl(proxy, "-tls1_3")).contains("alert certificate revoked");
    }
  }

  @Test
  void ofSeveralListsEachCounts() throws Exception {
    TestCa below = pki.ca().intermediate();
    TestIdentity peer = pki.write("peer", below.issue(leaf -> leaf.client()));
    Files.writeString(pki.file("below.crl"), below.crlPem(spec -> {}));
    String one = config("require");
    String both = one.replace("crl = \"ca.crl\"", "crl = [ \"ca.crl\", \"below.crl\" ]");
    String[] shown = {
      "-cert", pki.file("peer.crt").toString(),
      "-cert_chain", pki.file("peer.crt").toString(),
      "-key", pki.file("peer.key").toString()
    };
    try (RunningProxy proxy = RunningProxy.with(pki, both)) {
      assertThat(openssl(proxy, "-tls1_3", shown)).contains("200 OK");
      assertThat(openssl(proxy, "-tls1_3")).contains("200 OK");

      Files.writeString(pki.file("below.crl"), below.crlPem(spec -> spec.revoke(peer.leaf())));
      assertThat(proxy.reload().problems()).isEmpty();
      assertThat(openssl(proxy, "-tls1_3", shown)).contains("alert certificate revoked");
      assertThat(openssl(proxy, "-tls1_3")).contains("200 OK");

      Files.writeString(pki.file("below.crl"), below.crlPem(spec -> {}));
      crl(spec -> spec.revoke(below.certificate()).revoke(pki.client().leaf()));
      assertThat(proxy.reload().problems()).isEmpty();
      assertThat(openssl(proxy, "-tls1_3", shown)).contains("alert certificate revoked");
      assertThat(openssl(proxy, "-tls1_3")).contains("alert certificate revoked");

      crl(spec -> {});
      proxy.rewrite(one);
      assertThat(proxy.reload().problems()).isEmpty();
      assertThat(openssl(proxy, "-tls1_3", shown)).contains("alert bad certificate");
      assertThat(proxy.handshakeFailures("page"))
          .containsExactly(entry("certificate_revoked", 3), entry("revocation_unknown", 1));
    }
  }

  @Test
  void aStaleListRefusesAllOrNobodyAsThePolicySays() throws Exception {
    Instant now = Instant.now();
    crl(spec -> spec.validity(now.minus(Duration.ofDays(2)), now.minus(Duration.ofDays(1))));
    try (RunningProxy proxy = RunningProxy.with(pki, config("require"))) {
      assertThat(proxy.proxy().warnings())
          .extracting(Problem::setting)
          .contains("identities.default.revocation.crl");
      assertThat(openssl(proxy, "-tls1_3")).contains("alert bad certificate");
      assertThat(proxy.handshakeFailures("page")).containsExactly(entry("revocation_unknown", 1));
    }
    try (RunningProxy proxy = RunningProxy.with(pki, config("best-effort"));
        SSLSocket socket = pki.connect(pki.client(), proxy.port("web"), "TLSv1.3")) {
      exchange(socket);
    }
  }
}
