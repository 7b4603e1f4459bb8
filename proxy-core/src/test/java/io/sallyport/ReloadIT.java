package io.sallyport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import io.sallyport.config.ConfigReader;
import io.sallyport.config.Problem;
import io.sallyport.relay.CloseReason;
import io.sallyport.rig.Application;
import io.sallyport.rig.Eventually;
import io.sallyport.rig.Pki;
import io.sallyport.rig.Program;
import io.sallyport.rig.RecordedLog;
import io.sallyport.rig.RunningProxy;
import io.sallyport.rig.Transports;
import io.sallyport.testcerts.TestCa;
import io.sallyport.testcerts.TestIdentity;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Files change under a proxy that serves. */
final class ReloadIT {

  private static final String ANYBODY = "allow = any-trusted";
  private static final String CLIENT = "allow = [{ uri = \"spiffe://test/client\" }]";
  private static final String STRANGER = "allow = [{ uri = \"spiffe://test/stranger\" }]";

  private final Pki pki;
  private final Application application;

  ReloadIT(@TempDir Path folder) throws IOException {
    pki = new Pki(folder);
    application = Application.echo();
  }

  @AfterEach
  void stop() throws IOException {
    application.close();
  }

  private String web(String allow) {
    return "inbound.web { listen = \"127.0.0.1:0\", forward = \"%s\", %s }\n"
        .formatted(application.address(), allow);
  }

  private String stays() {
    return web(CLIENT).replace("inbound.web", "inbound.stays");
  }

  private static String byHand(String hocon) {
    return "reload.interval = off\n" + hocon;
  }

  private SSLSocket connect(RunningProxy proxy) throws IOException {
    return pki.connect(pki.client(), proxy.port("web"), "TLSv1.3");
  }

