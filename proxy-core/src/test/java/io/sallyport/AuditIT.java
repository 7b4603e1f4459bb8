package io.sallyport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;

import io.sallyport.relay.CloseReason;
import io.sallyport.rig.Application;
import io.sallyport.rig.OcspResponder;
import io.sallyport.rig.Pki;
import io.sallyport.rig.Program;
import io.sallyport.rig.Program.Outcome;
import io.sallyport.rig.RecordedLog;
import io.sallyport.rig.RunningProxy;
import io.sallyport.testcerts.OcspSpec;
import io.sallyport.testcerts.TestCa;
import io.sallyport.testcerts.TestIdentity;
import java.io.IOException;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code enforce = false}: rules tell of those whom they would refuse. */
final class AuditIT {

  private static final String CONFIG =
      """
      reload.interval = off
      inbound.web {
        listen = "127.0.0.1:0", forward = "%s", client-auth = request
        allow = [ { uri = "spiffe://test/client" } ], enforce = false
      }
      """;

  private final Pki pki;
  private final Application application;
  private final RecordedLog log = RecordedLog.start();
  private final RunningProxy proxy;

  AuditIT(@TempDir Path folder) throws IOException {
    pki = new Pki(folder);
    application = Application.echo();
    proxy = RunningProxy.with(pki, CONFIG.formatted(application.address()));
  }

  @AfterEach
  void stop() throws IOException {
    proxy.close();
    application.close();
    log.close();
  }

  private static void exchange(Socket socket) throws IOException {
    socket.getOutputStream().write('x');
    assertThat(socket.getInputStream().read()).isEqualTo('x');
  }

  private SSLSocket connect(@Nullable TestIdentity who, String version) throws IOException {
    return pki.connect(who, proxy.port("web"), version);
  }

  private double audited(String reason) {
    return proxy.metric(
        "sallyport_audited_denials_total{listener=\"web\",reason=\"" + reason + "\"}");
  }

  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
  void whomNoRuleAllowsComesInAndIsToldOf(String version) throws Exception {
    TestIdentity other = pki.issue("other", leaf -> leaf.uri("spiffe://test/other"));
    try (SSLSocket allowed = connect(pki.client(), version);
        SSLSocket notAllowed = connect(other, version);
        SSLSocket without = connect(null, version)) {
      exchange(allowed);
      exchange(notAllowed);
      exchange(without);
    }

    assertThat(log.lines("let in, since the rules are not enforced"))
        .satisfiesExactly(
            line ->
                assertThat(line.fields())
                    .contains(
                        entry("cause", "no_rule_matched"), entry("peer", "spiffe://test/other")),
            line ->
                assertThat(line.fields())
                    .contains(entry("cause", "no_certificate"))
                    .doesNotContainKey("peer"));
    assertThat(audited("no_rule_matched")).isOne();
    assertThat(audited("no_certificate")).isOne();
    assertThat(proxy.metric("sallyport_denials_total{listener=\"web\",reason=\"no_certificate\"}"))
        .isZero();
  }

  @Test
  void whoHasNoCertificateIsClosedWhenOneIsRequired() throws Exception {
    TestIdentity other = pki.issue("other", leaf -> leaf.uri("spiffe://test/other"));
    try (SSLSocket without = connect(null, "TLSv1.3");
        SSLSocket notAllowed = connect(other, "TLSv1.3")) {
      exchange(without);
      exchange(notAllowed);
      proxy.rewrite(CONFIG.formatted(application.address()).replace("request", "require"));

      assertThat(proxy.reload()).isEqualTo(new Reload(List.of(), 1, 1));

      proxy.awaitClosed("web", CloseReason.NO_LONGER_ALLOWED, 1);
      exchange(notAllowed);
    }
  }

  /** By openssl, since Java shows no certificate that it thinks nobody wants. */
  private Outcome show(String name, String version) {
    List<String> command = List.of(Program.installed("openssl"), "s_client", version, "-ign_eof");
    List<String> more =
        List.of(
            "-connect",
            "127.0.0.1:" + proxy.port("web"),
            "-cert",
            pki.file(name + ".crt").toString(),
            "-key",
            pki.file(name + ".key").toString());
    try (Program client = Program.start(Stream.concat(command.stream(), more.stream()).toList())) {
      return client.awaitEnd();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"-tls1_2", "-tls1_3"})
  void aBadCertificateIsNeverForgiven(String version) throws Exception {
    pki.issue("expired", leaf -> leaf.uri("spiffe://test/client").expired());
    pki.write("foreign", TestCa.create().issue(leaf -> leaf.uri("spiffe://test/client")));

    assertThat(show("expired", version).output()).contains("alert certificate expired");
    assertThat(show("foreign", version).output()).contains("alert unknown ca");

    assertThat(proxy.handshakeFailures("web"))
        .containsExactly(entry("certificate_expired", 1), entry("unknown_ca", 1));
    assertThat(application.accepted()).isZero();
  }

  @ParameterizedTest
  @ValueSource(strings = {"-tls1_2", "-tls1_3"})
  void aRevokedCertificateIsNeverForgiven(String version) throws Exception {
    try (OcspResponder responder = OcspResponder.of(pki.ca())) {
      TestIdentity revoked =
          pki.issue("revoked", leaf -> leaf.uri("spiffe://test/client").ocsp(responder.url()));
      responder.says(revoked.leaf(), OcspSpec::revoked);
      Files.writeString(pki.file("ca.crl"), pki.ca().crlPem(list -> list.revoke(revoked.leaf())));
      for (String way : List.of("crl = ca.crl", "ocsp.policy = require")) {
        proxy.rewrite(
            "defaults.identity.revocation { %s }\n".formatted(way)
                + CONFIG.formatted(application.address()));
        assertThat(proxy.reload().problems()).isEmpty();

        assertThat(show("revoked", version).output()).contains("alert certificate revoked");
      }

      assertThat(responder.asked()).isPositive();
      assertThat(proxy.handshakeFailures("web")).containsExactly(entry("certificate_revoked", 2));
      assertThat(audited("no_rule_matched")).isZero();
      assertThat(application.accepted()).isZero();
    }
  }

  @Test
  void oncePutInForceTheRulesEndWhatTheyDidNotAllow() throws Exception {
    TestIdentity other = pki.issue("other", leaf -> leaf.uri("spiffe://test/other"));
    try (SSLSocket allowed = connect(pki.client(), "TLSv1.3");
        SSLSocket notAllowed = connect(other, "TLSv1.3");
        SSLSocket without = connect(null, "TLSv1.3")) {
      exchange(allowed);
      exchange(notAllowed);
      exchange(without);
      assertThat(proxy.reload()).isEqualTo(new Reload(List.of(), 0, 0));
      proxy.rewrite(CONFIG.formatted(application.address()).replace(", enforce = false", ""));

      assertThat(proxy.reload()).isEqualTo(new Reload(List.of(), 1, 2));

      exchange(allowed);
    }
  }
}
