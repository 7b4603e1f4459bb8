package io.sallyport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigParseOptions;
import com.typesafe.config.ConfigSyntax;
import io.sallyport.config.ConfigReader;
import io.sallyport.config.InvalidConfig;
import io.sallyport.config.Problem;
import io.sallyport.envelope.KeyFile;
import io.sallyport.rig.Application;
import io.sallyport.rig.Eventually;
import io.sallyport.rig.Pki;
import io.sallyport.rig.Program;
import io.sallyport.rig.RecordedLog;
import io.sallyport.rig.RunningProxy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.List;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Key files change under a proxy that serves. */
final class KeyRingReloadIT {

  private static final String FIRST =
      "{ id = first, file = first.key, encoding = base64, use = sealed, state = primary }";
  private static final String ROTATED =
      FIRST.replace("primary", "open-only") + "," + FIRST.replace("first", "second");
  private static final String BACKUP =
      "key-rings.backup.keys = [{ id = r, file = raw.key, encoding = base64, use = raw,"
          + " state = primary }]\n";

  private final Pki pki;
  private final Application application;

  KeyRingReloadIT(@TempDir Path folder) throws IOException {
    pki = new Pki(folder);
    application = Application.echo();
    for (String name : List.of("first.key", "second.key", "raw.key")) {
      write(name);
    }
  }

  @AfterEach
  void stop() throws IOException {
    application.close();
  }

  /** Another key than before. */
  private String write(String name) throws IOException {
    byte[] secret = new byte[32];
    new SecureRandom().nextBytes(secret);
    Path next = pki.file(name + ".next");
    Files.write(next, KeyFile.encoded(secret));
    Files.setPosixFilePermissions(next, PosixFilePermissions.fromString("rw-------"));
    Files.move(next, pki.file(name), StandardCopyOption.ATOMIC_MOVE);
    return Base64.getEncoder().encodeToString(secret);
  }

  private String byHand(String keys) {
    return "reload.interval = off\n" + config(keys);
  }

  private String config(String keys) {
    return """
        key-rings.payloads.keys = [ %s ]
        inbound.web {
          listen = "127.0.0.1:0", forward = "%s", allow = any-trusted
          envelope { key-ring = payloads, format = sealed, to-application = seal, aad = test }
        }
        """
        .formatted(keys, application.address());
  }

  private SSLSocket connect(RunningProxy proxy) throws IOException {
    SSLSocket socket = pki.connect(pki.client(), proxy.port("web"), "TLSv1.3");
    socket.startHandshake();
    return socket;
  }

  private static Config status(RunningProxy proxy) {
    return ConfigFactory.parseString(
        proxy.get("/status").body(), ConfigParseOptions.defaults().setSyntax(ConfigSyntax.JSON));
  }

  /** Of the only ring: the id of each key, and its state. */
  private static List<String> keys(RunningProxy proxy) {
    return status(proxy).getConfigList("key_rings").get(0).getConfigList("keys").stream()
        .map(key -> key.getString("id") + " " + key.getString("state"))
        .toList();
  }

  private static double reloads(RunningProxy proxy, String what, String result) {
    return proxy.metric("sallyport_reloads_total{result=\"" + result + "\",what=\"" + what + "\"}");
  }

  @Test
  void aRotatedKeyRingIsTakenAndEndsNoConnectionAndNoSession() throws Exception {
    try (RunningProxy proxy = RunningProxy.with(pki, byHand(FIRST));
        SSLSocket before = connect(proxy)) {
      proxy.awaitActive("web", 1);
      assertThat(keys(proxy)).containsExactly("first primary");
      proxy.rewrite(byHand(ROTATED));

      assertThat(proxy.post("/reload?dry-run=true").body())
          .isEqualTo("would reload: listeners changed 1, connections closed 0\n");
      assertThat(keys(proxy)).containsExactly("first primary");
      assertThat(proxy.reload()).isEqualTo(new Reload(List.of(), 1, 0));

      assertThat(keys(proxy)).containsExactly("first open-only", "second primary");
      assertThat(status(proxy).getConfigList("identities").get(0).getInt("generation")).isOne();
      try (SSLSocket after = connect(proxy)) {
        proxy.awaitActive("web", 2);
        assertThat(List.of(before, after)).noneMatch(SSLSocket::isClosed);
      }
      assertThat(reloads(proxy, "key_ring", "success")).isOne();
    }
  }