  private BigInteger shown(RunningProxy proxy) {
    try (SSLSocket socket = connect(proxy)) {
      exchange(socket);
      return ((X509Certificate) socket.getSession().getPeerCertificates()[0]).getSerialNumber();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void exchange(Socket socket) throws IOException {
    socket.getOutputStream().write('x');
    assertThat(socket.getInputStream().read()).isEqualTo('x');
  }

  private static List<String> settings(Reload reload) {
    return reload.problems().stream().map(Problem::setting).toList();
  }

  private void trust(TestCa... cas) throws IOException {
    StringBuilder bundle = new StringBuilder();
    for (TestCa ca : cas) {
      bundle.append(ca.certificatePem());
    }
    Path next = Files.writeString(pki.file("ca.crt.next"), bundle);
    Files.move(next, pki.file("ca.crt"), StandardCopyOption.ATOMIC_MOVE);
  }

  @Test
  void aRenewedCertificateIsShownToWhoComesNextAndNobodyElseNotices() throws Exception {
    try (RunningProxy proxy = RunningProxy.with(pki, byHand(web(CLIENT)));
        SSLSocket open = connect(proxy)) {
      exchange(open);
      TestIdentity renewed = pki.issue("server", leaf -> leaf.dns("localhost"));

      Reload reload = proxy.reload();

      assertThat(reload).isEqualTo(new Reload(List.of(), 1, 0));
      assertThat(shown(proxy)).isEqualTo(renewed.leaf().getSerialNumber());
      exchange(open);
    }
  }

  @Test
  void everyReloadIsToldOfWhateverCausesIt() {
    try (RunningProxy proxy = RunningProxy.with(pki, "reload.interval = 50ms\n" + web(CLIENT))) {
      RecordedReloads told = new RecordedReloads();
      proxy.proxy().tellOfReloads(told);

      proxy.reload();
      assertThat(told.all()).containsExactly("begun", "done");
      assertThat(proxy.post("/reload?dry-run=true").statusCode()).isEqualTo(200);
      assertThat(proxy.post("/reload").statusCode()).isEqualTo(200);
      assertThat(told.all()).hasSize(4).endsWith("begun", "done");
      proxy.rewrite("reload.interval = 50ms\n" + web(STRANGER));
      Eventually.holds("the change was found", () -> told.all().size() == 6);
      assertThat(told.all()).endsWith("begun", "done");
    }
  }

  @Test
  void whatIsTriedAgainAndAgainIsToldOfWhenItComesOutOtherwise() throws Exception {
    try (RunningProxy proxy = RunningProxy.with(pki, "reload.interval = 50ms\n" + web(CLIENT));
        ServerSocket other = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      RecordedReloads told = new RecordedReloads();
      proxy.proxy().tellOfReloads(told);
      String taken = "127.0.0.1:" + other.getLocalPort();
      proxy.rewrite(
          "reload.interval = 50ms\n" + web(CLIENT) + stays().replace("127.0.0.1:0", taken));
      String failures = "sallyport_reloads_total{result=\"failure\",what=\"config\"}";
      Eventually.holds("it is tried again", () -> proxy.metric(failures) >= 4);
      assertThat(told.all()).containsExactly("begun", "failed: inbound.stays.listen");

      other.close();
      Eventually.holds("it has come out otherwise", () -> told.all().size() == 4);
      assertThat(told.all()).endsWith("begun", "done");
    }
  }

  @Test
  void whoIsToldOfAnEndHasBeenToldOfTheBeginning() {
    try (RunningProxy proxy = RunningProxy.with(pki, byHand(web(CLIENT)))) {
      RecordedReloads later = new RecordedReloads();
      RecordedReloads first =
          new RecordedReloads() {
            @Override
            public void reloading() {
              super.reloading();
              proxy.proxy().tellOfReloads(later);
            }
          };
      proxy.proxy().tellOfReloads(first);

      proxy.reload();
      assertThat(later.all()).isEmpty();
      proxy.reload();

      assertThat(first.all()).containsExactly("begun", "done");
      assertThat(later.all()).containsExactly("begun", "done");
    }
  }

  private static class RecordedReloads implements ReloadEvents {

    private final List<String> all = new CopyOnWriteArrayList<>();

    @Override
    public void reloading() {
      all.add("begun");
    }

    @Override
    public void reloaded(Reload done) {
      all.add(done.succeeded() ? "done" : "failed: " + String.join(" ", settings(done)));
    }

    List<String> all() {
      return List.copyOf(all);
    }
  }

  @Test
  void aReloadOfWhatHasNotChangedChangesNothing() throws Exception {
    try (RunningProxy proxy = RunningProxy.with(pki, byHand(web(CLIENT)))) {
      assertThat(proxy.reload()).isEqualTo(new Reload(List.of(), 0, 0));
      assertThat(proxy.get("/status").body()).contains("\"generation\":1,");
    }
  }

  @Test
  void aKeyThatDoesNotFitChangesNothingUntilItFits() throws Exception {
    try (RunningProxy proxy = RunningProxy.with(pki, byHand(web(CLIENT)))) {
      BigInteger before = pki.server().leaf().getSerialNumber();
      byte[] oldKey = Files.readAllBytes(pki.file("server.key"));
      TestIdentity renewed = pki.issue("server", leaf -> leaf.dns("localhost"));
      byte[] newKey = Files.readAllBytes(pki.file("server.key"));
      Files.write(pki.file("server.key"), oldKey);

      Reload failed = proxy.reload();

      assertThat(settings(failed)).containsExactly("identities.default.key");
      assertThat(shown(proxy)).isEqualTo(before);
      String problem = failed.problems().get(0).toString();
      assertThat(proxy.get("/readyz").body().lines())
          .containsExactly("ready", "reload failed: " + problem);
      assertThat(proxy.get("/readyz").statusCode()).isEqualTo(200);
      assertThat(proxy.get("/status").body()).contains("\"reload_problems\":[\"identities.default");
      assertThat(proxy.metric("sallyport_reloads_total{result=\"failure\",what=\"identity\"}"))
          .isOne();
      assertThat(proxy.metric("sallyport_reloads_total{result=\"success\",what=\"identity\"}"))
          .isZero();

      Files.write(pki.file("server.key"), newKey);
      assertThat(proxy.reload().succeeded()).isTrue();
      assertThat(shown(proxy)).isEqualTo(renewed.leaf().getSerialNumber());
      assertThat(proxy.get("/readyz").body().lines()).containsExactly("ready");
      assertThat(proxy.metric("sallyport_reloads_total{result=\"success\",what=\"identity\"}"))
          .isOne();
    }
  }

  @Test
  void whatCannotServeIsToldInTheSameWordsEverywhere() throws Exception {
    try (RecordedLog log = RecordedLog.start();
        RunningProxy proxy = RunningProxy.with(pki, byHand(web(CLIENT)))) {
      Files.writeString(pki.file("server.crt"), "no certificate \"at all\"");
      String problem = proxy.reload().problems().get(0).toString();

      Path same = RunningProxy.write(pki, byHand(web(CLIENT)));
      assertThat(Proxy.check(ConfigReader.read(same)).problems())
          .extracting(found -> found.toString().replaceAll("proxy\\d+", "proxy"))
          .containsExactly(problem.replaceAll("proxy\\d+", "proxy"));
      assertThat(log.lines("reload failed; what served before serves on"))
          .singleElement()
          .satisfies(line -> assertThat(line.field("problem")).hasToString(problem));
      assertThat(proxy.get("/readyz").body().lines()).contains("reload failed: " + problem);
      assertThat(proxy.get("/status").body())
          .contains("\"reload_problems\":[\"" + problem.replace("\"", "\\\"") + "\"]");

      proxy.reload();
      assertThat(log.lines("reload failed; what served before serves on")).hasSize(2);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"ca.crt", "server.key", "password", "store"})
  void aPipeInPlaceOfAFileHoldsNothingUp(String name) throws Exception {
    Files.writeString(pki.file("password"), "changeit");
    write("pkcs12", pki.issue("first", leaf -> leaf.dns("a")), "changeit".toCharArray());
    String stored =
        """
        identities.stored.keystore { file = store, type = pkcs12, password-file = password }
        identities.stored.trust = ca.crt
        inbound.stored { listen = "127.0.0.1:0", forward = "%s", identity = stored, %s }
        """
            .formatted(application.address(), CLIENT);
    try (RunningProxy proxy = RunningProxy.with(pki, byHand(web(CLIENT) + stored))) {
      byte[] whole = Files.readAllBytes(pki.file(name));
      Files.delete(pki.file(name));
      Program.run(List.of(Program.installed("mkfifo"), pki.file(name).toString()));

      assertThat(proxy.reload().problems())
          .isNotEmpty()
          .allSatisfy(
              problem ->
                  assertThat(problem.toString())
                      .containsPattern(
                          name + " (is a pipe, a socket or a device; name a file|cannot be read)"));

      Files.delete(pki.file(name));
      Files.write(pki.file(name), whole);
      assertThat(proxy.reload().succeeded()).isTrue();
    }
  }

  @Test
  void aConfigurationThatIsNestedTooDeeplyIsToldAsWhatItIs() throws Exception {
    try (RunningProxy proxy = RunningProxy.with(pki, byHand(web(CLIENT)))) {
      proxy.rewrite("a = " + "[".repeat(200_000));

      assertThat(proxy.reload().problems().get(0).toString())
          .contains("is nested too deeply; write fewer { and [ inside of one another");
      assertThat(proxy.get("/readyz").body()).contains("is nested too deeply");
      assertThat(proxy.metric("sallyport_reloads_total{result=\"failure\",what=\"config\"}"))
          .isOne();
    }
  }

  @Test
  void whatFailedIsTriedAgainThoughNoFileHasChanged() throws Exception {
    String often = "reload.interval = 20ms\n";
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        RunningProxy proxy = RunningProxy.with(pki, often + web(CLIENT))) {
      String place = "127.0.0.1:" + taken.getLocalPort();
      proxy.rewrite(often + web(CLIENT).replace("127.0.0.1:0", place));
      Eventually.holds(
          "it is told", () -> proxy.get("/readyz").body().contains("Address already in use"));

      taken.close();

      Eventually.holds("it is had", () -> proxy.port("web") == taken.getLocalPort());
      Eventually.holds("all is well", () -> proxy.get("/readyz").body().equals("ready\n"));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"pkcs12", "jks"})
  void aKeystoreIsReadAgainToo(String type) throws Exception {
    char[] password = "changeit".toCharArray();
    Files.writeString(pki.file("password"), "changeit");
    write(type, pki.issue("first", leaf -> leaf.dns("localhost")), password);
    String config =
        """
        reload.interval = 20ms
        identities.stored {
          keystore { file = store, type = %s, password-file = password }
          trust = ca.crt
        }
        """
            .formatted(type);
    try (RunningProxy proxy =
        RunningProxy.with(pki, config + web("identity = stored, " + CLIENT))) {
      TestIdentity renewed = pki.issue("second", leaf -> leaf.dns("localhost"));
      write(type, renewed, password);

      Eventually.holds(
          "the renewed one is shown", () -> shown(proxy).equals(renewed.leaf().getSerialNumber()));
    }
  }

  @Test
  void aKeystoreWithAnotherPasswordIsTakenWhenThePasswordFileHasIt() throws Exception {
    Files.writeString(pki.file("password"), "changeit");
    TestIdentity first = pki.issue("first", leaf -> leaf.dns("localhost"));
    write("pkcs12", first, "changeit".toCharArray());
    String config =
        """
        identities.stored {
          keystore { file = store, type = pkcs12, password-file = password }
          trust = ca.crt
        }
        """;
    try (RunningProxy proxy =
        RunningProxy.with(pki, byHand(config + web("identity = stored, " + CLIENT)))) {
      TestIdentity renewed = pki.issue("second", leaf -> leaf.dns("localhost"));
      write("pkcs12", renewed, "another".toCharArray());
      assertThat(settings(proxy.reload())).containsExactly("identities.stored.keystore");
      assertThat(shown(proxy)).isEqualTo(first.leaf().getSerialNumber());

      Files.writeString(pki.file("password"), "another");
      assertThat(proxy.reload().succeeded()).isTrue();
      assertThat(shown(proxy)).isEqualTo(renewed.leaf().getSerialNumber());
    }
  }

  private void write(String type, TestIdentity identity, char[] password) throws IOException {
    Path next = pki.file("store.next");
    if (type.equals("jks")) {
      identity.writeJks(next, "it", password);
    } else {
      identity.writePkcs12(next, "it", password);
    }
    Files.move(next, pki.file("store"), StandardCopyOption.ATOMIC_MOVE);
  }

  @Test
  void filesThatAreHalfWrittenChangeNothingUntilTheyAreWhole() throws Exception {
    try (RunningProxy proxy = RunningProxy.with(pki, byHand(web(CLIENT)))) {
      BigInteger before = pki.server().leaf().getSerialNumber();
      TestIdentity renewed = pki.issue("server", leaf -> leaf.dns("localhost"));
      for (String name : List.of("crt", "key")) {
        Path file = pki.file("server." + name);
        String whole = Files.readString(file);
        for (int length : List.of(0, 10, whole.length() / 2, whole.length() - 10)) {
          Files.writeString(file, whole.substring(0, length));

          assertThat(settings(proxy.reload()))
              .containsExactly(
                  "identities.default." + (name.equals("crt") ? "certificate" : "key"));
          assertThat(shown(proxy)).isEqualTo(before);
        }
        Files.writeString(file, whole);
      }

      assertThat(proxy.reload().succeeded()).isTrue();
      assertThat(shown(proxy)).isEqualTo(renewed.leaf().getSerialNumber());
    }
  }

  @Test
  void aFileThatIsSeenHalfRewrittenIsTakenWhenItIsWhole() throws Exception {
    try (RunningProxy proxy = RunningProxy.with(pki, "reload.interval = 20ms\n" + web(CLIENT));
        SSLSocket open = connect(proxy)) {
      exchange(open);
      Path file = pki.file("server.crt");
      TestIdentity renewed = pki.ca().issue(leaf -> leaf.dns("localhost"));
      String whole = renewed.certificatePem();
      int half = whole.length() / 2;
      Files.writeString(file, whole.substring(0, half));
      Eventually.holds(
          "it is told",
          () ->
              proxy
                  .get("/readyz")
                  .body()
                  .contains("reload failed: identities.default.certificate"));

      assertThat(shown(proxy)).isEqualTo(pki.server().leaf().getSerialNumber());
      Files.writeString(file, whole.substring(half), StandardOpenOption.APPEND);
      Files.writeString(pki.file("server.key"), renewed.keyPem());

      Eventually.holds("all is well", () -> proxy.get("/readyz").body().equals("ready\n"));
      assertThat(shown(proxy)).isEqualTo(renewed.leaf().getSerialNumber());
      exchange(open);
    }
  }

  @Test
  void whoseCaIsTrustedNoMoreIsClosedAndTheOthersStay() throws Exception {
    TestCa next = TestCa.create(spec -> spec.name("next CA"));
    trust(pki.ca(), next);
    TestIdentity renewed = next.issue(leaf -> leaf.client().uri("spiffe://test/client"));
    try (RunningProxy proxy = RunningProxy.with(pki, byHand(web(CLIENT)));
        SSLSocket old = connect(proxy);
        SSLSocket fresh = pki.connect(renewed, proxy.port("web"), "TLSv1.2")) {
      exchange(old);
      exchange(fresh);
      trust(next);

      assertThat(proxy.reload()).isEqualTo(new Reload(List.of(), 1, 1));

      proxy.awaitClosed("web", CloseReason.NO_LONGER_TRUSTED, 1);
      exchange(fresh);
      assertThat(proxy.metric("sallyport_connections_active{listener=\"web\"}")).isOne();
    }
  }

  @Test
  void trustIsReloadedThoughTheCertificateCannotBe() throws Exception {
    TestCa next = TestCa.create(spec -> spec.name("next CA"));
    try (RunningProxy proxy = RunningProxy.with(pki, byHand(web(CLIENT)));
        SSLSocket old = connect(proxy)) {
      exchange(old);
      trust(next);
      Files.writeString(pki.file("server.crt"), "");

      Reload reload = proxy.reload();

      assertThat(settings(reload)).containsExactly("identities.default.certificate");
      proxy.awaitClosed("web", CloseReason.NO_LONGER_TRUSTED, 1);
    }
  }

  @Test
  void aTrustBundleThatIsEmptyOrCutOffChangesNothing() throws Exception {
    String whole = Files.readString(pki.file("ca.crt"));
    try (RunningProxy proxy = RunningProxy.with(pki, byHand(web(CLIENT)));
        SSLSocket open = connect(proxy)) {
      exchange(open);
      for (String bad : List.of("", whole + whole.substring(0, whole.length() / 2), "no PEM")) {
        Files.writeString(pki.file("ca.crt"), bad);

        assertThat(settings(proxy.reload()))
            .containsExactly("identities.client.trust", "identities.default.trust");
        exchange(open);
        shown(proxy);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"application", "full"})
  void whomNewRulesDoNotLetInIsClosedAndNobodyElse(String halfClose) throws Exception {
    String engine = "half-close = " + halfClose + ", tls-min = 1.3, ";
    TestIdentity stranger = pki.issue("stranger", leaf -> leaf.uri("spiffe://test/stranger"));
    try (RunningProxy proxy = RunningProxy.with(pki, byHand(web(engine + ANYBODY)));
        SSLSocket client = connect(proxy);
        SSLSocket other = pki.connect(stranger, proxy.port("web"), "TLSv1.3")) {
      exchange(client);
      exchange(other);
      proxy.rewrite(byHand(web(engine + STRANGER)));

      assertThat(proxy.reload()).isEqualTo(new Reload(List.of(), 1, 1));

      proxy.awaitClosed("web", CloseReason.NO_LONGER_ALLOWED, 1);
      exchange(other);
    }
  }

  /** They come through a proxy of theirs, which shakes hands in a tenth of the time of Java. */
  @Test
  void fiveHundredWhomNewRulesDoNotLetInAreEndedByTheReload() throws Exception {
    int crowd = 500;
    String theirs =
        "outbound.away { listen = \"127.0.0.1:0\", connect = \"127.0.0.1:%d\", identity = client }";
    List<Socket> open = new ArrayList<>();
    try (RunningProxy proxy = RunningProxy.with(pki, byHand(web(ANYBODY)));
        RunningProxy crowds = RunningProxy.with(pki, theirs.formatted(proxy.port("web")))) {
      for (int i = 0; i < crowd; i++) {
        Socket socket = crowds.connect("away");
        open.add(socket);
        exchange(socket);
      }
      proxy.rewrite(byHand(web(STRANGER)));

      assertThat(proxy.reload()).isEqualTo(new Reload(List.of(), 1, crowd));

      for (Socket socket : open) {
        assertThatThrownBy(() -> socket.getInputStream().read()).hasMessageContaining("reset");
      }
      proxy.awaitClosed("web", CloseReason.NO_LONGER_ALLOWED, crowd);
    } finally {
      for (Socket socket : open) {
        socket.close();
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"request", "none"})
  void whoShowedNoCertificateIsClosedWhenOneIsRequired(String before) throws Exception {
    String anyone = "client-auth = " + before + ", allow = anyone";
    try (RunningProxy proxy = RunningProxy.with(pki, byHand(web(anyone)));
        SSLSocket without = pki.connect(null, proxy.port("web"), "TLSv1.3");
        SSLSocket with = connect(proxy)) {
      exchange(without);
      exchange(with);
      boolean shown = before.equals("request");
      proxy.rewrite(byHand(web(ANYBODY)));

      assertThat(proxy.reload()).isEqualTo(new Reload(List.of(), 1, shown ? 1 : 2));

      proxy.awaitClosed("web", CloseReason.NO_LONGER_ALLOWED, shown ? 1 : 2);
      if (shown) {
        exchange(with);
      }
    }
  }

  @Test
  void aDryRunCountsWhomItWouldCloseAndClosesNobody() throws Exception {
    String goes = web(CLIENT).replace("inbound.web", "inbound.goes");
    try (RunningProxy proxy = RunningProxy.with(pki, byHand(web(CLIENT) + goes));
        SSLSocket client = connect(proxy);
        SSLSocket going = pki.connect(pki.client(), proxy.port("goes"), "TLSv1.3")) {
      exchange(client);
      exchange(going);
      proxy.rewrite(byHand(web(STRANGER)));

      assertThat(proxy.post("/reload?dry-run=true").body())
          .isEqualTo("would reload: listeners changed 2, connections closed 2\n");

      exchange(client);
      exchange(going);
      assertThat(proxy.get("/status").body()).contains("\"name\":\"goes\"");
      assertThat(proxy.post("/reload").body())
          .isEqualTo("reloaded: listeners changed 2, connections closed 1\n");
      proxy.awaitClosed("web", CloseReason.NO_LONGER_ALLOWED, 1);
    }
  }

  @Test
  void listenersComeGoAndMoveWhileTheOthersServeOn() throws Exception {
    String stays = web(CLIENT);
    String goes = web(CLIENT).replace("inbound.web", "inbound.goes");
    try (RunningProxy proxy = RunningProxy.with(pki, byHand(stays + goes));
        SSLSocket onOne = connect(proxy);
        SSLSocket onGoing = pki.connect(pki.client(), proxy.port("goes"), "TLSv1.3")) {
      exchange(onOne);
      exchange(onGoing);
      int stayed = proxy.port("web");
      int gone = proxy.port("goes");
      proxy.rewrite(
          "drain.deadline = 1s\n"
              + byHand(stays + web(CLIENT).replace("inbound.web", "inbound.comes")));

      assertThat(proxy.reload()).isEqualTo(new Reload(List.of(), 2, 0));

      assertThat(proxy.proxy().addresses()).containsKey("comes").doesNotContainKey("goes");
      assertThat(proxy.port("web")).isEqualTo(stayed);
      try (SSLSocket came = pki.connect(pki.client(), proxy.port("comes"), "TLSv1.3")) {
        exchange(came);
      }
      exchange(onOne);
      Eventually.holds("nobody listens", () -> refused(gone));
      proxy.awaitClosed("goes", CloseReason.DRAIN_DEADLINE, 1);
      exchange(onOne);
    }
  }

  @Test
  void whoCameToAnAddressThatAListenerHadIsStillJudged() throws Exception {
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        RunningProxy proxy = RunningProxy.with(pki, byHand(web(CLIENT)));
        SSLSocket early = connect(proxy)) {
      exchange(early);
      int elsewhere = free.getLocalPort();
      free.close();
      String moved = web(CLIENT).replace("127.0.0.1:0", "127.0.0.1:" + elsewhere);
      proxy.rewrite(byHand(moved));

      assertThat(proxy.reload()).isEqualTo(new Reload(List.of(), 1, 0));

      assertThat(proxy.port("web")).isEqualTo(elsewhere);
      exchange(early);
      shown(proxy);
      proxy.rewrite(byHand(moved.replace(CLIENT, STRANGER)));
      assertThat(proxy.reload()).isEqualTo(new Reload(List.of(), 1, 1));
      proxy.awaitClosed("web", CloseReason.NO_LONGER_ALLOWED, 1);
    }
  }

  @Test
  void whoIsStillOnARemovedListenerIsJudgedByWhatItsIdentityTrustsNow() throws Exception {
    TestCa next = TestCa.create(spec -> spec.name("next CA"));
    trust(pki.ca(), next);
    TestIdentity renewed = next.issue(leaf -> leaf.client().uri("spiffe://test/client"));
    try (RunningProxy proxy = RunningProxy.with(pki, byHand(web(CLIENT) + stays()));
        SSLSocket old = connect(proxy);
        SSLSocket fresh = pki.connect(renewed, proxy.port("web"), "TLSv1.3")) {
      exchange(old);
      exchange(fresh);
      proxy.rewrite(byHand(stays()));
      assertThat(proxy.reload()).isEqualTo(new Reload(List.of(), 1, 0));
      exchange(old);
      trust(next);

      assertThat(proxy.post("/reload?dry-run=true").body())
          .isEqualTo("would reload: listeners changed 1, connections closed 1\n");
      exchange(old);
      assertThat(proxy.reload()).isEqualTo(new Reload(List.of(), 1, 1));

      proxy.awaitClosed("web", CloseReason.NO_LONGER_TRUSTED, 1);
      exchange(fresh);
      assertThat(proxy.reload()).isEqualTo(new Reload(List.of(), 0, 0));
      exchange(fresh);
    }
  }

  @Test
  void whoIsStillOnARemovedListenerIsJudgedByWhatItTrustedItself() throws Exception {
    Files.writeString(pki.file("own.crt"), pki.ca().certificatePem());
    TestCa next = TestCa.create(spec -> spec.name("next CA"));
    trust(next);
    try (RunningProxy proxy =
            RunningProxy.with(pki, byHand(web("trust = \"own.crt\", " + CLIENT) + stays()));
        SSLSocket open = connect(proxy)) {
      exchange(open);
      proxy.rewrite(byHand(stays()));
      assertThat(proxy.reload()).isEqualTo(new Reload(List.of(), 1, 0));
      exchange(open);
      Files.writeString(pki.file("own.crt"), next.certificatePem());

      assertThat(proxy.reload()).isEqualTo(new Reload(List.of(), 0, 1));

      proxy.awaitClosed("web", CloseReason.NO_LONGER_TRUSTED, 1);
    }
  }

  @Test
  void whatARemovedListenerTrustedItselfIsWatchedWhileItHasConnections() throws Exception {
    Files.writeString(pki.file("own.crt"), pki.ca().certificatePem());
    String often = "reload.interval = 20ms\n";
    try (RunningProxy proxy =
            RunningProxy.with(pki, often + web("trust = \"own.crt\", " + CLIENT) + stays());
        SSLSocket open = connect(proxy)) {
      exchange(open);
      proxy.rewrite(often + stays());
      Eventually.holds("it has gone", () -> !proxy.proxy().addresses().containsKey("web"));
      exchange(open);

      Files.writeString(
          pki.file("own.crt"), TestCa.create(spec -> spec.name("next CA")).certificatePem());

      proxy.awaitClosed("web", CloseReason.NO_LONGER_TRUSTED, 1);
    }
  }

  @Test
  void whoIsOnAListenerThatGoesWithItsIdentityIsClosedAtOnce() throws Exception {
    String identity =
        "identities.brief { certificate = server.crt, key = server.key, trust = ca.crt }\n";
    try (RunningProxy proxy =
            RunningProxy.with(
                pki, byHand(identity + web("identity = brief, " + CLIENT) + stays()));
        SSLSocket open = connect(proxy)) {
      exchange(open);
      proxy.rewrite(byHand(stays()));

      assertThat(proxy.reload()).isEqualTo(new Reload(List.of(), 1, 1));

      proxy.awaitClosed("web", CloseReason.NO_LONGER_TRUSTED, 1);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"epoll", "nio", "io_uring"})
  void aListenerThatIsRenamedGoesOnWhereItListensAndLosesNobodyWhoCalls(String transport)
      throws Exception {
    Transports.assumeAvailable(transport);
    int port = freePort();
    String kind = "transport = " + transport + "\n";
    String before = at("127.0.0.1:" + port, web("max-connections = 1, " + CLIENT));
    String after = before.replace("inbound.web", "inbound.www");
    try (RunningProxy proxy = RunningProxy.with(pki, byHand(kind + before));
        SSLSocket open = connect(proxy);
        SSLSocket waiting = pki.connect(pki.client(), port, "TLSv1.3")) {
      exchange(open);
      proxy.rewrite(byHand(kind + after));

      assertThat(proxy.reload()).isEqualTo(new Reload(List.of(), 2, 0));

      exchange(waiting);
      assertThat(proxy.port("www")).isEqualTo(port);
      proxy.awaitActive("www", 1);
      exchange(open);
      waiting.close();
      proxy.awaitActive("www", 0);
      proxy.rewrite("drain.deadline = 1s\n" + byHand(kind + before));
      assertThat(proxy.reload()).isEqualTo(new Reload(List.of(), 2, 0));
      shown(proxy);
    }
  }

  @Test
  void whoIsOnAListenerThatWasRenamedHasUntilTheDeadline() throws Exception {
    String before = at("127.0.0.1:" + freePort(), web(CLIENT));
    try (RunningProxy proxy = RunningProxy.with(pki, byHand(before));
        SSLSocket open = connect(proxy)) {
      exchange(open);
      proxy.rewrite("drain.deadline = 1s\n" + byHand(before.replace("inbound.web", "inbound.www")));

      assertThat(proxy.reload()).isEqualTo(new Reload(List.of(), 2, 0));

      proxy.awaitClosed("web", CloseReason.DRAIN_DEADLINE, 1);
    }
  }

  @Test
  void listenersMaySwapTheirAddresses() throws Exception {
    String one = "127.0.0.1:" + freePort();
    String other = "127.0.0.2:" + freePort();
    try (RunningProxy proxy =
            RunningProxy.with(pki, byHand(at(one, web(CLIENT)) + at(other, stays())));
        SSLSocket open = connect(proxy)) {
      exchange(open);
      int port = proxy.port("web");
      proxy.rewrite(byHand(at(other, web(CLIENT)) + at(one, stays())));

      assertThat(proxy.reload()).isEqualTo(new Reload(List.of(), 2, 0));

      assertThat(proxy.port("stays")).isEqualTo(port);
      exchange(open);
      try (SSLSocket fresh = pki.connect(pki.client(), port, "TLSv1.3")) {
        exchange(fresh);
        proxy.awaitActive("stays", 1);
      }
    }
  }

  @Test
  void anAddressThatTheProxyItselfHoldsIsToldWithItsHolder() throws Exception {
    int port = freePort();
    String before = at("127.0.0.1:" + port, web(CLIENT));
    try (RunningProxy proxy = RunningProxy.with(pki, byHand(before));
        SSLSocket open = connect(proxy)) {
      exchange(open);
      proxy.rewrite(byHand(before.replace("127.0.0.1:" + port, "0.0.0.0:" + port)));

      assertThat(proxy.reload().problems())
          .extracting(Problem::setting, Problem::fault, Problem::remedy)
          .containsExactly(
              tuple(
                  "inbound.web.listen",
                  "0.0.0.0:%d cannot be had while this proxy itself listens as inbound.web on"
                          .formatted(port)
                      + " 127.0.0.1:%d".formatted(port),
                  "choose another port, or restart"));
      exchange(open);
      shown(proxy);
    }
  }

  @Test
  void aListenerThatNeverServesIsInNoMetric() throws Exception {
    String comes = web(CLIENT).replace("inbound.web", "inbound.comes");
    try (RunningProxy proxy = RunningProxy.with(pki, byHand(web(CLIENT)))) {
      proxy.rewrite(byHand(web(CLIENT) + comes));
      assertThat(proxy.post("/reload?dry-run=true").body()).contains("listeners changed 1");
      String taken = at("127.0.0.1:" + proxy.port("admin"), web(CLIENT));
      proxy.rewrite(byHand(comes + taken));
      assertThat(settings(proxy.reload())).containsExactly("inbound.web.listen");

      assertThat(proxy.get("/metrics").body())
          .contains("listener=\"web\"")
          .doesNotContain("listener=\"comes\"");
    }
  }

  private static int freePort() throws IOException {
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return free.getLocalPort();
    }
  }

  private static String at(String address, String listener) {
    return listener.replace("127.0.0.1:0", address);
  }

  @Test
  void whoWaitsForASlotGetsInWhenThereAreMore() throws Exception {
    try (RunningProxy proxy =
            RunningProxy.with(pki, byHand(web("max-connections = 1, " + CLIENT)));
        SSLSocket first = connect(proxy);
        SSLSocket second = connect(proxy)) {
      exchange(first);
      second.getOutputStream().flush();
      proxy.awaitMetric("sallyport_connection_limit_reached_total{listener=\"web\"}", 1);
      proxy.rewrite(byHand(web("max-connections = 2, " + CLIENT)));

      assertThat(proxy.reload().succeeded()).isTrue();

      exchange(second);
    }
  }

  private static boolean refused(int port) {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      return false;
    } catch (IOException e) {
      return true;
    }
  }

