package io.sallyport;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.entry;

import io.sallyport.config.Problem;
import io.sallyport.relay.CloseReason;
import io.sallyport.rig.Application;
import io.sallyport.rig.Pki;
import io.sallyport.rig.Program;
import io.sallyport.rig.RecordedLog;
import io.sallyport.rig.RunningProxy;
import io.sallyport.testcerts.CrlSpec;
import io.sallyport.testcerts.LeafSpec;
import io.sallyport.testcerts.TestCa;
import io.sallyport.testcerts.TestIdentity;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** SPIFFE trust domains kept apart: a CA of one does not vouch for another. */
final class TrustDomainsIT {

  private static final String CONFIG =
      """
      reload.interval = off
      identities.default.trust-domains {
        "prod.test" = "prod.crt", "partner.test" = "partner.crt"
      }
      defaults.inbound { listen = "127.0.0.1:0", forward = "%s", allow = any-trusted }
      inbound.web {}
      inbound.own { trust = "prod.crt" }
      inbound.dns { allow = [ { dns = "db.prod.test" } ] }
      inbound.cn { allow = [ { cn = "db" } ] }
      inbound.id { allow = [ { spiffe = "spiffe://partner.test/a", cn = "db" }, { uri = "spiffe://partner.test/b" } ] }
      outbound.db {
        listen = "127.0.0.1:0", connect = "db.prod.test:1", identity = default
      }
      """;

  private final Pki pki;

  /** All of one name, as the CAs of many deployments are. */
  private final TestCa prod = TestCa.create(ca -> ca.name("SPIRE"));

  private final TestCa partner = TestCa.create(ca -> ca.name("SPIRE"));
  private final Application application;
  private final String config;
  private final RunningProxy proxy;

  TrustDomainsIT(@TempDir Path folder) throws IOException {
    pki = new Pki(folder);
    Files.writeString(pki.file("prod.crt"), prod.certificatePem());
    Files.writeString(pki.file("partner.crt"), partner.certificatePem());
    application = Application.echo();
    config = CONFIG.formatted(application.address());
    proxy = RunningProxy.with(pki, config);
  }

  @AfterEach
  void stop() throws IOException {
    proxy.close();
    application.close();
  }

  private int port() {
    return proxy.port("web");
  }

  private TestCa ca(String name) {
    return switch (name) {
      case "prod" -> prod;
      case "partner" -> partner;
      default -> pki.ca();
    };
  }

  /** By openssl, which shows a certificate that the server's list of CAs does not name. */
  private String answer(TestCa ca, Consumer<LeafSpec> leaf, String version) throws IOException {
    return answer(ca.issue(leaf), version);
  }

  private String answer(TestIdentity peer, String version) throws IOException {
    return answer("web", peer, version);
  }

  private String answer(String listener, TestIdentity peer, String version) throws IOException {
    pki.write("peer", peer);
    List<String> command =
        new ArrayList<>(
            List.of(
                Program.installed("openssl"),
                "s_client",
                version,
                "-connect",
                "127.0.0.1:" + proxy.port(listener),
                "-cert",
                pki.file("peer.crt").toString(),
                "-key",
                pki.file("peer.key").toString()));
    if (peer.chain().size() > 1) {
      command.addAll(List.of("-cert_chain", pki.file("peer.crt").toString()));
    }
    try (Program client = Program.start(command)) {
      client.send("echo this\n");
      String line =
          client.awaitLine(each -> each.endsWith("echo this") || each.contains("SSL alert"));
      return line.contains("SSL alert") ? line.replaceAll(".*alert number ", "alert ") : "in";
    }
  }

