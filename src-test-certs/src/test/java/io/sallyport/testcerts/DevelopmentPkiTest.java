package io.sallyport.testcerts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.sallyport.testcerts.DevelopmentPkiFailed.Fault;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class DevelopmentPkiTest {
  private static final DevelopmentLeaf APP =
      new DevelopmentLeaf(
          "app",
          List.of("app", "*.app.example.org"),
          List.of("127.0.0.1", "::1"),
          "spiffe://example.org/ns/shop/sa/app",
          30);

  private final Path folder;

  DevelopmentPkiTest(@TempDir Path folder) {
    this.folder = folder;
  }

  @Test
  void makesACaThatSaysWhatItIs() throws Exception {
    DevelopmentPki pki = DevelopmentPki.in(folder.resolve("deep/pki"));

    assertThat(pki.created()).isTrue();
    assertThat(pki.caCertificate()).isEqualTo(folder.resolve("deep/pki/ca.crt"));
    assertThat(certificate(pki.caCertificate()).getSubjectX500Principal().getName())
        .isEqualTo("CN=Sallyport development CA\\, not for production,O=Sallyport");
    assertThat(mode(folder.resolve("deep/pki/ca.key"))).isEqualTo("rw-------");
    assertThat(mode(pki.caCertificate())).isEqualTo("rw-r--r--");
  }

  @Test
  void issuesALeafUnderAllItsNames() throws Exception {
    DevelopmentPki pki = DevelopmentPki.in(folder);
    PemFiles app = pki.issue(APP);

    assertThat(app).isEqualTo(PemFiles.in(folder, "app"));
    assertThat(mode(app.key())).isEqualTo("rw-------");
    X509Certificate leaf = certificate(app.certificate());
    assertThat(leaf.getSubjectX500Principal().getName())
        .isEqualTo("CN=app,O=Sallyport development\\, not for production");
    assertThat(leaf.getSubjectAlternativeNames())
        .containsExactly(
            List.of(2, "app"),
            List.of(2, "*.app.example.org"),
            List.of(7, "127.0.0.1"),
            List.of(7, "0:0:0:0:0:0:0:1"),
            List.of(6, "spiffe://example.org/ns/shop/sa/app"));
    assertThat(leaf.getNotAfter().toInstant())
        .isBetween(
            Instant.now().plus(Duration.ofDays(29)), Instant.now().plus(Duration.ofDays(30)));
    leaf.verify(certificate(pki.caCertificate()).getPublicKey());
    assertThat(names()).containsExactlyInAnyOrder("ca.crt", "ca.key", "app.crt", "app.key");
  }

  @Test
  void usesTheCaThatIsThere() throws Exception {
    DevelopmentPki first = DevelopmentPki.in(folder);
    byte[] certificate = Files.readAllBytes(first.caCertificate());
    DevelopmentPki second = DevelopmentPki.in(folder);
    PemFiles app = second.issue(APP);

    assertThat(second.created()).isFalse();
    assertThat(Files.readAllBytes(second.caCertificate())).isEqualTo(certificate);
    certificate(app.certificate()).verify(certificate(first.caCertificate()).getPublicKey());
  }

  @ParameterizedTest
  @ValueSource(strings = {"app.crt", "app.key"})
  void overwritesOnlyWhenTold(String name) throws Exception {
    DevelopmentPki pki = DevelopmentPki.in(folder);
    Path existing = Files.writeString(folder.resolve(name), "mine");

    assertFails(
        () -> pki.issue(APP),
        Fault.FILE_EXISTS,
        existing + ": exists already; choose another name, or say that it may be overwritten");
    assertThat(existing).hasContent("mine");
    assertThat(names()).containsExactlyInAnyOrder("ca.crt", "ca.key", name);

    pki.reissue(APP);
    assertThat(existing).content().startsWith("-----BEGIN ");
  }

  @Test
  void doesNotWriteThroughALinkThatLeadsNowhere() throws Exception {
    DevelopmentPki pki = DevelopmentPki.in(folder);
    Files.createSymbolicLink(folder.resolve("app.key"), folder.resolve("elsewhere"));

    assertFails(() -> pki.issue(APP), Fault.FILE_EXISTS, "app.key: exists already");
  }

  @ParameterizedTest
  @ValueSource(strings = {"ca.crt", "ca.key"})
  void refusesHalfACa(String missing) throws Exception {
    DevelopmentPki.in(folder);
    Files.delete(folder.resolve(missing));

    assertFails(
        () -> DevelopmentPki.in(folder),
        Fault.CA_UNUSABLE,
        folder.resolve(missing) + ": is missing beside ca.",
        "; put it back, or delete ca.crt and ca.key to begin a new CA");
  }

  @Test
  void refusesAKeyThatDoesNotFitTheCa() throws Exception {
    DevelopmentPki.in(folder);
    DevelopmentPki.in(folder.resolve("other"));
    Files.copy(
        folder.resolve("other/ca.key"),
        folder.resolve("ca.key"),
        StandardCopyOption.REPLACE_EXISTING);

    assertFails(
        () -> DevelopmentPki.in(folder),
        Fault.CA_UNUSABLE,
        folder.resolve("ca.key") + ": does not fit ca.crt; put the right one back");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "secret",
        "-----BEGIN PRIVATE KEY-----\nsecret\n-----END PRIVATE KEY-----\n",
        "-----END PRIVATE KEY----------BEGIN PRIVATE KEY-----"
      })
  void refusesACaKeyThatIsNoneAndDoesNotQuoteIt(String content) throws Exception {
    DevelopmentPki.in(folder);
    Files.writeString(folder.resolve("ca.key"), content);

    assertThatThrownBy(() -> DevelopmentPki.in(folder))
        .hasMessageContaining(folder.resolve("ca.key") + ": is not an EC key in PKCS#8 PEM; ")
        .hasMessageNotContaining("secret")
        .hasNoCause();
  }

  @Test
  void refusesACaKeyThatCannotBeRead() throws Exception {
    DevelopmentPki.in(folder);
    Files.delete(folder.resolve("ca.key"));
    Files.createDirectory(folder.resolve("ca.key"));

    assertFails(
        () -> DevelopmentPki.in(folder),
        Fault.CA_UNUSABLE,
        folder.resolve("ca.key")
            + ": cannot be read: Is a directory; run as its owner or name another folder");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "junk"})
  void refusesACaCertificateThatIsNone(String content) throws Exception {
    DevelopmentPki.in(folder);
    Files.writeString(folder.resolve("ca.crt"), content);

    assertFails(
        () -> DevelopmentPki.in(folder),
        Fault.CA_UNUSABLE,
        folder.resolve("ca.crt") + ": is not a certificate; put it back");
  }

  @Test
  void doesNotSignWithSomebodysRealCa() throws Exception {
    store(TestCa.create(ca -> ca.name("Real CA")));

    assertFails(
        () -> DevelopmentPki.in(folder),
        Fault.CA_UNUSABLE,
        folder.resolve("ca.crt") + ": is not a Sallyport development CA; name another folder");
  }

  @Test
  void refusesAnExpiredCa() throws Exception {
    store(TestCa.create(ca -> ca.subject(DevelopmentPki.CA_SUBJECT).expired()));

    assertFails(
        () -> DevelopmentPki.in(folder), Fault.CA_UNUSABLE, folder.resolve("ca.crt") + ": expired");
  }

  @Test
  void refusesALeafThatWouldOutliveTheCa() throws Exception {
    store(TestCa.create(ca -> ca.subject(DevelopmentPki.CA_SUBJECT).validFor(Duration.ofDays(9))));
    DevelopmentPki pki = DevelopmentPki.in(folder);

    assertFails(
        () -> pki.issue(APP),
        Fault.BAD_REQUEST,
        "days 30: is longer than the CA lasts, until ",
        "; ask for fewer, or delete " + folder.resolve("ca.crt"));
  }

  @Test
  void followsALinkToAFolder() throws Exception {
    Path real = Files.createDirectory(folder.resolve("real"));
    Path link = Files.createSymbolicLink(folder.resolve("link"), real);

    DevelopmentPki.in(link);
    assertThat(real.resolve("ca.key")).exists();
  }

  @Test
  void refusesAFolderThatIsAFile() throws Exception {
    Path file = Files.writeString(folder.resolve("file"), "");

    for (Path place : List.of(file, file.resolve("below"))) {
      assertFails(
          () -> DevelopmentPki.in(place),
          Fault.FOLDER_UNUSABLE,
          place + ": cannot be made a folder: ",
          "; name another folder");
    }
  }

  @Test
  void leavesNothingBehindWhenAFileCannotBeWritten() throws Exception {
    DevelopmentPki pki = DevelopmentPki.in(folder);
    Files.createDirectories(folder.resolve("app.key/full"));

    assertFails(
        () -> pki.reissue(APP),
        Fault.FOLDER_UNUSABLE,
        folder.resolve("app.key") + ": cannot be written: ",
        "; make the folder writable or name another");
    assertThat(names()).containsExactlyInAnyOrder("ca.crt", "ca.key", "app.key");
  }

  @ParameterizedTest
  @MethodSource("badLeaves")
  void refusesWhatCannotBeIssued(DevelopmentLeaf leaf, String message) throws Exception {
    DevelopmentPki pki = DevelopmentPki.in(folder);

    assertFails(() -> pki.reissue(leaf), Fault.BAD_REQUEST, message);
    assertThat(names()).containsExactlyInAnyOrder("ca.crt", "ca.key");
  }

  static List<Object[]> badLeaves() {
    return List.of(
        bad("ca", "app", "::1", "spiffe://a/b", 1, "\"ca\": cannot name the certificate's files"),
        bad("../app", "app", "::1", "spiffe://a/b", 1, "\"../app\": cannot name"),
        bad("", "app", "::1", "spiffe://a/b", 1, "\"\": cannot name"),
        bad("a\nb", "app", "::1", "spiffe://a/b", 1, "\"a?b\": cannot name"),
        bad("app", "a..b", "::1", "spiffe://a/b", 1, "\"a..b\": is not a DNS name; write it like"),
        bad("app", "a.*.b", "::1", "spiffe://a/b", 1, "\"a.*.b\": is not a DNS name"),
        bad("app", "-a", "::1", "spiffe://a/b", 1, "\"-a\": is not a DNS name"),
        bad("app", "*", "::1", "spiffe://a/b", 1, "\"*\": is not a DNS name"),
        bad("app", "app", "localhost", "spiffe://a/b", 1, "\"localhost\": is not an IP address"),
        bad("app", "app", "10.0.0.0/8", "spiffe://a/b", 1, "\"10.0.0.0/8\": is not an IP address"),
        bad("app", "app", "::1", "https://a/b", 1, "\"https://a/b\": is not a SPIFFE ID; write"),
        bad("app", "app", "::1", "spiffe://a", 1, "\"spiffe://a\": is not a SPIFFE ID"),
        bad("app", "app", "::1", "spiffe://a/../b", 1, "\"spiffe://a/../b\": is not a SPIFFE ID"),
        bad("app", "app", "::1", "spiffe://a/b", 0, "days 0: is out of range; ask for 1 to 825"),
        bad("app", "app", "::1", "spiffe://a/b", 826, "days 826: is out of range"),
        new Object[] {
          new DevelopmentLeaf("app", List.of(), List.of(), null, 1),
          "app: has no name to be known by; add a DNS, IP or SPIFFE name"
        });
  }

  private static Object[] bad(
      String name, String dns, String ip, String spiffeId, int days, String message) {
    return new Object[] {
      new DevelopmentLeaf(name, List.of(dns), List.of(ip), spiffeId, days), message
    };
  }

  private void store(TestCa ca) throws IOException {
    PemFiles.in(folder, "ca")
        .write(ca.certificatePem(), KeyFormat.PKCS8.pem(ca.keyPair().getPrivate()));
  }

  private List<String> names() throws IOException {
    try (var files = Files.list(folder)) {
      return files.map(file -> file.getFileName().toString()).toList();
    }
  }

  private static void assertFails(ThrowingCallable call, Fault fault, String... message) {
    DevelopmentPkiFailed failure = catchThrowableOfType(DevelopmentPkiFailed.class, call);
    assertThat(failure).hasMessageContainingAll(message);
    assertThat(failure.fault()).isEqualTo(fault);
    assertThat(failure.getMessage()).hasLineCount(1);
  }

  private static X509Certificate certificate(Path file) throws Exception {
    try (InputStream in = Files.newInputStream(file)) {
      return (X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(in);
    }
  }

  private static String mode(Path file) throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
  }
}
