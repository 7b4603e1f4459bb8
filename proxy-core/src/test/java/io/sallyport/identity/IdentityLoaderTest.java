package io.sallyport.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sallyport.config.IdentityConfig;
import io.sallyport.config.IdentityConfig.KeySource;
import io.sallyport.config.IdentityConfig.KeystoreFile;
import io.sallyport.config.IdentityConfig.PemFiles;
import io.sallyport.config.InboundConfig;
import io.sallyport.config.InboundConfig.ClientAuth;
import io.sallyport.config.OutboundConfig;
import io.sallyport.config.Problem;
import io.sallyport.config.SecretSource;
import io.sallyport.testcerts.KeyFormat;
import io.sallyport.testcerts.NameKind;
import io.sallyport.testcerts.TestCa;
import io.sallyport.testcerts.TestIdentity;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is read, and what is said of what cannot be used. */
class IdentityLoaderTest {
  private static final char[] PASSWORD = "correct horse".toCharArray();
  private static final InboundConfig INBOUND =
      TestSetup.inbound(ClientAuth.REQUIRE, TestSetup.TLS_1_2_AND_1_3);
  private static final OutboundConfig OUTBOUND =
      TestSetup.outbound("default", List.of(), TestSetup.TLS_1_2_AND_1_3);

  private final Path directory;
  private final TestSetup setup;
  private final TestCa ca = TestCa.create();
  private final TestIdentity app = ca.issue(leaf -> leaf.dns("app"));

  IdentityLoaderTest(@TempDir Path directory) {
    this.directory = directory;
    setup = new TestSetup(directory);
  }

  @Test
  void loadsEveryKindOfKeyInEveryFormat() {
    List<TestIdentity> identities =
        List.of(
            app,
            ca.issue(leaf -> leaf.ec384()),
            ca.issue(leaf -> leaf.rsa()),
            ca.intermediate().issue(leaf -> leaf.dns("app")));
    for (TestIdentity identity : identities) {
      String kind = identity.key().getAlgorithm();
      KeyFormat legacy = kind.equals("RSA") ? KeyFormat.PKCS1 : KeyFormat.SEC1;
      for (String key : List.of(identity.keyPem(), identity.keyPem(legacy))) {
        assertClean(load(setup.identity(identity.certificatePem(), key, ca.certificatePem())));
      }
    }
  }

  @Test
  void opensAnEncryptedKeyWithThePasswordInItsFile() {
    assertClean(load(encrypted(setup.file("correct horse\n"))));
  }

  @Test
  void saysThatAnEncryptedKeyNeedsItsPassword() {
    assertThat(problem(load(encrypted(null))))
        .startsWith("identities.default.key: the key in ")
        .endsWith("is encrypted and no password is given; set key-password-file beside it");
    assertThat(problem(load(encrypted(setup.file("wrong")))))
        .startsWith("identities.default.key: the password does not open the key in ")
        .contains("; check key-password-file");
    assertThat(problem(load(encrypted(directory.resolve("absent")))))
        .startsWith("identities.default.key-password-file: ")
        .contains("absent does not exist");
  }

  @Test
  void loadsCertificateAndKeyFromOneFile() {
    Path both = setup.file(app.keyPem() + "some text\n" + app.certificatePem());
    Path trust = setup.file(ca.certificatePem());

    assertClean(load(TestSetup.identity(both, both, null, List.of(trust))));
  }

  @Test
  void loadsKeystores() throws IOException {
    assertClean(load(keystore("pkcs12", PASSWORD)));
    assertClean(load(keystore("jks", PASSWORD)));
  }

  @Test
  void saysWhatIsWrongWithAKeystore() throws Exception {
    assertThat(problem(load(keystore("pkcs12", "wrong".toCharArray()))))
        .contains("identities.default.keystore: the password does not open");
    assertThat(problem(load(keystore("jks", null)))).contains("needs a password");
    Path two = directory.resolve("two.p12");
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    X509Certificate[] chain = {app.leaf()};
    store.setKeyEntry("a", app.key(), PASSWORD, chain);
    store.setKeyEntry("b", app.key(), PASSWORD, chain);
    write(store, two);
    assertThat(problem(load(keystore(two, "pkcs12", PASSWORD)))).contains("holds 2 private keys");
    Path none = directory.resolve("none.p12");
    KeyStore trustOnly = KeyStore.getInstance("PKCS12");
    trustOnly.load(null, null);
    trustOnly.setCertificateEntry("a", app.leaf());
    write(trustOnly, none);
    assertThat(problem(load(keystore(none, "pkcs12", PASSWORD)))).contains("holds no private key");
    Path pem = setup.file(app.certificatePem());
    assertThat(problem(load(keystore(pem, "pkcs12", PASSWORD))))
        .contains("is not a keystore of type pkcs12");
  }

