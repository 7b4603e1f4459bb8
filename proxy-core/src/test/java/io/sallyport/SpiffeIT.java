package io.sallyport;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.grpc.Status;
import io.sallyport.config.InvalidConfig;
import io.sallyport.config.Problem;
import io.sallyport.relay.CloseReason;
import io.sallyport.rig.Application;
import io.sallyport.rig.Eventually;
import io.sallyport.rig.Pki;
import io.sallyport.rig.RecordedLog;
import io.sallyport.rig.RunningProxy;
import io.sallyport.rig.SpiffeAgent;
import io.sallyport.rig.SvidMessage;
import io.sallyport.rig.Transports;
import io.sallyport.testcerts.CrlSpec;
import io.sallyport.testcerts.LeafSpec;
import io.sallyport.testcerts.TestCa;
import io.sallyport.testcerts.TestIdentity;
import java.io.IOException;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** An identity from the SPIFFE Workload API, whose agent is grpc-java. */
final class SpiffeIT {

  private static final String ID = "spiffe://test/server";

  private static final String GONE =
      "the SPIFFE Workload API gives nothing now; what it gave last serves on";

  private final Pki pki;
  private final SpiffeAgent agent;
  private final Application application = Application.echo();
  private final RecordedLog log = RecordedLog.start();
  private final String config;

  SpiffeIT(@TempDir Path folder) throws IOException {
    Transports.assumeAvailable("epoll"); // which the agent needs
    pki = new Pki(folder);
    agent = new SpiffeAgent(folder.resolve("agent.sock"));
    config =
        """
        identities.svid.spiffe.socket = "%s"
        defaults.identity.spiffe.timeout = 20s
        reload.interval = off
        inbound.web {
          listen = "127.0.0.1:0", forward = "%s", identity = svid
          allow = [ { uri = "spiffe://test/client" }, { uri = "spiffe://partner/*" } ]
        }
        """
            .formatted(agent.address(), application.address());
  }

  @AfterEach
  void stop() throws IOException {
    agent.close();
    application.close();
    log.close();
  }

  private SvidMessage server() {
    return SvidMessage.of(ID, pki.server(), pki.ca());
  }

  private TestIdentity another() {
    return pki.ca().issue(leaf -> leaf.uri(ID));
  }

  private SSLSocket connect(RunningProxy proxy, TestIdentity peer) throws IOException {
    return pki.connect(peer, proxy.port("web"), "TLSv1.3");
  }

  private static void echoes(SSLSocket client) throws IOException {
    client.getOutputStream().write("hello\n".getBytes(US_ASCII));
    assertThat(client.getInputStream().readNBytes(6)).isEqualTo("hello\n".getBytes(US_ASCII));
  }

  /** The certificate that a new connection is shown, by which it was answered. */
  private X509Certificate shown(RunningProxy proxy) throws IOException {
    try (SSLSocket client = connect(proxy, pki.client())) {
      echoes(client);
      return (X509Certificate) client.getSession().getPeerCertificates()[0];
    }
  }

  private void awaitShown(RunningProxy proxy, TestIdentity svid) {
    Eventually.holds(
        "the new SVID is shown",
        () -> {
          try {
            return shown(proxy).equals(svid.leaf());
          } catch (IOException e) {
            throw new IllegalStateException(e);
          }
        });
  }

