package io.sallyport.testcerts;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What is written is read by OpenSSL, and by the JDK where it is the JDK's own format. */
class WrittenIdentityIT {
  private static final char[] PASSWORD = "correct horse".toCharArray();

  private final Path folder;

  WrittenIdentityIT(@TempDir Path folder) {
    this.folder = folder;
  }

  private enum Kind {
    EC,
    EC384,
    EC521,
    RSA,
    ED25519;

    TestIdentity issue() {
      return TestCa.create()
          .issue(
              leaf -> {
                switch (this) {
                  case EC -> leaf.ec();
                  case EC384 -> leaf.ec384();
                  case EC521 -> leaf.ec521();
                  case RSA -> leaf.rsa();
                  case ED25519 -> leaf.ed25519();
                }
              });
    }
  }

  @Test
  void writesAChainThatOpensslVerifies() throws Exception {
    TestCa root = TestCa.create(ca -> ca.name("root").rsa());
    Path trust = Files.writeString(folder.resolve("root.pem"), root.certificatePem());
    PemFiles app =
        root.intermediate(ca -> ca.name("middle"))
            .issue(leaf -> leaf.dns("app").ip("127.0.0.1").uri("spiffe://test/app"))
            .writeTo(folder, "app");

    String chain = app.certificate().toString();
    assertThat(
            openssl(
                "verify",
                "-x509_strict",
                "-purpose",
                "sslserver",
                "-verify_hostname",
                "app",
                "-CAfile",
                trust.toString(),
                "-untrusted",
                chain,
                chain))
        .contains(": OK");
    assertThat(openssl("x509", "-in", chain, "-noout", "-ext", "subjectAltName"))
        .contains("DNS:app, IP Address:127.0.0.1, URI:spiffe://test/app");
  }

  @Test
  void keepsTheKeyToItsOwner() throws Exception {
    PemFiles app = Kind.EC.issue().writeTo(folder, "app");

    assertThat(mode(app.certificate())).isEqualTo("rw-r--r--");
    assertThat(mode(app.key())).isEqualTo("rw-------");
    assertThat(mode(Kind.EC.issue().writePkcs12(folder.resolve("app.p12"), "app", PASSWORD)))
        .isEqualTo("rw-------");
    try (var files = Files.list(folder)) {
      assertThat(files).hasSize(3);
    }
  }

  @ParameterizedTest
  @EnumSource
  void writesKeysThatOpensslReads(Kind kind) throws Exception {
    TestIdentity identity = kind.issue();
    PemFiles files = identity.writeTo(folder, "app");
    String publicKey = publicKey(identity);

    assertThat(openssl("pkey", "-in", files.key().toString(), "-pubout")).isEqualTo(publicKey);
    Path encrypted =
        Files.writeString(folder.resolve("encrypted.key"), identity.encryptedKeyPem(PASSWORD));
    assertThat(
            openssl(
                "pkey",
                "-in",
                encrypted.toString(),
                "-passin",
                "pass:" + new String(PASSWORD),
                "-pubout"))
        .isEqualTo(publicKey);
    assertThat(openssl("asn1parse", "-in", encrypted.toString()))
        .contains("PBES2", "hmacWithSHA256", "aes-256-cbc");
  }

  @ParameterizedTest
  @EnumSource(names = {"EC", "EC384", "EC521"})
  void writesSec1KeysThatOpensslReads(Kind kind) throws Exception {
    TestIdentity identity = kind.issue();
    String pem = identity.keyPem(KeyFormat.SEC1);
    Path key = Files.writeString(folder.resolve("sec1.key"), pem);

    assertThat(pem).startsWith("-----BEGIN EC PRIVATE KEY-----\n");
    assertThat(openssl("ec", "-in", key.toString(), "-pubout")).isEqualTo(publicKey(identity));
  }

  @Test
  void writesPkcs1KeysThatOpensslReads() throws Exception {
    TestIdentity identity = Kind.RSA.issue();
    String pem = identity.keyPem(KeyFormat.PKCS1);
    Path key = Files.writeString(folder.resolve("pkcs1.key"), pem);

    assertThat(pem).startsWith("-----BEGIN RSA PRIVATE KEY-----\n");
    assertThat(openssl("rsa", "-in", key.toString(), "-pubout")).isEqualTo(publicKey(identity));
  }

  @Test
  void refusesAFormatThatHasNoRoomForTheKey() {
    assertThatThrownBy(() -> Kind.EC.issue().keyPem(KeyFormat.PKCS1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("PKCS1 has no room for EC keys");
    assertThatThrownBy(() -> Kind.RSA.issue().keyPem(KeyFormat.SEC1))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @ParameterizedTest
  @EnumSource
  void writesKeyStoresThatTheJdkAndOpensslRead(Kind kind) throws Exception {
    TestIdentity identity = kind.issue();
    Path pkcs12 = identity.writePkcs12(folder.resolve("app.p12"), "app", PASSWORD);
    Path jks = identity.writeJks(folder.resolve("app.jks"), "app", PASSWORD);

    for (KeyStore store : List.of(load("PKCS12", pkcs12), load("JKS", jks))) {
      assertThat(store.getKey("app", PASSWORD)).isEqualTo(identity.key());
      assertThat(store.getCertificateChain("app")).containsExactly(identity.leaf());
    }
    assertThat(
            openssl(
                "pkcs12",
                "-in",
                pkcs12.toString(),
                "-passin",
                "pass:" + new String(PASSWORD),
                "-nokeys"))
        .contains("friendlyName: app", "-----BEGIN CERTIFICATE-----");
  }

  @Test
  void namesTheKeyAsOpensslDoes() throws Exception {
    TestIdentity identity = Kind.EC.issue();
    Path der = folder.resolve("spki.der");
    Files.write(der, identity.leaf().getPublicKey().getEncoded());

    String digest = openssl("dgst", "-sha256", "-hex", der.toString());
    byte[] pin = Base64.getDecoder().decode(identity.spkiSha256Base64());
    assertThat(digest.strip()).endsWith(HexFormat.of().formatHex(pin));
  }

  private String publicKey(TestIdentity identity) throws Exception {
    Path leaf = Files.writeString(folder.resolve("leaf.pem"), identity.certificatePem());
    return openssl("x509", "-in", leaf.toString(), "-noout", "-pubkey");
  }

  private static KeyStore load(String type, Path file) throws Exception {
    KeyStore store = KeyStore.getInstance(type);
    try (InputStream in = Files.newInputStream(file)) {
      store.load(in, PASSWORD);
    }
    return store;
  }

  private static String mode(Path file) throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
  }

  private String openssl(String... arguments) throws Exception {
    List<String> command = new ArrayList<>(List.of("openssl"));
    command.addAll(List.of(arguments));
    Path errors = folder.resolve("openssl.err");
    Process process = new ProcessBuilder(command).redirectError(errors.toFile()).start();
    process.getOutputStream().close();
    String output = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertThat(process.waitFor()).as(output + Files.readString(errors)).isZero();
    return output;
  }
}