  @Test
  void saysOfEveryFileAtOnceWhyItCannotBeRead() {
    Path absent = directory.resolve("absent.pem");
    Path empty = setup.file("");

    List<String> problems =
        problems(load(TestSetup.identity(absent, empty, null, List.of(directory))));

    assertThat(problems)
        .containsExactlyInAnyOrder(
            "identities.default.certificate: " + absent + " does not exist; check the path",
            "identities.default.key: " + empty + " is empty; check what writes it",
            "identities.default.trust: " + directory + " is a folder; name a file in it");
  }

  @Test
  void saysWhatIsNotPem() {
    IdentityLoader.Loaded loaded = load(setup.identity("hello", "\0\1", "0\u0082\1"));

    assertThat(problems(loaded))
        .hasSize(3)
        .allSatisfy(problem -> assertThat(problem).contains("is not PEM"));
  }

  @Test
  void refusesHalfAPemFileAndOtherThings() {
    String certificate = app.certificatePem();
    String half = certificate.substring(0, certificate.length() / 2);

    assertThat(problem(load(setup.identity(half, app.keyPem(), ca.certificatePem()))))
        .contains("without its END line");
    assertThat(problem(load(setup.identity(app.keyPem(), app.keyPem(), ca.certificatePem()))))
        .contains("holds no certificate");
    assertThat(problem(load(setup.identity(certificate, certificate, ca.certificatePem()))))
        .contains("holds no private key");
    assertThat(
            problem(
                load(
                    setup.identity(certificate, app.keyPem() + app.keyPem(), ca.certificatePem()))))
        .contains("holds 2 private keys");
    String broken = certificate.replaceFirst("MII", "AAA");
    assertThat(problem(load(setup.identity(broken, app.keyPem(), ca.certificatePem()))))
        .contains("certificate 1 in")
        .contains("cannot be parsed");
    String openSsh = "-----BEGIN OPENSSH PRIVATE KEY-----\nAA==\n-----END OPENSSH PRIVATE KEY-----";
    assertThat(problem(load(setup.identity(certificate, openSsh, ca.certificatePem()))))
        .contains("not supported: OPENSSH PRIVATE KEY")
        .contains("openssl pkcs8");
  }

  @Test
  void readsNoMoreOfAFileThanAKeyCanBe() throws IOException {
    Path large = directory.resolve("large.pem");
    Files.write(large, new byte[SourceFiles.MOST_BYTES_OF_KEY + 1]);
    Path key = setup.file(app.keyPem());

    assertThat(
            problem(
                load(
                    TestSetup.identity(
                        large, key, null, List.of(setup.file(ca.certificatePem()))))))
        .contains("is larger than");
  }

  @Test
  void refusesAKeyThatDoesNotFitItsCertificate() {
    TestIdentity other = ca.issue(leaf -> leaf.dns("other"));
    TestIdentity rsa = ca.issue(leaf -> leaf.rsa());

    for (TestIdentity stranger : List.of(other, rsa)) {
      assertThat(
              problem(
                  load(
                      setup.identity(
                          app.certificatePem(), stranger.keyPem(), ca.certificatePem()))))
          .isEqualTo(
              "identities.default.key: key does not belong to certificate;"
                  + " check that both were renewed");
    }
  }

  @Test
  void refusesAChainThatIsOutOfOrder() {
    TestIdentity deep = ca.intermediate().intermediate().issue(leaf -> leaf.dns("app"));
    List<String> pems = deep.chain().stream().map(IdentityLoaderTest::pem).toList();
    String leafLast = pems.get(2) + pems.get(1) + pems.get(0);
    String swapped = pems.get(0) + pems.get(2) + pems.get(1);

    assertThat(problem(load(setup.identity(leafLast, deep.keyPem(), ca.certificatePem()))))
        .contains("the leaf must come first");
    assertThat(problem(load(setup.identity(swapped, deep.keyPem(), ca.certificatePem()))))
        .contains("chain out of order: certificate 1 is not signed by the next");
  }

