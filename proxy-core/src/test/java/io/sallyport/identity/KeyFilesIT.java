package io.sallyport.identity;

import static org.assertj.core.api.Assertions.assertThat;

import io.sallyport.config.IdentityConfig;
import io.sallyport.config.InboundConfig;
import io.sallyport.config.InboundConfig.ClientAuth;
import io.sallyport.config.Problem;
import io.sallyport.identity.OpenSslPki.Kind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Keys in every form in which openssl writes them to PEM files, and what openssl is then shown. */
final class KeyFilesIT {
  private static final InboundConfig INBOUND =
      TestSetup.inbound(ClientAuth.NONE, TestSetup.TLS_1_2_AND_1_3);

  /** The command of openssl that makes it, and how it then begins. */
  private enum Form {
    PKCS8("pkcs8 -topk8 -nocrypt", "BEGIN PRIVATE KEY", false),
    PKCS8_AES_128("pkcs8 -topk8 -v2 aes-128-cbc", "BEGIN ENCRYPTED", true),
    PKCS8_AES_256("pkcs8 -topk8 -v2 aes-256-cbc -v2prf hmacWithSHA512", "BEGIN ENCRYPTED", true),
    PKCS8_SCRYPT("pkcs8 -topk8 -scrypt", "BEGIN ENCRYPTED", true),
    PKCS8_3DES("pkcs8 -topk8 -v1 PBE-SHA1-3DES", "BEGIN ENCRYPTED", true),
    TRADITIONAL("pkey -traditional", "BEGIN (RSA|EC) PRIVATE", false),
    TRADITIONAL_AES_128("pkey -traditional -aes128", "DEK-Info: AES-128-CBC", true),
    TRADITIONAL_AES_256("pkey -traditional -aes256", "DEK-Info: AES-256-CBC", true),
    TRADITIONAL_3DES("pkey -traditional -des3", "DEK-Info: DES-EDE3-CBC", true);

    private final String command;
    private final String begins;
    private final boolean encrypted;

    Form(String command, String begins, boolean encrypted) {
      this.command = command;
      this.begins = begins;
      this.encrypted = encrypted;
    }

    Path of(Path key, OpenSslPki pki) throws IOException {
      String passout = encrypted ? " -passout file:" + passwordFile(key, OpenSslPki.PASSWORD) : "";
      Path converted = pki.convert(key, (command + passout).split(" "));
      assertThat(converted).content().containsPattern(begins);
      return converted;
    }
  }

  private final OpenSslPki pki;

  KeyFilesIT(@TempDir Path folder) throws IOException {
    pki = new OpenSslPki(folder);
  }

  /** PKCS#1 and SEC1 have no room for Ed25519. */
  static Stream<Arguments> kindsInTheirForms() {
    return Stream.of(Kind.values())
        .flatMap(
            kind ->
                Stream.of(Form.values())
                    .filter(form -> kind != Kind.ED25519 || !form.name().startsWith("TRADITIONAL"))
                    .map(form -> Arguments.of(kind, form)));
  }

  @ParameterizedTest
  @MethodSource("kindsInTheirForms")
  void servesWithAKeyOfOpenssl(Kind kind, Form form) throws Exception {
    Path clear = pki.key(kind);
    Path key = form.of(clear, pki);
    Path password = form.encrypted ? passwordFile(clear, OpenSslPki.PASSWORD + "\n") : null;

    IdentityLoader.Loaded loaded = load(pki.certificate(clear), key, password);

    assertThat(loaded.problems()).isEmpty();
    try (PeerServer server = new PeerServer(generation(loaded))) {
      String printed =
          OpenSslClient.connect(
              server.port(),
              "Q\n",
              List.of(
                  "-CAfile", pki.ca.toString(), "-verify_hostname", "app", "-verify_return_error"));
      assertThat(printed).contains("hello", "Verify return code: 0 (ok)", kind.shown());
      assertThat(server.failed).isEmpty();
    }
  }

  static Stream<Form> encryptedForms() {
    return Stream.of(Form.values()).filter(form -> form.encrypted);
  }

  @ParameterizedTest
  @MethodSource("encryptedForms")
  void saysWhatAnEncryptedKeyLacks(Form form) throws Exception {
    Path clear = pki.key(Kind.P_256);
    Path key = form.of(clear, pki);
    Path certificate = pki.certificate(clear);

    assertThat(problem(load(certificate, key, null)))
        .isEqualTo(
            "identities.default.key: the key in %s is encrypted and no password is given;"
                + " set key-password-file beside it",
            key);
    assertThat(problem(load(certificate, key, passwordFile(clear, "wrong"))))
        .startsWith("identities.default.key: the password does not open the key in " + key)
        .contains("check key-password-file");
  }

  @Test
  void aCipherThatIsNotSupportedIsToldApartFromAWrongPasswordByTheRemedy() throws Exception {
    Path clear = pki.key(Kind.P_256);
    Path password = passwordFile(clear, OpenSslPki.PASSWORD);
    Path key =
        pki.convert(clear, "pkey", "-traditional", "-camellia256", "-passout", "file:" + password);

    assertThat(problem(load(pki.certificate(clear), key, password)))
        .contains("where it is right, encrypt the key anew: openssl pkcs8 -topk8");
  }

  @Test
  void aCurveThatIsSpelledOutIsToBeNamedInstead() throws Exception {
    Path clear = pki.key(Kind.P_256);
    Path explicit = pki.convert(clear, "ec", "-param_enc", "explicit");

    assertThat(problem(load(pki.certificate(clear), explicit, null)))
        .endsWith(PrivateKeys.SUPPORTED);
  }

  /** As {@code openssl ecparam -genkey} writes it. */
  @Test
  void aKeyIsFoundBehindItsParameters() throws Exception {
    Path clear = pki.key(Kind.P_256);
    Path certificate = pki.certificate(clear);
    Path sec1 = pki.convert(clear, "ec");
    Path parameters = pki.convert(clear, "ec", "-param_out");
    Path both = Files.writeString(sec1, Files.readString(parameters) + Files.readString(sec1));
    assertThat(both).content().contains("BEGIN EC PARAMETERS");

    assertThat(load(certificate, both, null).problems()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "EC, ec_paramgen_curve:secp256k1",
    "EC, ec_paramgen_curve:P-224",
    "ED448, ",
    "RSA-PSS, rsa_keygen_bits:2048",
    "RSA, rsa_keygen_bits:1024",
  })
  void saysWhichKeysAreSupportedWhereOneIsNot(String algorithm, @Nullable String option)
      throws Exception {
    Path key = option == null ? pki.key(algorithm) : pki.key(algorithm, option);

    assertThat(problem(load(pki.certificate(key), key, null))).endsWith(PrivateKeys.SUPPORTED);
  }

  private static Path passwordFile(Path besides, String password) throws IOException {
    Path file = Files.createTempFile(besides.getParent(), "password", "");
    return Files.writeString(file, password);
  }

  private IdentityLoader.Loaded load(Path certificate, Path key, @Nullable Path password) {
    IdentityConfig identity = TestSetup.identity(certificate, key, password, List.of(pki.ca));
    return IdentityLoader.load(TestSetup.config(identity, List.of(INBOUND), List.of()));
  }

  private static IdentityGeneration generation(IdentityLoader.Loaded loaded) {
    return loaded.generation(INBOUND, 1, PeerCheck.ANY_TRUSTED);
  }

  private static String problem(IdentityLoader.Loaded loaded) {
    assertThat(loaded.problems()).hasSize(1);
    return loaded.problems().stream().map(Problem::toString).findFirst().orElseThrow();
  }
}