  @ParameterizedTest
  @CsvSource({
    "prod,    spiffe://prod.test/a,      in",
    "partner, spiffe://partner.test/a,   in",
    "partner, spiffe://prod.test/a,      alert 48",
    "prod,    spiffe://partner.test/a,   alert 48",
    "other,   spiffe://prod.test/a,      alert 48",
    "other,   spiffe://elsewhere.test/a, alert 48",
    "prod,    spiffe://elsewhere.test/a, alert 48",
    "other,   https://prod.test/a,       in",
    "prod,    https://prod.test/a,       alert 48",
    "prod,    spiffe://PROD.test/a,      alert 42",
    "prod,    SPIFFE://prod.test/a,      alert 42",
    "prod,    spiffe://prod.test,        alert 42",
    "prod,    spiffe://prod.test/a/../b, alert 42",
    "other,   spiffe://prod.test:1/a,    alert 42"
  })
  void aCaVouchesForItsOwnTrustDomainAndNothingElse(String ca, String uri, String answer)
      throws Exception {
    assertThat(answer(ca(ca), leaf -> leaf.uri(uri), "-tls1_2")).isEqualTo(answer);
    assertThat(answer(ca(ca), leaf -> leaf.uri(uri), "-tls1_3")).isEqualTo(answer);
  }

  /** X509-SVID §5.2, which no rule has to repeat: here everybody trusted is let in. */
  @ParameterizedTest
  @ValueSource(strings = {"a CA", "keyCertSign", "cRLSign"})
  void aCertificateThatMayStandAboveOthersShowsNoId(String right) throws Exception {
    byte[] mayAlsoSign = {3, 2, 1, (byte) (right.equals("cRLSign") ? 0x82 : 0x84)};
    Consumer<LeafSpec> above =
        right.equals("a CA")
            ? LeafSpec::ca
            : leaf -> leaf.extension("2.5.29.15", true, mayAlsoSign);

    assertThat(answer(prod, above.andThen(leaf -> leaf.uri("spiffe://prod.test/a")), "-tls1_3"))
        .isEqualTo("alert 42");
  }

  @Test
  void whoHasNoSpiffeIdIsVouchedForByTrustAlone() throws Exception {
    assertThat(answer(pki.ca(), leaf -> leaf.dns("a.test"), "-tls1_3")).isEqualTo("in");
    assertThat(answer(prod, leaf -> leaf.dns("a.test"), "-tls1_3")).isEqualTo("alert 48");
  }

  @Test
  void aListenersOwnTrustIsInThePlaceOfTrustAlone() throws Exception {
    assertThat(answer("own", prod.issue(leaf -> leaf.dns("a.test")), "-tls1_3")).isEqualTo("in");
    assertThat(answer("own", partner.issue(leaf -> leaf.uri("spiffe://partner.test/a")), "-tls1_3"))
        .isEqualTo("in");
    assertThat(answer("own", prod.issue(leaf -> leaf.uri("spiffe://partner.test/a")), "-tls1_3"))
        .isEqualTo("alert 48");
  }

  /** Else a CA could put another domain's names beside an ID of its own. */
  @Test
  void besideAnIdNoOtherNameCounts() throws Exception {
    Consumer<LeafSpec> names = leaf -> leaf.cn("db").dns("db.prod.test");
    TestIdentity partners =
        partner.issue(names.andThen(leaf -> leaf.uri("spiffe://partner.test/a")));
    TestIdentity ours = pki.ca().issue(names);
    TestIdentity marked = pki.ca().issue(names.andThen(leaf -> leaf.uri("https://partner.test/a")));

    for (String version : List.of("-tls1_2", "-tls1_3")) {
      for (String listener : List.of("dns", "cn")) {
        assertThat(answer(listener, partners, version)).isEqualTo("alert 40");
        assertThat(answer(listener, ours, version)).isEqualTo("in");
        assertThat(answer(listener, marked, version)).isEqualTo("in");
      }
      assertThat(answer("id", partners, version)).isEqualTo("alert 40");
      assertThat(answer("id", partner.issue(leaf -> leaf.uri("spiffe://partner.test/b")), version))
          .isEqualTo("in");
    }
    assertThat(outbound(partners)).startsWith("outbound.db as db.prod.test: would be refused");
    assertThat(outbound(ours)).startsWith("outbound.db as db.prod.test: would get in");
  }

  /** A thousand names are read, and the ID behind them is the one that its CA vouched by. */
  @Test
  void noOtherNameCountsBesideAnIdThatStandsBehindAThousand() throws Exception {
    String[] names = IntStream.range(0, 1000).mapToObj(i -> "h" + i).toArray(String[]::new);
    names[500] = "db.prod.test";
    TestIdentity crowded =
        partner.issue(leaf -> leaf.cn("db").dns(names).uri("spiffe://partner.test/a"));

    for (String listener : List.of("dns", "cn")) {
      assertThat(answer(listener, crowded, "-tls1_3")).isEqualTo("alert 40");
    }
    assertThat(outbound(crowded)).startsWith("outbound.db as db.prod.test: would be refused");
  }