  @Test
  void refusesALeafThatIsOutOfItsTime() {
    TestIdentity expired = ca.issue(leaf -> leaf.expired());
    TestIdentity early = ca.issue(leaf -> leaf.notYetValid());

    assertThat(problem(load(setup.identity(expired, ca.certificatePem()))))
        .contains(
            "identities.default.certificate: certificate expired at "
                + expired.leaf().getNotAfter().toInstant());
    assertThat(problem(load(setup.identity(early, ca.certificatePem()))))
        .contains("is not valid before " + early.leaf().getNotBefore().toInstant());
  }

  /** BoringSSL would show none of EC, and peers take no other. */
  @Test
  void aLeafMustBeForSigning() {
    byte[] keyAgreement = {3, 2, 3, 8};
    for (TestIdentity leaf :
        List.of(
            ca.issue(spec -> spec.extension("2.5.29.15", true, keyAgreement)),
            ca.issue(spec -> spec.rsa().extension("2.5.29.15", true, keyAgreement)))) {
      assertThat(problem(load(setup.identity(leaf, ca.certificatePem()))))
          .isEqualTo(
              "identities.default.certificate: key usage of the certificate lacks digitalSignature;"
                  + " issue one that has it: TLS proves by a signature whose the certificate is");
    }
  }

  @Test
  void aLeafMustServeThePurposesOfItsListeners() {
    IdentityConfig server = setup.identity(ca.issue(leaf -> leaf.server()), ca.certificatePem());
    IdentityConfig client = setup.identity(ca.issue(leaf -> leaf.client()), ca.certificatePem());

    assertClean(load(server, List.of(INBOUND), List.of()));
    assertClean(load(client, List.of(), List.of(OUTBOUND)));
    assertThat(problem(load(server, List.of(INBOUND), List.of(OUTBOUND))))
        .contains("extended key usage of the certificate lacks clientAuth")
        .contains("outbound");
    assertThat(problem(load(client, List.of(INBOUND), List.of(OUTBOUND))))
        .contains("extended key usage of the certificate lacks serverAuth")
        .contains("inbound");
  }

  @Test
  void refusesAWeakKey() {
    assertThat(problem(load(setup.identity(ca.issue(leaf -> leaf.rsa(1024)), ca.certificatePem()))))
        .contains("RSA key of 1024 bits is too weak");
  }

  @Test
  void warnsOfKeysThatManyPeersDoNotTake() {
    IdentityLoader.Loaded ed25519 =
        load(setup.identity(ca.issue(leaf -> leaf.ed25519()), ca.certificatePem()));
    IdentityLoader.Loaded p521 =
        load(setup.identity(ca.issue(leaf -> leaf.ec521()), ca.certificatePem()));

    assertThat(warning(ed25519)).contains("do not accept Ed25519");
    assertThat(warning(p521)).contains("do not accept P-521");
  }

  @Test
  void warnsOfACaForALeaf() {
    assertThat(warning(load(setup.identity(ca.issue(leaf -> leaf.ca()), ca.certificatePem()))))
        .contains("the leaf is a CA certificate");
  }

  @Test
  void warnsWhenOurChainDoesNotBuildToOurTrust() {
    assertThat(warning(load(setup.identity(app, TestCa.create().certificatePem()))))
        .contains("identities.default.trust: our own certificate does not build to it");
  }

  @Test
  void warnsOfTheCaThatComesWithOurLeafInASecret() throws IOException {
    Path certificate = Files.writeString(directory.resolve("tls.crt"), app.certificatePem());
    Path beside = Files.writeString(directory.resolve("ca.crt"), ca.certificatePem());
    Path apart = setup.file(ca.certificatePem());
    Path key = setup.file(app.keyPem());
    String said =
        beside
            + " is the CA of our own certificate, and changes with it; name a bundle that is kept"
            + " apart, and has the old and the new CA while one follows the other";

    assertThat(warning(load(TestSetup.identity(certificate, key, null, List.of(apart, beside)))))
        .isEqualTo("identities.default.trust: " + said);
    OutboundConfig ownTrust =
        TestSetup.outbound("default", List.of(beside), TestSetup.TLS_1_2_AND_1_3);
    IdentityConfig bundled = TestSetup.identity(certificate, key, null, List.of(apart));
    assertThat(warning(load(bundled, List.of(), List.of(ownTrust))))
        .isEqualTo("outbound.peer.trust: " + said);
    assertClean(load(bundled));
    assertClean(
        load(TestSetup.identity(setup.file(app.certificatePem()), key, null, List.of(beside))));
  }

