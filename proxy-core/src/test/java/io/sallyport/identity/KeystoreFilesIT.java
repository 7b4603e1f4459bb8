package io.sallyport.identity;

import static org.assertj.core.api.Assertions.assertThat;

import io.sallyport.config.IdentityConfig;
import io.sallyport.config.IdentityConfig.KeystoreFile;
import io.sallyport.config.InboundConfig;
import io.sallyport.config.InboundConfig.ClientAuth;
import io.sallyport.config.Problem;
import io.sallyport.config.SecretSource;
import io.sallyport.identity.OpenSslPki.Kind;
import io.sallyport.rig.Program;
import io.sallyport.testcerts.TestCa;
import io.sallyport.testcerts.TestIdentity;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Keystores as openssl and keytool make them, and what openssl is then shown. */
final class KeystoreFilesIT {
  private static final InboundConfig INBOUND =
      TestSetup.inbound(ClientAuth.NONE, TestSetup.TLS_1_2_AND_1_3);
  private static final String PASSWORD = OpenSslPki.PASSWORD;

  private final Path folder;
  private final OpenSslPki pki;

  KeystoreFilesIT(@TempDir Path folder) throws IOException {
    this.folder = folder;
    pki = new OpenSslPki(folder);
  }

  static Stream<Arguments> kindsInBothAges() {
    return Stream.of(Kind.values())
        .flatMap(kind -> Stream.of(Arguments.of(kind, ""), Arguments.of(kind, "-legacy")));
  }

  @ParameterizedTest
  @MethodSource("kindsInBothAges")
  void servesWithAPkcs12OfOpenssl(Kind kind, String age) throws Exception {
    Path key = pki.key(kind);
    List<String> options = new ArrayList<>(List.of("-passout", "pass:" + PASSWORD));
    if (!age.isEmpty()) {
      options.add(age);
    }
    Path store = pki.pkcs12(key, pki.certificate(key), options.toArray(String[]::new));

    serves(load(store, "pkcs12", PASSWORD), pki.ca, kind.shown());
  }

  @Test
  void aPkcs12WithTheEmptyPasswordNeedsNone() throws Exception {
    Path key = pki.key(Kind.P_256);
    Path store = pki.pkcs12(key, pki.certificate(key), "-passout", "pass:");

    serves(load(store, "pkcs12", null), pki.ca, Kind.P_256.shown());
    serves(load(store, "pkcs12", ""), pki.ca, Kind.P_256.shown());
  }

  @ParameterizedTest
  @CsvSource({
    "JKS, RSA, -keysize, 2048, 2048 bit",
    "JKS, RSA, -keysize, 3072, 3072 bit",
    "JKS, EC, -groupname, secp256r1, 256 bit",
    "JKS, EC, -groupname, secp384r1, 384 bit",
    "JKS, EC, -groupname, secp521r1, 521 bit",
    "JKS, EdDSA, -groupname, Ed25519, ED25519",
    "PKCS12, RSA, -keysize, 3072, 3072 bit",
    "PKCS12, EC, -groupname, secp384r1, 384 bit",
    "PKCS12, EdDSA, -groupname, Ed25519, ED25519",
  })
  void servesWithAKeystoreOfKeytool(
      String type, String algorithm, String option, String value, String shown) throws Exception {
    Path store = folder.resolve("store");
    generate(store, type, "app", PASSWORD, "-keyalg", algorithm, option, value);
    Path own = folder.resolve("own.crt");
    keytool(store, "-exportcert", "-rfc", "-alias", "app", "-file", own.toString());

    serves(load(store, type, PASSWORD), own, shown);
  }

