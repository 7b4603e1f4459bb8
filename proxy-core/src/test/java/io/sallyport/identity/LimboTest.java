package io.sallyport.identity;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import io.sallyport.config.Allow;
import io.sallyport.config.Origins;
import io.sallyport.policy.AllowRules;
import io.sallyport.policy.Peer;
import io.sallyport.policy.Verdict;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/**
 * The chains of x509-limbo, through all that a peer of an outbound listener must pass: trust as it
 * is read from files, the path, and the host name. Where we differ on purpose stands in {@code
 * x509-limbo-differences.txt}.
 */
final class LimboTest {
  /** Beside the project's folder; tests run in their module's. */
  private static final Path CORPUS = Path.of("../../shared/vectors/x509-limbo-2023-12.json");

  /** For cases that name no time: when the corpus was made. */
  private static final Instant WHEN_MADE = Instant.parse("2023-12-01T12:00:00Z");

  private static final String LET_IN = "let in";

  /** Whose expectations of a refusal are not ours to weigh: of kinds, and of words in a case. */
  private static final Pattern NEVER_LET_IN =
      Pattern.compile(
          "pathlen::|::eku::|::nc::|::validity::|expired|signature|pathlen|keycertsign");

  /**
   * Of purposes, what RFC 5280 leaves to those who issue and the public web's CAs may not do. The
   * corpus marks them as pedantic.
   */
  private static final Set<String> ONLY_FOR_THE_PUBLIC_WEB =
      Set.of(
          "webpki::eku::ee-anyeku",
          "webpki::eku::ee-critical-eku",
          "webpki::eku::ee-without-eku",
          "webpki::eku::root-has-eku");

  private final Map<String, Difference> differences = differences();

  private final Path folder;

  LimboTest(@TempDir Path folder) {
    this.folder = folder;
  }

  /**
   * @param answer {@code let in}, or why it is refused in the word that is logged
   */
  private record Difference(String id, String answer, String reason) {
    static Difference parsed(String line) {
      String[] columns = line.split(" \\| ", 3);
      return new Difference(columns[0], columns[1], columns[2]);
    }
  }

  @TestFactory
  Stream<DynamicTest> answersAsExpectedOrAsTheListOfDifferencesSays() {
    return corpus().stream()
        .map(limbo -> dynamicTest(limbo.getString("id"), () -> answersAsItShould(limbo)));
  }

  private void answersAsItShould(Config limbo) throws Exception {
    boolean expected = limbo.getString("expected_result").equals("SUCCESS");
    Difference difference = differences.get(limbo.getString("id"));

    String answer = answer(limbo);

    assertThat(answer.equals(LET_IN))
        .as("answers \"%s\": %s", answer, limbo.getString("description"))
        .isEqualTo((difference == null) == expected);
    if (difference != null) {
      assertThat(answer).isEqualTo(difference.answer());
    }
  }

  @Test
  void everyDifferenceIsOfACaseAndHasAReason() {
    Map<String, Config> cases =
        corpus().stream()
            .collect(Collectors.toMap(limbo -> limbo.getString("id"), Function.identity()));

    assertThat(cases).containsKeys(differences.keySet().toArray(String[]::new));
    assertThat(differences.values())
        .allSatisfy(difference -> assertThat(difference.reason()).isNotBlank());
  }

  @Test
  void nobodyIsLetInAgainstAPathLengthAPurposeANameConstraintADateOrASignature() {
    assertThat(
            corpus().stream()
                .map(limbo -> limbo.getString("id"))
                .filter(id -> NEVER_LET_IN.matcher(id).find()))
        .hasSizeGreaterThan(50);
    assertThat(
            differences.values().stream()
                .filter(difference -> difference.answer().equals(LET_IN))
                .map(Difference::id)
                .filter(id -> NEVER_LET_IN.matcher(id).find()))
        .containsExactlyInAnyOrderElementsOf(ONLY_FOR_THE_PUBLIC_WEB);
  }

  private String answer(Config limbo) throws Exception {
    Instant now =
        limbo.getIsNull("validation_time")
            ? WHEN_MADE
            : OffsetDateTime.parse(limbo.getString("validation_time")).toInstant();
    List<X509Certificate> anchors = anchors(limbo.getStringList("trusted_certs"), now);
    if (anchors == null) {
      return "trust refused";
    }
    try {
      X509Certificate leaf = parsed(limbo.getString("peer_certificate"));
      List<X509Certificate> sent = new ArrayList<>(List.of(leaf));
      sent.addAll(intermediates(limbo));
      new TrustBundle(
              new Anchors(anchors),
              RevocationLists.NONE,
              OcspCheck.OFF,
              Clock.fixed(now, ZoneOffset.UTC))
          .prove(sent.toArray(X509Certificate[]::new), PeerRole.SERVER);
      return byHostName(leaf, limbo.getString("expected_peer_name.value"));
    } catch (ChainRefused e) {
      return e.failure().label();
    } catch (CertificateException e) {
      return "malformed";
    }
  }

  /** As many as may be used: of a depth we know only the ten certificates that a peer may send. */
  private static List<X509Certificate> intermediates(Config limbo) throws CertificateException {
    int most =
        limbo.getIsNull("max_chain_depth") ? Integer.MAX_VALUE : limbo.getInt("max_chain_depth");
    List<X509Certificate> used = new ArrayList<>();
    for (String pem : limbo.getStringList("untrusted_intermediates")) {
      X509Certificate intermediate = parsed(pem);
      // RFC 5280 §4.2.1.9 counts none that is its own issuer.
      boolean counts = !CertificateRules.selfIssued(intermediate);
      if (!counts || most-- > 0) {
        used.add(intermediate);
      }
    }
    return used;
  }

  private @Nullable List<X509Certificate> anchors(List<String> trusted, Instant now)
      throws IOException {
    List<Path> paths = new ArrayList<>();
    for (String pem : trusted) {
      paths.add(Files.writeString(Files.createTempFile(folder, "ca", ".pem"), pem));
    }
    try (SourceFiles files = new SourceFiles()) {
      TrustBundle trust =
          new TrustFiles(files, new Findings(Origins.NONE), now, null).read("trust", paths, null);
      return trust == null ? null : trust.anchors();
    }
  }

  private static String byHostName(X509Certificate leaf, String host) {
    Verdict verdict =
        AllowRules.compile(new Allow.HostName(), Origins.NONE, new ArrayList<>())
            .judge(Peer.of(leaf), host);
    return verdict instanceof Verdict.Denied denied ? denied.reason().label() : LET_IN;
  }

  private static X509Certificate parsed(String pem) throws CertificateException {
    return (X509Certificate)
        CertificateFactory.getInstance("X.509")
            .generateCertificate(new ByteArrayInputStream(pem.getBytes(US_ASCII)));
  }

  private static List<? extends Config> corpus() {
    assumeThat(CORPUS).as("the x509-limbo corpus is not beside the project").isRegularFile();
    return ConfigFactory.parseFile(CORPUS.toFile()).getConfigList("testcases");
  }

  private static Map<String, Difference> differences() {
    try (InputStream in = LimboTest.class.getResourceAsStream("x509-limbo-differences.txt")) {
      return new String(in.readAllBytes(), US_ASCII)
          .lines()
          .filter(line -> !line.isBlank() && !line.startsWith("#"))
          .map(Difference::parsed)
          .collect(Collectors.toUnmodifiableMap(Difference::id, Function.identity()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