  @Test
  void anotherSecretInTheSameFileIsAnotherRing() throws Exception {
    try (RunningProxy proxy = RunningProxy.with(pki, byHand(FIRST))) {
      assertThat(proxy.reload()).isEqualTo(new Reload(List.of(), 0, 0));
      write("first.key");

      assertThat(proxy.reload()).isEqualTo(new Reload(List.of(), 1, 0));
      assertThat(proxy.reload()).isEqualTo(new Reload(List.of(), 0, 0));
    }
  }

  /** What is given up by mistake is seen in the next handshake, or crashes. */
  @Test
  void whoComesAfterManyReloadsOfKeysIsServed() throws Exception {
    try (RunningProxy proxy = RunningProxy.with(pki, byHand(FIRST))) {
      for (int i = 1; i <= 5; i++) {
        write("first.key");
        assertThat(proxy.post("/reload?dry-run=true").statusCode()).isEqualTo(200);
        assertThat(proxy.reload().listeners()).isOne();
        connect(proxy).close();
      }
      pki.issue("server", leaf -> leaf.dns("localhost"));
      write("first.key");
      assertThat(proxy.reload()).isEqualTo(new Reload(List.of(), 1, 0));
      connect(proxy).close();
      assertThat(status(proxy).getConfigList("identities").get(0).getInt("generation"))
          .isEqualTo(2);
      assertThat(reloads(proxy, "key_ring", "success")).isEqualTo(6);
    }
  }

  @Test
  void keyFilesAreLookedAtByContent() throws Exception {
    try (RunningProxy proxy = RunningProxy.with(pki, "reload.interval = 20ms\n" + config(FIRST))) {
      assertThat(reloads(proxy, "key_ring", "success")).isZero();
      write("first.key");

      proxy.awaitMetric("sallyport_reloads_total{result=\"success\",what=\"key_ring\"}", 1);
      assertThat(reloads(proxy, "identity", "success")).isZero();
    }
  }

  @Test
  void aBrokenKeyFileKeepsTheOldRingAndIsToldInTheSameWordsEverywhere() throws Exception {
    try (RecordedLog log = RecordedLog.start();
        RunningProxy proxy = RunningProxy.with(pki, byHand(FIRST))) {
      String secret = write("first.key");
      Files.writeString(pki.file("first.key"), secret.substring(0, 20));

      Reload failed = proxy.reload();

      assertThat(failed.problems())
          .extracting(Problem::setting)
          .containsExactly("key-rings.payloads.keys.0.file");
      String problem = failed.problems().get(0).toString();
      assertThat(problem)
          .contains("holds a key of 15 bytes")
          .doesNotContain(secret.substring(0, 8));
      assertThat(failed.listeners()).isZero();
      assertThat(keys(proxy)).containsExactly("first primary");
      assertThat(proxy.get("/readyz").statusCode()).isEqualTo(200);
      assertThat(proxy.get("/readyz").body().lines())
          .containsExactly("ready", "reload failed: " + problem);
      assertThat(status(proxy).getStringList("reload_problems")).containsExactly(problem);
      assertThat(log.lines("reload failed; what served before serves on"))
          .singleElement()
          .satisfies(line -> assertThat(line.field("problem")).hasToString(problem));
      Path same = RunningProxy.write(pki, byHand(FIRST));
      assertThat(Proxy.check(ConfigReader.read(same)).problems())
          .extracting(found -> found.toString().replaceAll("proxy\\d+", "proxy"))
          .containsExactly(problem.replaceAll("proxy\\d+", "proxy"));
      assertThat(reloads(proxy, "key_ring", "failure")).isOne();
      assertThat(reloads(proxy, "key_ring", "success")).isZero();
      assertThat(reloads(proxy, "identity", "failure")).isZero();
      connect(proxy).close();

      write("first.key");
      assertThat(proxy.reload()).isEqualTo(new Reload(List.of(), 1, 0));
      assertThat(proxy.get("/readyz").body().lines()).containsExactly("ready");
      assertThat(reloads(proxy, "key_ring", "success")).isOne();
    }
  }

