package io.sallyport;

import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigParseOptions;
import com.typesafe.config.ConfigSyntax;
import io.sallyport.envelope.KeyFile;
import io.sallyport.rig.Application;
import io.sallyport.rig.ExposedMetrics;
import io.sallyport.rig.HttpApplication;
import io.sallyport.rig.HttpPeer;
import io.sallyport.rig.Pki;
import io.sallyport.rig.Program;
import io.sallyport.rig.RunningProxy;
import java.io.IOException;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * /metrics of a proxy that uses everything it has, held against Prometheus' own tool, and the rules
 * and the dashboard that are shipped held against /metrics.
 */
final class MetricsIT {

  private static final Path DEPLOY = Path.of("..", "deploy");
  private static final Path RECORDING = DEPLOY.resolve("prometheus/recording.rules.yaml");
  private static final Path ALERTING = DEPLOY.resolve("prometheus/alerting.rules.yaml");
  private static final Path DASHBOARD = DEPLOY.resolve("grafana/sallyport.json");

  /** What a rule is named, and its query: on that line, or folded on those that stand deeper. */
  private static final Pattern RULE =
      Pattern.compile(
          "(?m)^ +- (?:alert|record): (\\S+)\\n( +)expr: (?:>-\\n((?:\\2 +.*\\n)+)|(.*)\\n)");

  private static Path folder;
  private static String scrape = "";

  private record Rule(String name, String query) {}

  @BeforeAll
  static void scrapeAProxyThatUsesEverything(@TempDir Path temporary) throws Exception {
    folder = temporary;
    Pki pki = new Pki(folder);
    byte[] key = new byte[32];
    new SecureRandom().nextBytes(key);
    Files.write(folder.resolve("raw.key"), KeyFile.encoded(key));
    try (Application application = Application.echo();
        HttpApplication web = HttpApplication.start();
        RunningProxy peers =
            RunningProxy.with(
                pki,
                """
                inbound.web {
                  listen = "127.0.0.1:0", forward = "%s", protocol = http, allow = any-trusted
                }
                """
                    .formatted(web.address()));
        RunningProxy proxy =
            RunningProxy.with(
                pki,
                """
                key-rings.default.keys = [
                  { id = r1, file = "raw.key", encoding = base64, use = raw, state = primary }
                ]
                inbound.web {
                  listen = "127.0.0.1:0", forward = "%s", protocol = http, allow = any-trusted
                }
                inbound.sealed {
                  listen = "unix:FOLDER/sealed.sock", forward = "%s", allow = any-trusted
                  envelope { key-ring = default, format = raw, to-application = open, to-peer = seal }
                }
                outbound.ledger {
                  listen = "unix:FOLDER/out.sock", connect = "unix:FOLDER/sealed.sock"
                  identity = client, server-name = localhost
                }
                outbound.api {
                  listen = "127.0.0.1:0", connect = "localhost:%d", identity = client, protocol = http
                }
                """
                    .formatted(web.address(), application.address(), peers.port("web")));
        Socket inward = pki.connect(pki.client(), proxy.port("web"), "TLSv1.3");
        Socket outward = proxy.connect("api")) {
      assertThat(HttpPeer.over(inward).get("/").status()).isEqualTo(200);
      assertThat(HttpPeer.over(outward).get("/").status()).isEqualTo(200);
      proxy.awaitMetric(
          "sallyport_http_requests_total{listener=\"web\",method=\"GET\",status=\"200\"}", 1);
      proxy.awaitMetric(
          "sallyport_http_requests_total{listener=\"api\",method=\"GET\",status=\"200\"}", 1);
      scrape = proxy.get("/metrics").body();
    }
  }

  private static ExposedMetrics exposed() {
    return ExposedMetrics.of(scrape);
  }

  private static Program.Outcome promtool(String... arguments) {
    List<String> command = new ArrayList<>(List.of(Program.installed("promtool")));
    command.addAll(List.of(arguments));
    return Program.run(command);
  }

  @Test
  void showsWhatTheDocumentationPromises() {
    Set<String> promised = new HashSet<>();
    for (String name :
        List.of(
            "app_connect_failures_total",
            "audited_denials_total",
            "build_info",
            "certificate_not_after_timestamp_seconds",
            "certificate_not_before_timestamp_seconds",
            "connection_limit_reached_total",
            "connections_active",
            "connections_closed_total",
            "connections_limit",
            "connections_past_expiry",
            "connections_total",
            "denials_total",
            "envelope_messages_total",
            "envelope_nonces_used",
            "eventloop_delay_seconds_bucket",
            "handshake_failures_total",
            "handshake_seconds_bucket",
            "handshakes_total",
            "http_limit_reached_total",
            "http_refusals_total",
            "http_request_seconds_bucket",
            "http_requests_total",
            "ocsp_requests_total",
            "passthrough_connections_total",
            "relayed_bytes_total",
            "reload_last_success_timestamp_seconds",
            "reloads_total",
            "upstream_connect_failures_total",
            "upstream_connections_active",
            "upstream_connections_closed_total",
            "upstream_connects_total",
            "upstream_requests_outstanding",
            "upstream_retries_refused_total",
            "upstream_retries_total")) {
      promised.add("sallyport_" + name);
    }

    assertThat(exposed().names()).containsAll(promised);
  }

