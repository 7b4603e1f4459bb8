package io.sallyport.interop;

import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import io.sallyport.rig.Application;
import io.sallyport.rig.Pki;
import io.sallyport.rig.Program;
import io.sallyport.rig.Program.Outcome;
import io.sallyport.rig.RecordedLog;
import io.sallyport.rig.RunningProxy;
import io.sallyport.rig.WebApplication;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What scanners say of a listener; they have no certificate, so that anyone may come in. */
final class ScannersIT {

  private final Pki pki;
  private final RecordedLog log = RecordedLog.start();
  private final Application application = WebApplication.start();

  ScannersIT(@TempDir Path folder) throws IOException {
    pki = new Pki(folder);
    pki.issue("rsa", leaf -> leaf.rsa().cn("localhost").dns("localhost").ip("127.0.0.1"));
    pki.issue("ec", leaf -> leaf.cn("localhost").dns("localhost").ip("127.0.0.1"));
  }

  @AfterEach
  void stop() throws IOException {
    application.close();
    log.close();
  }

  private RunningProxy proxy(String key, String clientAuth) {
    return RunningProxy.with(
        pki,
        """
        identities.scanned { certificate = "%s.crt", key = "%s.key", trust = "ca.crt" }
        inbound.web {
          listen = "127.0.0.1:0"
          forward = "%s"
          identity = scanned
          client-auth = %s
          allow = anyone
        }
        """
            .formatted(key, key, application.address(), clientAuth));
  }

  /** Hundreds of odd handshakes, and for each the proxy knew what to make of it. */
  private void tookItWell() {
    assertThat(log.connections("web"))
        .isNotEmpty()
        .noneMatch(line -> line.field("reason").equals("internal_error"));
    assertThat(log.faults()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({"ec, none", "rsa, request"})
  void testsslFindsNothing(String key, String clientAuth) throws Exception {
    String testssl = Program.installed("testssl");
    Path report = pki.file("testssl.json");
    try (RunningProxy proxy = proxy(key, clientAuth)) {
      List<String> command = new ArrayList<>(List.of(testssl, "-p", "-s", "-f", "-U"));
      command.addAll(List.of("--quiet", "--color", "0", "--warnings", "off"));
      command.addAll(List.of("--add-ca", pki.file("ca.crt").toString()));
      command.addAll(List.of("--jsonfile", report.toString()));
      command.add("localhost:" + proxy.port("web"));
      Outcome scan = Program.run(command, 300);

      Map<String, String> severities = severities(report);
      assertThat(severities)
          .as(scan.output())
          .containsEntry("TLS1_2", "OK")
          .containsEntry("TLS1_3", "OK")
          .containsEntry("secure_client_renego", "OK")
          .containsKeys("SSLv2", "SSLv3", "TLS1", "TLS1_1", "PFS_ciphers", "ROBOT", "RC4");
      assertThat(severities.values()).as(scan.output()).isSubsetOf("OK", "INFO");
    }
    tookItWell();
  }

  /** What was tested, and how bad it is. */
  private static Map<String, String> severities(Path report) throws IOException {
    Config findings = ConfigFactory.parseString("all = " + Files.readString(report));
    Map<String, String> severities = new TreeMap<>();
    for (Config finding : findings.getConfigList("all")) {
      if (finding.getString("id").equals("engine_problem")) {
        continue; // of the scanner's own openssl, which may lack GOST
      }
      // The worst of those that share a name; what is neither of these two is bad.
      severities.merge(
          finding.getString("id"),
          finding.getString("severity"),
          (one, other) -> one.equals("OK") || one.equals("INFO") ? other : one);
    }
    return severities;
  }

  @ParameterizedTest
  @CsvSource({"ec, none", "rsa, request"})
  void sslscanFindsOnlyModernTls(String key, String clientAuth) throws Exception {
    String sslscan = Program.installed("sslscan");
    try (RunningProxy proxy = proxy(key, clientAuth)) {
      String scan =
          Program.run(List.of(sslscan, "--xml=-", "localhost:" + proxy.port("web")), 60).output();

      assertThat(all(scan, "<protocol type=\"(\\w+)\" version=\"([0-9.]+)\" enabled=\"1\""))
          .containsExactly("tls 1.2", "tls 1.3");
      assertThat(all(scan, "<cipher status=\"\\w+\" sslversion=\"TLSv1.2\".*? cipher=\"([^\"]+)\""))
          .isNotEmpty()
          .allMatch(suite -> suite.matches("ECDHE-(ECDSA|RSA)-(AES(128|256)-GCM|CHACHA20)-.*"));
      assertThat(all(scan, "<cipher status=\"\\w+\" sslversion=\"TLSv1.3\".*? cipher=\"([^\"]+)\""))
          .containsExactlyInAnyOrder(
              "TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256");
      assertThat(scan)
          .contains("<renegotiation supported=\"0\"")
          .doesNotContain("vulnerable=\"1\"", "<compression supported=\"1\"");
    }
    tookItWell();
  }

  /** The groups of every match, a space between them. */
  private static List<String> all(String text, String pattern) {
    return Pattern.compile(pattern)
        .matcher(text)
        .results()
        .map(
            match ->
                IntStream.rangeClosed(1, match.groupCount())
                    .mapToObj(match::group)
                    .collect(Collectors.joining(" ")))
        .toList();
  }
}