  /** Of a length that BER has and DER has not, so that one reader finds names and another none. */
  @ParameterizedTest
  @ValueSource(strings = {"partner", "other"})
  void alternativeNamesThatTwoReadersMayReadDifferentlyAreRefused(String ca) throws Exception {
    byte[] uri = "spiffe://partner.test/a".getBytes(US_ASCII);
    byte[] san = new byte[uri.length + 6];
    System.arraycopy(new byte[] {0x30, (byte) 0x80, (byte) 0x86, (byte) uri.length}, 0, san, 0, 4);
    System.arraycopy(uri, 0, san, 4, uri.length);
    TestIdentity odd = ca(ca).issue(leaf -> leaf.cn("db").rawSan(san));

    for (String listener : List.of("web", "cn")) {
      assertThat(answer(listener, odd, "-tls1_3")).isEqualTo("alert 42");
    }
  }

  private String outbound(TestIdentity peer) throws Exception {
    return Proxy.judge(Proxy.read(RunningProxy.write(pki, config)), peer.chain()).stream()
        .map(PeerAnswer::toString)
        .filter(line -> line.startsWith("outbound.db"))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void whoCameInByANameEndsWhenTrustDomainsAreKeptApart() throws Exception {
    Consumer<LeafSpec> db = leaf -> leaf.dns("db.prod.test").uri("spiffe://partner.test/a");
    proxy.rewrite(
        config.replaceAll("(?s)identities.default.trust-domains \\{.*?\\}", "")
            + "identities.default.trust = [ \"ca.crt\", \"partner.crt\" ]");
    assertThat(proxy.reload().problems()).isEmpty();
    try (SSLSocket open = pki.connect(partner.issue(db), proxy.port("dns"), "TLSv1.3")) {
      exchange(open);
      proxy.rewrite(config);

      assertThat(proxy.reload().problems()).isEmpty();

      proxy.awaitClosed("dns", CloseReason.NO_LONGER_ALLOWED, 1);
    }
  }

  /** A SAN at which the JDK throws, of a kind that it reads late. */
  @ParameterizedTest
  @ValueSource(strings = {"-tls1_2", "-tls1_3"})
  void anAlternativeNameThatCannotBeReadIsThePeersFault(String version) throws Exception {
    byte[] holes = new byte[36];
    System.arraycopy(new byte[] {0x30, 34, (byte) 0x87, 32}, 0, holes, 0, 4);
    holes[20] = (byte) 0xff;
    holes[22] = (byte) 0xff;
    TestIdentity odd = pki.ca().issue(leaf -> leaf.rawSan(holes));

    assertThat(answer("web", odd, version)).isEqualTo("alert 42");
    assertThat(proxy.handshakeFailures("web")).containsExactly(entry("bad_certificate", 1));
  }

  @Test
  void anIdBesideAnotherUriIsNone() throws Exception {
    assertThat(
            answer(
                prod,
                leaf -> leaf.uri("spiffe://prod.test/a").uri("spiffe://partner.test/a"),
                "-tls1_3"))
        .isEqualTo("alert 42");
    assertThat(
            answer(
                prod, leaf -> leaf.uri("https://prod.test").uri("spiffe://prod.test/a"), "-tls1_3"))
        .isEqualTo("alert 42");
  }

  @Test
  void aSubordinateCaHasNoMoreRightThanTheOneAboveIt() throws Exception {
    TestCa below = partner.intermediate();

    assertThat(answer(below, leaf -> leaf.uri("spiffe://partner.test/a"), "-tls1_3"))
        .isEqualTo("in");
    assertThat(answer(below, leaf -> leaf.uri("spiffe://prod.test/a"), "-tls1_3"))
        .isEqualTo("alert 48");
  }

  @Test
  void theLogSaysForWhichDomainNobodyVouched() throws Exception {
    try (RecordedLog log = RecordedLog.start()) {
      answer(partner, leaf -> leaf.uri("spiffe://prod.test/a"), "-tls1_3");

      assertThat(log.connections("web", 1).get(0).fields())
          .contains(
              entry("cause", "unknown_ca"),
              entry("detail", "no path to a trusted CA of the trust domain prod.test"));
    }
  }

  private SSLSocket open(TestCa ca, String uri) throws IOException {
    SSLSocket open = pki.connect(ca.issue(leaf -> leaf.uri(uri)), port(), "TLSv1.3");
    exchange(open);
    return open;
  }

  private static void exchange(SSLSocket open) throws IOException {
    open.getOutputStream().write('x');
    assertThat(open.getInputStream().read()).isEqualTo('x');
  }

  @Test
  void whatIsOpenEndsWhenItsCaIsOfAnotherDomainNow() throws Exception {
    try (SSLSocket ours = open(prod, "spiffe://prod.test/a");
        SSLSocket theirs = open(partner, "spiffe://partner.test/a");
        SSLSocket nameless =
            pki.connect(pki.issue("b", leaf -> leaf.dns("b")), port(), "TLSv1.3")) {
      exchange(nameless);
      proxy.rewrite(config.replace("\"partner.test\" =", "\"elsewhere.test\" ="));

      assertThat(proxy.reload()).isEqualTo(new Reload(List.of(), 6, 1));

      proxy.awaitClosed("web", CloseReason.NO_LONGER_TRUSTED, 1);
      assertThatThrownBy(() -> exchange(theirs)).isInstanceOf(IOException.class);
      exchange(ours);
      exchange(nameless);
    }
  }

  @Test
  void aBundleOfOneDomainMayChangeAndABadOneChangesNothing() throws Exception {
    TestCa next = TestCa.create(ca -> ca.name("SPIRE"));
    Consumer<LeafSpec> theirId = leaf -> leaf.uri("spiffe://partner.test/a");
    String whole = partner.certificatePem();
    try (SSLSocket ours = open(prod, "spiffe://prod.test/a");
        SSLSocket theirs = open(partner, "spiffe://partner.test/a")) {
      for (String bad : List.of("", "no PEM", whole + whole.substring(0, whole.length() / 2))) {
        Files.writeString(pki.file("partner.crt"), bad);

        assertThat(proxy.reload().problems())
            .extracting(Problem::setting)
            .containsExactly("identities.default.trust-domains.partner.test");
        exchange(theirs);
        assertThat(answer(partner, theirId, "-tls1_3")).isEqualTo("in");
        assertThat(answer(next, theirId, "-tls1_3")).isEqualTo("alert 48");
      }
      assertThat(proxy.metric("sallyport_reloads_total{result=\"failure\",what=\"trust\"}"))
          .isEqualTo(3);
      Files.writeString(pki.file("partner.crt"), next.certificatePem());

      assertThat(proxy.reload()).isEqualTo(new Reload(List.of(), 6, 1));

      proxy.awaitClosed("web", CloseReason.NO_LONGER_TRUSTED, 1);
      assertThat(answer(next, theirId, "-tls1_3")).isEqualTo("in");
      exchange(ours);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"prod", "partner"})
  void aCrlCountsForTheCaThatSignedItThoughBothHaveOneName(String revoking) throws Exception {
    Consumer<LeafSpec> prods = leaf -> leaf.uri("spiffe://prod.test/a");
    Consumer<LeafSpec> partners = leaf -> leaf.uri("spiffe://partner.test/a");
    TestIdentity revoked = ca(revoking).issue(revoking.equals("prod") ? prods : partners);
    Consumer<CrlSpec> nobody = crl -> {};
    Consumer<CrlSpec> one = crl -> crl.revoke(revoked.leaf());
    Files.writeString(
        pki.file("all.crl"),
        prod.crlPem(revoking.equals("prod") ? one : nobody)
            + partner.crlPem(revoking.equals("partner") ? one : nobody));
    proxy.rewrite(config + "identities.default.revocation.crl = \"all.crl\"");

    assertThat(proxy.reload().problems()).isEmpty();

    assertThat(answer(revoked, "-tls1_3")).isEqualTo("alert 44");
    assertThat(answer(prod, prods, "-tls1_3")).isEqualTo("in");
    assertThat(answer(partner, partners, "-tls1_3")).isEqualTo("in");
  }
}