  @Test
  void labelsWhatADashboardTellsApart() {
    assertThat(
            Stream.of(
                    "sallyport_app_connect_failures_total{listener=\"web\",reason=\"refused\"}",
                    "sallyport_certificate_not_after_timestamp_seconds{identity=\"default\"}",
                    "sallyport_connections_closed_total{listener=\"web\",reason=\"peer_closed\"}",
                    "sallyport_connections_limit{listener=\"api\"}",
                    "sallyport_denials_total{listener=\"web\",reason=\"no_rule_matched\"}",
                    "sallyport_envelope_messages_total{listener=\"sealed\",operation=\"seal\",result=\"success\"}",
                    "sallyport_envelope_nonces_used{key_ring=\"default\",key=\"r1\"}",
                    "sallyport_handshake_failures_total{listener=\"web\",reason=\"unknown_ca\"}",
                    "sallyport_handshakes_total{listener=\"web\",version=\"TLSv1.3\",resumed=\"false\",anchor=\"CN=test CA\"}",
                    "sum by (cipher) (sallyport_handshakes_total)",
                    "sallyport_http_requests_total{listener=\"api\",method=\"GET\",status=\"200\"}",
                    "sallyport_relayed_bytes_total{listener=\"web\",direction=\"to_application\"}",
                    "sallyport_reload_last_success_timestamp_seconds{what=\"key_ring\"}",
                    "sallyport_reloads_total{what=\"config\",result=\"failure\"}")
                .flatMap(query -> exposed().missing(query).stream()))
        .isEmpty();
  }

  @Test
  void hasNothingThatPrometheusOwnLintObjectsTo() throws Exception {
    Path text = Files.writeString(folder.resolve("metrics.txt"), scrape);
    String promtool = Program.installed("promtool");

    Program.Outcome outcome =
        Program.run(
            new ProcessBuilder(
                "sh", "-c", "exec \"$0\" check metrics < \"$1\"", promtool, "" + text),
            20);

    assertThat(outcome.output()).isEmpty();
    assertThat(outcome.exitCode()).isZero();
  }

  private static List<Rule> rules(Path file) throws IOException {
    List<Rule> rules = new ArrayList<>();
    Matcher rule = RULE.matcher(Files.readString(file));
    while (rule.find()) {
      String query = rule.group(3) == null ? rule.group(4) : rule.group(3);
      rules.add(new Rule(rule.group(1), query));
    }
    return rules;
  }

  @Test
  void rulesAskForNothingThatIsNotThere() throws Exception {
    ExposedMetrics exposed = exposed();
    List<String> missing = new ArrayList<>();
    for (Path file : List.of(RECORDING, ALERTING)) {
      for (Rule rule : rules(file)) {
        exposed.missing(rule.query).forEach(what -> missing.add(rule.name + ": " + what));
      }
    }

    assertThat(missing).isEmpty();
  }

  @Test
  void rulesAreValidAndAllOfThemAreLookedAtHere() throws Exception {
    for (Path file : List.of(RECORDING, ALERTING)) {
      Program.Outcome outcome = promtool("check", "rules", file.toString());

      assertThat(outcome.output()).contains("SUCCESS: " + rules(file).size() + " rules found");
      assertThat(outcome.exitCode()).as(outcome.output()).isZero();
    }
  }

  @Test
  void rulesDoWhatTheirOwnTestsSay() throws Exception {
    try (Stream<Path> tests = Files.list(DEPLOY.resolve("prometheus/tests"))) {
      List<Path> files = tests.toList();
      assertThat(files).hasSize(2);
      for (Path file : files) {
        Program.Outcome outcome = promtool("test", "rules", file.toString());

        assertThat(outcome.exitCode()).as(outcome.output()).isZero();
      }
    }
  }

  @Test
  void everyAlertIsSeenToFire() throws Exception {
    String tests = Files.readString(DEPLOY.resolve("prometheus/tests/alerting.test.yaml"));

    for (Rule alert : rules(ALERTING)) {
      assertThat(
              Pattern.compile("alertname: " + alert.name + "\\n +exp_alerts:\\n")
                  .matcher(tests)
                  .find())
          .as(alert.name)
          .isTrue();
    }
  }