  @Test
  void aConfigurationThatCannotServeChangesNothingAndKeepsNoCertificateBack() throws Exception {
    try (RecordedLog log = RecordedLog.start();
        RunningProxy proxy = RunningProxy.with(pki, byHand(web(CLIENT)));
        SSLSocket open = connect(proxy)) {
      exchange(open);
      TestIdentity renewed = pki.issue("server", leaf -> leaf.dns("localhost"));
      proxy.rewrite(byHand(web(STRANGER + ", idle-timeot = 5s")));

      Reload failed = proxy.reload();

      assertThat(settings(failed)).containsExactly("inbound.web.idle-timeot");
      assertThat(log.lines("reloaded")).as("after a failure").isEmpty();
      assertThat(log.lines("reloaded what can serve")).hasSize(1);
      exchange(open);
      assertThat(shown(proxy)).isEqualTo(renewed.leaf().getSerialNumber());
      assertThat(proxy.metric("sallyport_reloads_total{result=\"failure\",what=\"config\"}"))
          .isOne();
    }
  }

  @Test
  void anAddressThatCannotBeHadChangesNothing() throws Exception {
    try (RunningProxy proxy = RunningProxy.with(pki, byHand(web(CLIENT)));
        SSLSocket open = connect(proxy)) {
      exchange(open);
      String taken = web(STRANGER).replace("127.0.0.1:0", "127.0.0.1:" + proxy.port("admin"));
      proxy.rewrite(byHand(taken + web(CLIENT).replace("inbound.web", "inbound.comes")));

      Reload failed = proxy.reload();

      assertThat(settings(failed)).containsExactly("inbound.web.listen");
      assertThat(failed.listeners()).isZero();
      assertThat(proxy.proxy().addresses()).doesNotContainKey("comes");
      exchange(open);
      shown(proxy);
    }
  }