  @ParameterizedTest
  @CsvSource({"JKS, pkcs12", "PKCS12, jks"})
  void ofTheTwoTypesEachIsTakenForTheOther(String is, String named) throws Exception {
    Path store = folder.resolve("store");
    generate(store, is, "app", PASSWORD, "-keyalg", "EC");

    assertThat(load(store, named, PASSWORD).problems()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({"JKS", "PKCS12"})
  void saysWhatIsWrongWithTheStoreItself(String type) throws Exception {
    Path store = folder.resolve("store");
    generate(store, type, "app", PASSWORD, "-keyalg", "EC");

    assertThat(problem(load(store, type, "wrong")))
        .isEqualTo(
            "identities.default.keystore: the password does not open %s; check the password",
            store);
    assertThat(problem(load(store, type, null)))
        .isEqualTo(
            "identities.default.keystore: the key in %s needs a password;"
                + " set keystore.password-file",
            store);
    generate(store, type, "other", PASSWORD, "-keyalg", "EC");
    assertThat(problem(load(store, type, PASSWORD)))
        .isEqualTo(
            "identities.default.keystore: %s holds 2 private keys;"
                + " it must hold exactly one private key entry",
            store);
    byte[] whole = Files.readAllBytes(store);
    Files.write(store, Arrays.copyOf(whole, whole.length / 2));
    assertThat(problem(load(store, type, PASSWORD)))
        .startsWith("identities.default.keystore: " + store)
        .contains("is not a keystore of type");
  }

  @Test
  void aKeyWithAPasswordOfItsOwnIsToldApart() throws Exception {
    Path jks = folder.resolve("store.jks");
    generate(jks, "JKS", "app", "a password of its own", "-keyalg", "EC");

    assertThat(problem(load(jks, "jks", PASSWORD)))
        .isEqualTo(
            "identities.default.keystore: the password does not open the key in %s;"
                + " give the key the password of its store",
            jks);
  }

  @Test
  void aKeyThatIsNotEncryptedIsNotTaken() throws Exception {
    Path key = pki.key(Kind.P_256);
    Path store =
        pki.pkcs12(key, pki.certificate(key), "-keypbe", "NONE", "-passout", "pass:" + PASSWORD);

    assertThat(problem(load(store, "pkcs12", PASSWORD)))
        .contains("holds no private key; ", "unencrypted");
  }

  @Test
  void anIncompleteChainServesAndIsWarnedOf() throws Exception {
    TestCa root = TestCa.create();
    TestIdentity app = root.intermediate().issue(leaf -> leaf.dns("app"));
    Path trust = Files.writeString(folder.resolve("root.crt"), root.certificatePem());
    Path whole = app.writePkcs12(folder.resolve("whole.p12"), "app", PASSWORD.toCharArray());
    Path leafAlone = leafAlone(app);

    assertThat(load(whole, "pkcs12", PASSWORD, trust).warnings()).isEmpty();
    serves(load(whole, "pkcs12", PASSWORD, trust), trust, "256 bit");
    IdentityLoader.Loaded incomplete = load(leafAlone, "pkcs12", PASSWORD, trust);
    assertThat(incomplete.warnings())
        .extracting(Problem::toString)
        .singleElement()
        .asString()
        .contains("our own certificate does not build to it");
    assertThat(told(incomplete, trust)).contains("unable to get local issuer certificate");
  }

  private Path leafAlone(TestIdentity app) throws IOException, GeneralSecurityException {
    Path file = Files.createTempFile(folder, "leaf", ".p12");
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    char[] password = PASSWORD.toCharArray();
    store.setKeyEntry("app", app.key(), password, new Certificate[] {app.leaf()});
    try (var out = Files.newOutputStream(file)) {
      store.store(out, password);
    }
    return file;
  }

  private static void generate(
      Path store, String type, String alias, String keyPassword, String... algorithm) {
    List<String> arguments = new ArrayList<>(List.of("-genkeypair", "-storetype", type));
    arguments.addAll(List.of("-alias", alias, "-keypass", keyPassword, "-dname", "CN=app"));
    arguments.addAll(List.of("-ext", "san=dns:app", "-validity", "2"));
    arguments.addAll(List.of(algorithm));
    keytool(store, arguments.toArray(String[]::new));
  }

  private static void keytool(Path store, String... arguments) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
    command.addAll(List.of(arguments));
    command.addAll(List.of("-keystore", store.toString(), "-storepass", PASSWORD));
    Program.Outcome outcome = Program.run(command);
    assertThat(outcome.exitCode()).as("%s: %s", command, outcome.output()).isZero();
  }

  private IdentityLoader.Loaded load(Path store, String type, @Nullable String password) {
    return load(store, type, password, pki.ca);
  }

  private static IdentityLoader.Loaded load(
      Path store, String type, @Nullable String password, Path trust) {
    @Nullable SecretSource secret =
        password == null ? null : new SecretSource.Literal(password.toCharArray());
    IdentityConfig identity =
        new IdentityConfig("default", new KeystoreFile(store, type, secret), List.of(trust), false);
    return IdentityLoader.load(TestSetup.config(identity, List.of(INBOUND), List.of()));
  }

  private static void serves(IdentityLoader.Loaded loaded, Path anchor, String shown)
      throws Exception {
    assertThat(loaded.problems()).isEmpty();
    assertThat(told(loaded, anchor)).contains("hello", "Verify return code: 0 (ok)", shown);
  }

  /** What a client that trusts this anchor prints. */
  private static String told(IdentityLoader.Loaded loaded, Path anchor) throws Exception {
    IdentityGeneration generation = loaded.generation(INBOUND, 1, PeerCheck.ANY_TRUSTED);
    try (PeerServer server = new PeerServer(generation)) {
      return OpenSslClient.connect(
          server.port(), "Q\n", List.of("-CAfile", anchor.toString(), "-verify_hostname", "app"));
    }
  }

  private static String problem(IdentityLoader.Loaded loaded) {
    assertThat(loaded.problems()).hasSize(1);
    return loaded.problems().get(0).toString();
  }
}