  private boolean isIn(RunningProxy proxy, TestIdentity peer) {
    try (SSLSocket client = connect(proxy, peer)) {
      echoes(client);
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  @Test
  void servesByWhatTheAgentGivesAndShowsWhereItIsFrom() throws Exception {
    agent.give(server());
    try (RunningProxy proxy = RunningProxy.with(pki, config)) {
      assertThat(shown(proxy)).isEqualTo(pki.server().leaf());

      String socket = "\"" + agent.address() + "\"";
      assertThat(proxy.get("/certs").body()).contains("\"source\":" + socket);
      assertThat(proxy.get("/status").body()).contains("\"source\":" + socket);
      assertThat(proxy.get("/config").body())
          .contains("identities.svid.spiffe.socket")
          .contains(socket)
          .contains("identities.svid.spiffe.timeout");
      assertThat(agent.calls()).isEqualTo(1);
      assertThat(log.faults()).noneMatch(line -> line.logger().startsWith("io.sallyport"));
    }
    Eventually.holds("it hangs up when it stops", () -> agent.open() == 0);
  }

  @ParameterizedTest
  @ValueSource(strings = {"epoll", "io_uring", "nio"})
  void overEveryTransportAnAgentIsAskedAndItsEndNoticed(String transport) throws Exception {
    Transports.assumeAvailable(transport);
    agent.give(server());
    try (RunningProxy proxy = RunningProxy.with(pki, config + "transport = " + transport)) {
      assertThat(shown(proxy)).isEqualTo(pki.server().leaf());
      TestIdentity renewed = another();
      agent.stop();
      Eventually.holds("it is told", () -> !log.lines(GONE).isEmpty());

      agent.give(SvidMessage.of(ID, renewed, pki.ca())).startAgain();

      awaitShown(proxy, renewed);
    }
    Eventually.holds("it hangs up when it stops", () -> agent.open() == 0);
  }

  @Test
  void waitsForAnEntryThatReachesTheAgentLater() throws Exception {
    CompletableFuture<RunningProxy> starting =
        CompletableFuture.supplyAsync(() -> RunningProxy.with(pki, config));
    Eventually.holds("it asks again", () -> agent.calls() > 1);
    assertThat(starting).isNotDone();

    agent.give(server());

    try (RunningProxy proxy = starting.join()) {
      assertThat(shown(proxy)).isEqualTo(pki.server().leaf());
    }
    assertThat(log.lines("the SPIFFE Workload API gives no identity yet; it is asked again"))
        .singleElement()
        .satisfies(
            line -> {
              assertThat(line.field("reason")).isEqualTo("permission_denied");
              assertThat(line.field("detail"))
                  .isEqualTo("said PERMISSION_DENIED: no identity issued");
            });
  }

  @Test
  void waitsForAnAgentThatStartsLater() throws Exception {
    agent.stop();
    CompletableFuture<RunningProxy> starting =
        CompletableFuture.supplyAsync(() -> RunningProxy.with(pki, config));
    Eventually.holds(
        "it has found nobody",
        () ->
            !log.lines("the SPIFFE Workload API gives no identity yet; it is asked again")
                .isEmpty());

    agent.give(server()).startAgain();

    try (RunningProxy proxy = starting.join()) {
      assertThat(shown(proxy)).isEqualTo(pki.server().leaf());
    }
  }

  /** As text, without the place. */
  private List<String> problems(String hocon) throws InvalidConfig {
    return Proxy.check(Proxy.read(RunningProxy.write(pki, hocon))).problems().stream()
        .map(problem -> problem.toString().replaceAll(" \\(proxy.*?\\)", ""))
        .toList();
  }

  @Test
  void givesUpInTheAgentsWordsWhenTheTimeIsOver() throws Exception {
    agent.refuse(Status.PERMISSION_DENIED.withDescription("no identity\r\nissued %41 é"));

    assertThat(problems(config + "identities.svid.spiffe.timeout = 3s"))
        .containsExactly(
            "identities.svid.spiffe: "
                + agent.address()
                + " said PERMISSION_DENIED: no identity??issued %41 ?; register this workload with"
                + " the agent's server, by what the agent sees of it");
    Path file = RunningProxy.write(pki, config + "identities.svid.spiffe.timeout = 3s");
    assertThatThrownBy(() -> Proxy.start(() -> Proxy.read(file), "test").close())
        .isInstanceOf(InvalidConfig.class)
        .hasMessageContaining("said PERMISSION_DENIED");
  }

  @Test
  void givesUpWhereThereIsNoAgent() throws Exception {
    Path file = Files.writeString(pki.file("file"), "no socket");
    String text = config + "identities.svid.spiffe { timeout = 3s, socket = \"unix:%s\" }";

    assertThat(problems(text.formatted(pki.file("nothing"))))
        .containsExactly(
            "identities.svid.spiffe: unix:"
                + pki.file("nothing")
                + " does not exist; check the path, that the agent runs, and that its socket is"
                + " mounted here");
    assertThat(problems(text.formatted(file)))
        .containsExactly(
            "identities.svid.spiffe: unix:"
                + file
                + " is no socket; name the agent's socket; unix:/PATH, not its folder");
  }

  @Test
  void whatIsWrongElseIsToldWithoutWaitingForTheAgent() throws Exception {
    List<String> told =
        problems(config + "identities.other { certificate = \"no.crt\", key = \"no.key\" }");

    assertThat(told).hasSize(2).allMatch(line -> line.startsWith("identities.other."));
    assertThat(agent.calls()).isZero();
  }

  @Test
  void anotherSvidIsShownAtOnceAndOpenConnectionsStay() throws Exception {
    agent.give(server());
    try (RunningProxy proxy = RunningProxy.with(pki, config);
        SSLSocket before = connect(proxy, pki.client())) {
      echoes(before);
      TestIdentity renewed = another();

      agent.give(SvidMessage.of(ID, renewed, pki.ca()));

      awaitShown(proxy, renewed);
      echoes(before);
      assertThat(proxy.metric("sallyport_reloads_total{result=\"success\",what=\"identity\"}"))
          .isEqualTo(1);
      assertThat(agent.calls()).isEqualTo(1);
    }
  }

  /** What is wrong with an answer, and what is said of it. */
  private Map<String, Map.Entry<SvidMessage, String>> bad() {
    byte[] chain = SvidMessage.der(another().chain());
    byte[] key = another().key().getEncoded();
    byte[] bundle = SvidMessage.der(List.of(pki.ca().certificate()));
    byte[] cut = Arrays.copyOf(chain, chain.length - 1);
    return Map.of(
        "no SVID", Map.entry(new SvidMessage(), "gave no SVID"),
        "key of another",
            Map.entry(
                new SvidMessage().svid(ID, chain, key, bundle),
                "key does not belong to certificate"),
        "cut certificate",
            Map.entry(
                new SvidMessage().svid(ID, cut, key, bundle),
                "certificate 1 in the certificate of SVID 1 of the Workload API cannot be parsed"),
        "cut bundle",
            Map.entry(
                new SvidMessage().svid(ID, chain, key, Arrays.copyOf(bundle, bundle.length - 9)),
                "certificate 1 in the bundle of the trust domain test cannot be parsed"),
        "expired", Map.entry(of(leaf -> leaf.uri(ID).expired()), "certificate expired at"),
        "two URIs", Map.entry(of(leaf -> leaf.uri(ID, "spiffe://test/b")), "has 2 URIs"),
        "other ID",
            Map.entry(
                of(leaf -> leaf.uri("spiffe://test/other")), "is that of spiffe://test/other"),
        "a CA", Map.entry(of(leaf -> leaf.uri(ID).ca()), "may sign certificates or CRLs"),
        "no bundle",
            Map.entry(
                new SvidMessage().svid(ID, chain, key, new byte[0]),
                "no CA of the trust domain test"),
        "no message",
            Map.entry(new SvidMessage().field(out -> out.writeFixed32NoTag(-1)), "cannot be read"));
  }

  private SvidMessage of(Consumer<LeafSpec> leaf) {
    return SvidMessage.of(ID, pki.ca().issue(leaf), pki.ca());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "no SVID",
        "key of another",
        "cut certificate",
        "cut bundle",
        "expired",
        "two URIs",
        "other ID",
        "a CA",
        "no bundle",
        "no message"
      })
  void aBadAnswerChangesNothingAndIsTold(String what) throws Exception {
    Map.Entry<SvidMessage, String> bad = Objects.requireNonNull(bad().get(what));
    agent.give(server());
    try (RunningProxy proxy = RunningProxy.with(pki, config);
        SSLSocket before = connect(proxy, pki.client())) {
      echoes(before);

      agent.give(bad.getKey());

      Eventually.holds("/readyz tells", () -> proxy.get("/readyz").body().contains(bad.getValue()));
      assertThat(proxy.get("/readyz").statusCode()).isEqualTo(200);
      assertThat(proxy.get("/readyz").body()).contains("reload failed: identities.svid.spiffe");
      assertThat(log.lines("reload failed; what served before serves on")).hasSize(1);
      assertThat(proxy.metric("sallyport_reloads_total{result=\"failure\",what=\"identity\"}"))
          .isEqualTo(1);
      echoes(before);
      assertThat(shown(proxy)).isEqualTo(pki.server().leaf());

      TestIdentity good = another();
      agent.give(SvidMessage.of(ID, good, pki.ca()));

      awaitShown(proxy, good);
      Eventually.holds(
          "/readyz is silent", () -> !proxy.get("/readyz").body().contains("reload failed"));
    }
  }

  /** What is wrong with a file stays told, whatever agents give. */
  @Test
  void anAnswerEndsNoProblemOfAFile() throws Exception {
    agent.give(server());
    Files.writeString(pki.file("more.crt"), pki.ca().certificatePem());
    String more =
        config
            + """
            identities."svid.spiffe" { certificate = server.crt, key = server.key, trust = more.crt }
            inbound.more {
              listen = "127.0.0.1:0", forward = "127.0.0.1:1", identity = "svid.spiffe"
              allow = any-trusted
            }
            """;
    try (RunningProxy proxy = RunningProxy.with(pki, more)) {
      Files.writeString(pki.file("more.crt"), "none");
      assertThat(proxy.reload().problems())
          .extracting(Problem::setting)
          .containsExactly("identities.svid.spiffe.trust");
      TestIdentity renewed = another();

      agent.give(SvidMessage.of(ID, renewed, pki.ca()));

      awaitShown(proxy, renewed);
      assertThat(proxy.get("/readyz").body())
          .contains("reload failed: identities.svid.spiffe.trust");
    }
  }

  @Test
  void aBadFirstAnswerKeepsFromStarting() throws Exception {
    agent.give(of(leaf -> leaf.uri(ID, "spiffe://test/b")));

    assertThat(problems(config))
        .containsExactly(
            "identities.svid.spiffe: the SVID of "
                + ID
                + " has 2 URIs, and must have one; see the"
                + " log of the agent");
  }

  /** A bundle vouches for the IDs of its domain, and its peers go when it does. */
  @Test
  void peersOfAFederatedTrustDomainComeAndGoWithItsBundle() throws Exception {
    TestCa partner = TestCa.create(ca -> ca.name("partner"));
    TestIdentity theirs = partner.issue(leaf -> leaf.uri("spiffe://partner/a"));
    TestIdentity impostor = partner.issue(leaf -> leaf.uri("spiffe://test/client"));
    agent.give(server());
    try (RunningProxy proxy = RunningProxy.with(pki, config)) {
      assertThat(isIn(proxy, theirs)).isFalse();

      agent.give(server().federated("spiffe://partner", partner));

      Eventually.holds("they come in", () -> isIn(proxy, theirs));
      assertThat(isIn(proxy, impostor)).isFalse();
      assertThat(isIn(proxy, pki.ca().issue(leaf -> leaf.uri("spiffe://partner/a")))).isFalse();
      assertThat(proxy.metric("sallyport_reloads_total{result=\"success\",what=\"trust\"}"))
          .isEqualTo(1);
      try (SSLSocket open = connect(proxy, theirs);
          SSLSocket ours = connect(proxy, pki.client())) {
        echoes(open);
        echoes(ours);

        agent.give(server());

        proxy.awaitClosed("web", CloseReason.NO_LONGER_TRUSTED, 1);
        echoes(ours);
        assertThat(isIn(proxy, theirs)).isFalse();
      }
    }
  }

  @Test
  void whomACrlOfTheAgentsNamesIsRefusedAndNobodyElse() throws Exception {
    TestIdentity other = pki.ca().issue(leaf -> leaf.uri("spiffe://test/client"));
    TestCa partner = TestCa.create(ca -> ca.name("partner"));
    TestIdentity theirs = partner.issue(leaf -> leaf.uri("spiffe://partner/a"));
    Consumer<CrlSpec> revoking = crl -> crl.revoke(pki.client().leaf());
    SvidMessage answer = server().federated("spiffe://partner", partner);
    agent.give(answer);
    try (RunningProxy proxy = RunningProxy.with(pki, config);
        SSLSocket open = connect(proxy, pki.client())) {
      echoes(open);

      agent.give(answer.crl(der(pki.ca().crlPem(revoking))));

      proxy.awaitClosed("web", CloseReason.CERTIFICATE_REVOKED, 1);
      assertThat(isIn(proxy, pki.client())).isFalse();
      assertThat(isIn(proxy, other)).isTrue();
      assertThat(isIn(proxy, theirs)).isTrue();
    }
  }

  private static byte[] der(String pem) {
    return Base64.getMimeDecoder().decode(pem.replaceAll("-----.*?-----", ""));
  }

  @Test
  void anAgentThatGoesIsAskedAgainAndWhatItGaveServesMeanwhile() throws Exception {
    agent.give(server());
    try (RunningProxy proxy = RunningProxy.with(pki, config)) {
      TestIdentity renewed = another();
      agent.stop();
      Eventually.holds("it is told", () -> log.lines(GONE).size() > 1);
      assertThat(shown(proxy)).isEqualTo(pki.server().leaf());
      assertThat(log.lines(GONE))
          .extracting(line -> line.field("reason"))
          .containsExactly("ended", "no_such_socket");

      agent.give(SvidMessage.of(ID, renewed, pki.ca())).startAgain();

      awaitShown(proxy, renewed);
      assertThat(log.lines("the SPIFFE Workload API answers")).hasSize(1);
      assertThat(agent.open()).isEqualTo(1);
    }
  }

  @Test
  void anEntryThatIsTakenAwayIsToldAndWhatItGaveServesOn() throws Exception {
    agent.give(server());
    try (RunningProxy proxy = RunningProxy.with(pki, config)) {
      agent.refuse(Status.PERMISSION_DENIED.withDescription("no identity issued"));

      Eventually.holds("it asks again", () -> agent.calls() > 2);
      assertThat(log.lines(GONE))
          .singleElement()
          .satisfies(line -> assertThat(line.field("reason")).isEqualTo("permission_denied"));
      assertThat(shown(proxy)).isEqualTo(pki.server().leaf());
    }
  }

  /** Whoever is asked to reload takes what the agent gave last, and does not ask it. */
  @Test
  void aReloadTakesWhatIsThere() throws Exception {
    agent.give(server());
    try (RunningProxy proxy = RunningProxy.with(pki, config)) {
      agent.stop();

      assertThat(proxy.reload().problems()).isEmpty();

      assertThat(shown(proxy)).isEqualTo(pki.server().leaf());
    }
  }

  @Test
  void ofAStormOfAnswersTheLastOneCounts() throws Exception {
    agent.give(server());
    try (RunningProxy proxy = RunningProxy.with(pki, config)) {
      byte[] one = SvidMessage.of(ID, another(), pki.ca()).bytes();
      byte[] other = SvidMessage.of(ID, another(), pki.ca()).bytes();
      for (int i = 0; i < 5_000; i++) {
        agent.give(one).give(other);
      }
      TestIdentity last = another();
      agent.give(SvidMessage.of(ID, last, pki.ca()));

      awaitShown(proxy, last);
      assertThat(proxy.metric("sallyport_reloads_total{result=\"success\",what=\"identity\"}"))
          .isLessThan(100);
      assertThat(agent.calls()).isEqualTo(1);
    }
  }

  @Test
  void anIdentityComesAndGoesWithTheConfiguration() throws Exception {
    String files =
        "inbound.web { listen = \"127.0.0.1:0\", forward = \"%s\", allow = any-trusted }"
            .formatted(application.address());
    TestIdentity svid = another();
    agent.give(SvidMessage.of(ID, svid, pki.ca()));
    try (RunningProxy proxy = RunningProxy.with(pki, files);
        SpiffeAgent second = new SpiffeAgent(pki.file("second.sock"))) {
      assertThat(shown(proxy)).isEqualTo(pki.server().leaf());
      assertThat(agent.calls()).isZero();

      proxy.rewrite(config);
      assertThat(proxy.reload().problems()).isEmpty();
      assertThat(shown(proxy)).isEqualTo(svid.leaf());

      TestIdentity seconds = another();
      second.give(SvidMessage.of(ID, seconds, pki.ca()));
      proxy.rewrite(config.replace(agent.address(), second.address()));
      assertThat(proxy.reload().problems()).isEmpty();
      assertThat(shown(proxy)).isEqualTo(seconds.leaf());
      Eventually.holds("the first is left", () -> agent.open() == 0);

      proxy.rewrite(files);
      assertThat(proxy.reload().problems()).isEmpty();
      assertThat(shown(proxy)).isEqualTo(pki.server().leaf());
      Eventually.holds("the second is left", () -> second.open() == 0);
      assertThat(agent.calls()).isEqualTo(1);
      assertThat(second.calls()).isEqualTo(1);
    }
  }

  @Test
  void aConfigurationWhoseAgentIsSilentIsRefusedUntilItAnswers() throws Exception {
    agent.give(server());
    try (RunningProxy proxy = RunningProxy.with(pki, config);
        SpiffeAgent second = new SpiffeAgent(pki.file("second.sock"))) {
      proxy.rewrite(
          config.replace(agent.address(), second.address())
              + "identities.svid.spiffe.timeout = 200ms");

      assertThat(proxy.reload().problems())
          .extracting(Problem::setting)
          .containsExactly("identities.svid.spiffe");
      assertThat(shown(proxy)).isEqualTo(pki.server().leaf());
      assertThat(agent.open()).isEqualTo(1);

      TestIdentity seconds = another();
      second.give(SvidMessage.of(ID, seconds, pki.ca()));

      awaitShown(proxy, seconds);
      Eventually.holds("the first is left", () -> agent.open() == 0);
    }
  }

  @Test
  void aConfigurationThatIsTakenBackLeavesNobodyAsked() throws Exception {
    agent.give(server());
    try (RunningProxy proxy = RunningProxy.with(pki, config);
        SpiffeAgent second = new SpiffeAgent(pki.file("second.sock"))) {
      second.give(server());
      String broken =
          "outbound.out { listen = \"127.0.0.1:0\", connect = \"a:1\", trust = no.crt }";
      proxy.rewrite(config.replace(agent.address(), second.address()) + broken);
      assertThat(proxy.reload().succeeded()).isFalse();
      assertThat(second.open()).isEqualTo(1);

      proxy.rewrite(config);
      assertThat(proxy.reload().problems()).isEmpty();

      Eventually.holds("it is left", () -> second.open() == 0);
      assertThat(agent.open()).isEqualTo(1);
    }
  }

  @Test
  void ofSeveralSvidsTheNamedOneIsTakenAndTheAgentIsAskedOnce() throws Exception {
    TestIdentity first = another();
    TestIdentity second = pki.ca().issue(leaf -> leaf.uri("spiffe://test/b"));
    agent.give(SvidMessage.of(ID, first, pki.ca()).svid("spiffe://test/b", second, pki.ca()));
    String both =
        config
            + """
            identities.b.spiffe { socket = "%s", id = "spiffe://test/b" }
            inbound.b {
              listen = "127.0.0.1:0", forward = "%s", identity = b, allow = any-trusted
            }
            """
                .formatted(agent.address(), application.address());
    try (RunningProxy proxy = RunningProxy.with(pki, both)) {
      assertThat(shown(proxy)).isEqualTo(first.leaf());
      try (SSLSocket client = pki.connect(pki.client(), proxy.port("b"), "TLSv1.3")) {
        echoes(client);
        assertThat(client.getSession().getPeerCertificates()[0]).isEqualTo(second.leaf());
      }
      assertThat(agent.calls()).isEqualTo(1);
    }

    assertThat(problems(config + "identities.svid.spiffe.id = \"spiffe://test/c\""))
        .containsExactly(
            "identities.svid.spiffe: the Workload API does not give spiffe://test/c to this"
                + " workload, but spiffe://test/server, spiffe://test/b; register this workload for"
                + " it, or name one that it gives");
    assertThat(problems(config + "identities.svid.spiffe.id = \"test/c\""))
        .containsExactly(
            "identities.svid.spiffe.id: test/c does not begin with spiffe:// in lower case; write a"
                + " SPIFFE ID");
  }

  @Test
  void showsItToServersToo() throws Exception {
    TestIdentity client = pki.ca().issue(leaf -> leaf.uri("spiffe://test/client"));
    agent.give(SvidMessage.of("spiffe://test/client", client, pki.ca()));
    try (RunningProxy in =
            RunningProxy.with(
                pki,
                """
                inbound.web {
                  listen = "127.0.0.1:0", forward = "%s"
                  allow = [ { uri = "spiffe://test/client" } ]
                }
                """
                    .formatted(application.address()));
        RunningProxy out =
            RunningProxy.with(
                pki,
                """
                identities.svid.spiffe.socket = "%s"
                outbound.out {
                  listen = "127.0.0.1:0", connect = "127.0.0.1:%d", identity = svid
                  allow = [ { uri = "spiffe://test/server" } ]
                }
                """
                    .formatted(agent.address(), in.port("web")));
        Socket socket = out.connect("out")) {
      socket.getOutputStream().write("hello\n".getBytes(US_ASCII));
      assertThat(socket.getInputStream().readNBytes(6)).isEqualTo("hello\n".getBytes(US_ASCII));
    }
  }
}