  @Test
  void whoAsksAThousandTimesGetsAnswersAndNoQueue() throws Exception {
    try (RunningProxy proxy = RunningProxy.with(pki, byHand(web(CLIENT)))) {
      List<CompletableFuture<Reload>> asked = new ArrayList<>();
      for (int i = 0; i < 1000; i++) {
        asked.add(proxy.proxy().reload().toCompletableFuture());
      }

      assertThat(asked).allSatisfy(each -> assertThat(each.join().succeeded()).isTrue());
      assertThat(proxy.metric("sallyport_reloads_total{result=\"success\",what=\"config\"}"))
          .isLessThan(1000);
      shown(proxy);
    }
  }

  @Test
  void whatHoldsFromTheStartIsToldToNeedARestart() throws Exception {
    try (RecordedLog log = RecordedLog.start();
        RunningProxy proxy = RunningProxy.with(pki, byHand(web(CLIENT)))) {
      proxy.rewrite(byHand("workers = 7\n" + web(STRANGER)));

      assertThat(proxy.reload()).isEqualTo(new Reload(List.of(), 1, 0));
      proxy.reload();

      assertThat(log.lines("configuration"))
          .extracting(line -> line.field("warning").replaceFirst("\\(.*\\)", "(place)"))
          .containsExactly(
              "workers (place): is not what it was at the start, and that still holds; restart");
    }
  }