  @Test
  void everyAlertSaysWhatToDo() throws Exception {
    String[] alerts = Files.readString(ALERTING).split("- alert: ", -1);

    assertThat(alerts).hasSize(rules(ALERTING).size() + 1);
    assertThat(Stream.of(alerts).skip(1))
        .allSatisfy(
            alert ->
                assertThat(alert)
                    .containsPattern("(?m)^ +for: \\d+m$")
                    .containsPattern("(?m)^ +severity: (critical|warning)$")
                    .containsPattern("(?m)^ +summary: \\S")
                    .containsPattern("(?m)^ +description: >-$"));
  }

  private static Config dashboard() throws IOException {
    return ConfigFactory.parseString(
        Files.readString(DASHBOARD), ConfigParseOptions.defaults().setSyntax(ConfigSyntax.JSON));
  }

  private static List<String> dashboardQueries() throws IOException {
    List<String> queries = new ArrayList<>();
    for (Config panel : dashboard().getConfigList("panels")) {
      if (panel.hasPath("targets")) {
        panel.getConfigList("targets").forEach(target -> queries.add(target.getString("expr")));
      }
    }
    return queries;
  }

  @Test
  void theDashboardAsksForNothingThatIsNotThere() throws Exception {
    ExposedMetrics exposed = exposed();

    assertThat(dashboardQueries())
        .hasSizeGreaterThan(30)
        .allSatisfy(query -> assertThat(exposed.missing(query)).isEmpty());
  }

  @Test
  void theDashboardsVariablesAreFilledFromWhatIsThere() throws Exception {
    Pattern labelValues = Pattern.compile("label_values\\((.+), (\\w+)\\)");
    List<String> filled = new ArrayList<>();
    for (Config variable : dashboard().getConfigList("templating.list")) {
      if (variable.getString("type").equals("query")) {
        Matcher asked = labelValues.matcher(variable.getString("query.query"));
        assertThat(asked.matches()).isTrue();
        assertThat(exposed().missing("sum by (%s) (%s)".formatted(asked.group(2), asked.group(1))))
            .isEmpty();
      }
      filled.add(variable.getString("name"));
    }

    assertThat(filled).containsExactly("datasource", "job", "instance", "listener");
  }

  @Test
  void theDashboardShowsEveryMetricThatThereIs() throws Exception {
    String queries = String.join("\n", dashboardQueries());

    assertThat(exposed().names())
        .filteredOn(name -> name.startsWith("sallyport_"))
        .filteredOn(name -> !name.endsWith("_sum") && !name.endsWith("_count"))
        .filteredOn(name -> !name.endsWith("_seconds_max") || name.contains("eventloop"))
        .allSatisfy(name -> assertThat(queries).contains(name + "{"));
  }

  @Test
  void prometheusUnderstandsEveryQueryOfTheDashboard() throws Exception {
    List<String> queries = dashboardQueries();
    StringBuilder rules = new StringBuilder("groups:\n- name: dashboard\n  rules:\n");
    for (int i = 0; i < queries.size(); i++) {
      String query = queries.get(i).replace("$__rate_interval", "5m");
      rules.append("  - record: dashboard:").append(i).append("\n    expr: >-\n      ");
      rules.append(query).append('\n');
    }
    Path file = Files.writeString(folder.resolve("dashboard.yaml"), rules);

    Program.Outcome outcome = promtool("check", "rules", file.toString());

    assertThat(outcome.output()).contains("SUCCESS: " + queries.size() + " rules found");
    assertThat(outcome.exitCode()).as(outcome.output()).isZero();
  }

  @Test
  void theDashboardIsOneThatGrafanaTenReads() throws Exception {
    Config dashboard = dashboard();
    Set<Integer> ids = new HashSet<>();
    List<String> rows = new ArrayList<>();

    assertThat(dashboard.getInt("schemaVersion")).isGreaterThanOrEqualTo(38);
    for (Config panel : dashboard.getConfigList("panels")) {
      assertThat(ids.add(panel.getInt("id"))).as("id %d once", panel.getInt("id")).isTrue();
      Config place = panel.getConfig("gridPos");
      assertThat(place.getInt("x") + place.getInt("w")).isBetween(1, 24);
      if (panel.getString("type").equals("row")) {
        rows.add(panel.getString("title"));
      } else {
        assertThat(panel.getString("datasource.uid")).isEqualTo("${datasource}");
        assertThat(panel.getString("description")).isNotBlank();
        assertThat(panel.getString("fieldConfig.defaults.unit")).isNotBlank();
      }
    }
    assertThat(rows)
        .containsExactly(
            "Traffic",
            "Connections",
            "Handshakes",
            "Refusals",
            "HTTP",
            "Upstreams",
            "Envelopes",
            "Certificates",
            "Process");
  }
}
