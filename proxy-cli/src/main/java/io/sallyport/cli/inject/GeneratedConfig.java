package io.sallyport.cli.inject;

import io.sallyport.config.ConfigReader;
import io.sallyport.config.InvalidConfig;
import io.sallyport.config.Problem;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The sidecar's configuration, as it travels in the pod. */
final class GeneratedConfig {

  /** Where the ConfigMap of {@code sallyport.io/config-map} is mounted. */
  static final String FOLDER = "/etc/sallyport";

  static final String TLS = "/run/sallyport/tls";
  static final String TRUST = "/run/sallyport/trust";

  private static final String APP_PROBE = "sallyport.admin.app-probes.\"";
  private static final String EQUALS = "\" = ";
  private static final String ALLOW = "inbound.app.allow";

  /** Stands for what is in the ConfigMap. */
  private static final String ANY_LISTENER =
      "sallyport { identities.default { trust = \"ca.crt\" }, outbound.any"
          + " { listen = \"127.0.0.1:1\", connect = \"localhost:2\", identity = none,"
          + " trust = \"ca.crt\" } }\n";

  private GeneratedConfig() {}

  /**
   * @param configMap the ConfigMap that has the rest of it; null when the annotations say all
   * @param ports of the containers, for the one that the application listens on
   * @param appProbes by name, what is asked
   */
  static String of(
      Wishes wishes, @Nullable String configMap, AppPorts ports, Map<String, String> appProbes)
      throws BadManifest {
    String listeners =
        configMap == null
            ? """
            sallyport {
              identities.default {
                certificate = "%s/tls.crt"
                key = "%s/tls.key"
                trust = "%s/ca.crt"
              }
              inbound.app {
                listen = "0.0.0.0:%d"
                forward = "127.0.0.1:%d"
                protocol = %s
                allow = %s
              }
            }
            """
                .formatted(
                    TLS,
                    TLS,
                    TRUST,
                    wishes.inboundPort(),
                    ports.application(wishes),
                    wishes.protocol(),
                    wishes.allow())
            : "include required(file(\"" + FOLDER + "/sallyport.conf\"))\n";
    String admin = "sallyport.admin.probes = \"0.0.0.0:" + AppProbes.PORT + "\"\n";
    String probes =
        appProbes.entrySet().stream()
            .map(probe -> APP_PROBE + probe.getKey() + EQUALS + probe.getValue() + "\n")
            .collect(Collectors.joining());
    // What another file says is not known here, so only the rest of it can be read.
    prove(wishes, configMap == null ? listeners + admin + probes : ANY_LISTENER + admin + probes);
    return listeners + admin + probes;
  }

  private static void prove(Wishes wishes, String config) throws BadManifest {
    try {
      ConfigReader.read("configuration", config);
    } catch (InvalidConfig e) {
      Problem first = e.problems().get(0);
      String setting = first.setting();
      if (!setting.startsWith(ALLOW)) {
        throw wishes.bad(
            "inject", "makes no configuration: " + setting + ": " + first.fault(), first.remedy());
      }
      String rule = setting.substring(ALLOW.length());
      throw wishes.bad(
          "allow", (rule.isEmpty() ? "" : rule.substring(1) + " ") + first.fault(), first.remedy());
    }
  }

  /** By name, what the sidecar with this configuration asks the application. */
  static Map<String, String> appProbes(String config) {
    Map<String, String> probes = new LinkedHashMap<>();
    config
        .lines()
        .filter(line -> line.startsWith(APP_PROBE) && line.contains(EQUALS))
        .forEach(
            line -> {
              int end = line.indexOf(EQUALS);
              probes.put(
                  line.substring(APP_PROBE.length(), end), line.substring(end + EQUALS.length()));
            });
    return probes;
  }
}