  @Test
  void whatIsBrokenIsTriedAgainUntilItCanServe() throws Exception {
    try (RunningProxy proxy = RunningProxy.with(pki, "reload.interval = 20ms\n" + config(FIRST))) {
      Files.delete(pki.file("first.key"));
      Eventually.holds(
          "it is told", () -> proxy.get("/readyz").body().contains("first.key does not exist"));
      write("first.key");
      Eventually.holds("all is well", () -> proxy.get("/readyz").body().equals("ready\n"));
    }
  }

  @Test
  void aRingKeepsBackNoOtherRingAndNoCertificate() throws Exception {
    try (RunningProxy proxy = RunningProxy.with(pki, byHand(FIRST) + BACKUP)) {
      Files.delete(pki.file("raw.key"));
      write("first.key");
      pki.issue("server", leaf -> leaf.dns("localhost"));

      Reload reload = proxy.reload();

      assertThat(reload.problems())
          .extracting(Problem::setting)
          .containsExactly("key-rings.backup.keys.0.file");
      assertThat(reload.listeners()).isOne();
      assertThat(status(proxy).getConfigList("identities").get(0).getInt("generation"))
          .isEqualTo(2);
    }
  }

  @Test
  void aPipeInPlaceOfAKeyFileHoldsNothingUp() throws Exception {
    try (RunningProxy proxy = RunningProxy.with(pki, byHand(FIRST))) {
      Files.delete(pki.file("first.key"));
      Program.run(List.of(Program.installed("mkfifo"), pki.file("first.key").toString()));

      assertThat(proxy.reload().problems())
          .singleElement()
          .asString()
          .contains("first.key is a pipe, a socket or a device; name a file");
    }
  }

  @Test
  void statusAndMetricsShowTheKeysThatThereAreAndNoSecret() throws Exception {
    String secret = write("raw.key");
    String nonces = "sallyport_envelope_nonces_used{key=\"r\",key_ring=\"backup\"}";
    try (RunningProxy proxy = RunningProxy.with(pki, byHand(FIRST) + BACKUP)) {
      assertThat(status(proxy).getConfigList("key_rings"))
          .extracting(ring -> ring.getString("name"), ring -> ring.getConfigList("keys").size())
          .containsExactly(tuple("backup", 1), tuple("payloads", 1));
      Config raw = status(proxy).getConfigList("key_rings").get(0).getConfigList("keys").get(0);
      assertThat(raw.root().unwrapped())
          .containsEntry("id", "r")
          .containsEntry("use", "raw")
          .containsEntry("state", "primary")
          .containsEntry("nonces_used", 0)
          .hasSize(4);
      assertThat(proxy.get("/status").body()).doesNotContain(secret.substring(0, 8));
      assertThat(proxy.get("/metrics").body()).contains(nonces);

      proxy.rewrite(byHand(FIRST));
      assertThat(proxy.reload().succeeded()).isTrue();
      assertThat(keys(proxy)).containsExactly("first primary");
      assertThat(proxy.get("/metrics").body()).doesNotContain(nonces);
    }
  }

  @Test
  void nothingStartsWithoutItsKeys() throws Exception {
    Files.delete(pki.file("first.key"));
    Path file = RunningProxy.write(pki, byHand(FIRST));

    assertThatThrownBy(() -> Proxy.start(() -> Proxy.read(file), "test").close())
        .isInstanceOfSatisfying(
            InvalidConfig.class,
            e ->
                assertThat(e.problems())
                    .extracting(Problem::setting)
                    .containsExactly("key-rings.payloads.keys.0.file"));
  }
}