  @Test
  void warnsOfAnExpiredIntermediate() {
    TestIdentity late = ca.intermediate(spec -> spec.expired()).issue(leaf -> leaf.dns("app"));

    assertThat(warning(load(setup.identity(late, ca.certificatePem()))))
        .contains("an intermediate in the chain expired at");
  }

  @Test
  void warnsOfAKeyThatOthersCanReadAndRefusesItWhenStrict() throws IOException {
    Path key = setup.file(app.keyPem());
    Files.setPosixFilePermissions(key, PosixFilePermissions.fromString("rw-r-----"));
    Path certificate = setup.file(app.certificatePem());
    List<Path> trust = List.of(setup.file(ca.certificatePem()));
    PemFiles source = new PemFiles(certificate, key, null);

    IdentityLoader.Loaded mild = load(new IdentityConfig("default", source, trust, false));
    IdentityLoader.Loaded strict = load(new IdentityConfig("default", source, trust, true));

    String text =
        "identities.default.key: " + key + " can be read by group or others; chmod 600 " + key;
    assertThat(mild.problems()).isEmpty();
    assertThat(warning(mild)).isEqualTo(text);
    assertThat(problem(strict)).isEqualTo(text);
  }

  @Test
  void warnsOfAPasswordThatOthersCanReadAndRefusesItWhenStrict() throws IOException {
    Path password = setup.file(new String(PASSWORD));
    Files.setPosixFilePermissions(password, PosixFilePermissions.fromString("rw-r-----"));
    Path certificate = setup.file(app.certificatePem());
    Path key = setup.file(app.encryptedKeyPem(PASSWORD));
    Path store = app.writePkcs12(directory.resolve("store.p12"), "app", PASSWORD);
    List<Path> trust = List.of(setup.file(ca.certificatePem()));

    Map<String, KeySource> sources =
        Map.of(
            "key-password-file",
            new PemFiles(certificate, key, password),
            "keystore.password-file",
            new KeystoreFile(store, "pkcs12", new SecretSource.InFile(password)));

    sources.forEach(
        (setting, source) -> {
          IdentityLoader.Loaded mild = load(new IdentityConfig("default", source, trust, false));
          IdentityLoader.Loaded strict = load(new IdentityConfig("default", source, trust, true));
          String text =
              "identities.default.%s: %s can be read by group or others; chmod 600 %s"
                  .formatted(setting, password, password);
          assertThat(mild.problems()).isEmpty();
          assertThat(warning(mild)).isEqualTo(text);
          assertThat(problem(strict)).isEqualTo(text);
        });
  }

  @Test
  void warnsOfTrustThatVouchesForNobody() {
    TestIdentity leaf = ca.issue(spec -> spec.dns("x"));
    TestCa expired = TestCa.create(spec -> spec.expired());
    TestCa weak = TestCa.create(spec -> spec.rsa(1024));

    assertThat(warnings(loadTrust(ca.certificatePem() + leaf.certificatePem())))
        .singleElement()
        .asString()
        .contains("certificate 2 in")
        .contains("is not a CA: it vouches for nobody");
    assertThat(warnings(loadTrust(ca.certificatePem() + expired.certificatePem())))
        .singleElement()
        .asString()
        .contains("expired at");
    assertThat(warnings(loadTrust(ca.certificatePem() + weak.certificatePem())))
        .singleElement()
        .asString()
        .contains("weak key");
  }

  @Test
  void refusesAConstrainedIntermediateForAnAnchor() {
    TestCa constrained = ca.intermediate(spec -> spec.permit(NameKind.DNS, "app"));

    assertThat(problem(loadTrust(constrained.certificatePem())))
        .contains("so they would not count");
  }

  @Test
  void aListenersTrustReplacesThatOfItsIdentity() {
    TestCa other = TestCa.create();
    OutboundConfig outbound =
        TestSetup.outbound(
            "default", List.of(setup.file(other.certificatePem())), TestSetup.TLS_1_2_AND_1_3);
    IdentityConfig identity = setup.identity(app, ca.certificatePem());

    IdentityLoader.Loaded loaded = load(identity, List.of(INBOUND), List.of(outbound));

    assertClean(loaded);
    assertThat(trust(loaded.generation(outbound, 1, PeerCheck.ANY_TRUSTED)))
        .containsExactly(other.certificate());
    assertThat(trust(loaded.generation(INBOUND, 1, PeerCheck.ANY_TRUSTED)))
        .containsExactly(ca.certificate());
  }