  /** As a kubelet does it: one symbolic link is swapped, and every file is another. */
  @Test
  void aFolderThatIsSwappedAsKubernetesDoesItIsNoticedWhole() throws Exception {
    Path live = Files.createDirectory(pki.file("live"));
    for (String version : List.of("v1", "v2")) {
      Path folder = Files.createDirectory(live.resolve(version));
      pki.ca().issue(leaf -> leaf.dns("localhost")).writeTo(folder, "tls");
    }
    Files.createSymbolicLink(live.resolve("..data"), Path.of("v1"));
    for (String name : List.of("tls.crt", "tls.key")) {
      Files.createSymbolicLink(live.resolve(name), Path.of("..data", name));
    }
    String identity =
        """
        reload.interval = 20ms
        identities.live { certificate = "live/tls.crt", key = "live/tls.key", trust = "ca.crt" }
        """;
    try (RunningProxy proxy = RunningProxy.with(pki, identity + web("identity = live, " + CLIENT));
        SSLSocket open = connect(proxy)) {
      exchange(open);
      BigInteger before = shown(proxy);

      Files.createSymbolicLink(live.resolve("..data_tmp"), Path.of("v2"));
      Files.move(
          live.resolve("..data_tmp"), live.resolve("..data"), StandardCopyOption.ATOMIC_MOVE);

      Eventually.holds("the other is shown", () -> !shown(proxy).equals(before));
      exchange(open);
      assertThat(proxy.metric("sallyport_reloads_total{result=\"failure\",what=\"identity\"}"))
          .isZero();
    }
  }