  @Test
  void aClientNeedsNoCertificate() {
    OutboundConfig outbound =
        TestSetup.outbound(
            null, List.of(setup.file(ca.certificatePem())), TestSetup.TLS_1_2_AND_1_3);
    IdentityConfig unused = new IdentityConfig("default", null, List.of(), false);

    IdentityLoader.Loaded loaded = load(unused, List.of(), List.of(outbound));
    IdentityGeneration generation = loaded.generation(outbound, 7, PeerCheck.ANY_TRUSTED);

    assertThat(generation.identities()).isEmpty();
    assertThat(generation.number()).isEqualTo(7);
    assertThat(trust(generation)).containsExactly(ca.certificate());
  }

  @Test
  void makesNothingOfWhatHasProblems() {
    IdentityLoader.Loaded loaded = load(setup.identity("", "", ""));

    assertThatThrownBy(() -> loaded.generation(INBOUND, 1, PeerCheck.ANY_TRUSTED))
        .isInstanceOf(IllegalStateException.class);
  }

  @Test
  void aSecretIsInNoMessage() {
    String key = app.keyPem();
    String secret = key.lines().skip(1).findFirst().orElseThrow();
    String cut = key.replace("-----END", "!-----END");

    IdentityLoader.Loaded loaded =
        load(setup.identity(app.certificatePem(), cut, ca.certificatePem()));

    assertThat(problem(loaded)).contains("is not base64");
    assertThat(loaded.toString()).doesNotContain(secret);
  }

  private IdentityConfig encrypted(@Nullable Path passwordFile) {
    return TestSetup.identity(
        setup.file(app.certificatePem()),
        setup.file(app.encryptedKeyPem(PASSWORD)),
        passwordFile,
        List.of(setup.file(ca.certificatePem())));
  }

  private IdentityConfig keystore(String type, char @Nullable [] password) throws IOException {
    Path file = directory.resolve("store." + type);
    return keystore(
        type.equals("jks")
            ? app.writeJks(file, "app", PASSWORD)
            : app.writePkcs12(file, "app", PASSWORD),
        type,
        password);
  }

  private IdentityConfig keystore(Path file, String type, char @Nullable [] password) {
    return new IdentityConfig(
        "default",
        new KeystoreFile(file, type, password == null ? null : new SecretSource.Literal(password)),
        List.of(setup.file(ca.certificatePem())),
        false);
  }

  private static void write(KeyStore store, Path file)
      throws IOException, GeneralSecurityException {
    try (var out = Files.newOutputStream(file)) {
      store.store(out, PASSWORD);
    }
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
  }

  private static String pem(X509Certificate certificate) {
    try {
      return "-----BEGIN CERTIFICATE-----\n"
          + java.util.Base64.getMimeEncoder().encodeToString(certificate.getEncoded())
          + "\n-----END CERTIFICATE-----\n";
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private IdentityLoader.Loaded loadTrust(String pem) {
    return load(setup.identity(app, pem));
  }

  private static IdentityLoader.Loaded load(IdentityConfig identity) {
    return load(identity, List.of(INBOUND), List.of());
  }

  private static IdentityLoader.Loaded load(
      IdentityConfig identity, List<InboundConfig> inbound, List<OutboundConfig> outbound) {
    return IdentityLoader.load(TestSetup.config(identity, inbound, outbound));
  }

  /** The anchors; the context is released. */
  private static List<X509Certificate> trust(IdentityGeneration generation) {
    generation.release();
    return generation.trust().anchors();
  }

  private static void assertClean(IdentityLoader.Loaded loaded) {
    assertThat(Stream.concat(loaded.problems().stream(), loaded.warnings().stream())).isEmpty();
  }

  private static String problem(IdentityLoader.Loaded loaded) {
    assertThat(loaded.problems()).hasSize(1);
    return problems(loaded).get(0);
  }

  private static String warning(IdentityLoader.Loaded loaded) {
    assertThat(loaded.problems()).isEmpty();
    assertThat(loaded.warnings()).hasSize(1);
    return warnings(loaded).get(0);
  }

  private static List<String> problems(IdentityLoader.Loaded loaded) {
    return loaded.problems().stream().map(Problem::toString).toList();
  }

  private static List<String> warnings(IdentityLoader.Loaded loaded) {
    return loaded.warnings().stream().map(Problem::toString).toList();
  }
}