  @Test
  void aChangedFileIsNoticed() throws Exception {
    try (RunningProxy proxy =
            RunningProxy.with(
                pki, "reload.interval = 20ms\n" + web("idle-timeout = 1h, " + CLIENT));
        SSLSocket open = connect(proxy)) {
      exchange(open);
      TestIdentity renewed = pki.issue("server", leaf -> leaf.dns("localhost"));
      Eventually.holds(
          "the renewed one is shown", () -> shown(proxy).equals(renewed.leaf().getSerialNumber()));
      exchange(open);

      proxy.rewrite("reload.interval = 20ms\n" + web(STRANGER));
      proxy.awaitClosed("web", CloseReason.NO_LONGER_ALLOWED, 1);
    }
  }

  /** Also one that was empty, so that no setting was written in it, or was not there. */
  @ParameterizedTest
  @ValueSource(strings = {"more.conf", "more"})
  void aChangeOfAnIncludedFileIsNoticed(String name) throws Exception {
    String including = "reload.interval = 20ms\n" + web(CLIENT) + "include \"" + name + "\"\n";
    try (RunningProxy proxy = RunningProxy.with(pki, including);
        SSLSocket open = connect(proxy)) {
      exchange(open);
      Files.writeString(pki.file("more.conf"), "inbound.web.allow = any-trusted");
      awaitGeneration(proxy, 2);
      exchange(open);

      Files.writeString(pki.file("more.conf"), "");
      awaitGeneration(proxy, 3);
      Files.writeString(pki.file("more.conf"), "inbound.web." + STRANGER);

      proxy.awaitClosed("web", CloseReason.NO_LONGER_ALLOWED, 1);
    }
  }

  private static void awaitGeneration(RunningProxy proxy, int number) {
    Eventually.holds(
        "generation " + number,
        () -> proxy.get("/status").body().contains("\"generation\":%d,".formatted(number)));
  }
}
