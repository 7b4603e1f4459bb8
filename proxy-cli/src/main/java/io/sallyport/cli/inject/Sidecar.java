package io.sallyport.cli.inject;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The container that is added, and its volumes.
 *
 * <p>A native one: an init container that is restarted, so that it is there before the application
 * and until after it, also beside a Job.
 *
 * <p>Its configuration is in the environment rather than in a file: a volume of the pod's own
 * annotations would do without any support in the proxy, but whoever may annotate a running pod
 * could then change who gets in, and not all that runs manifests has such volumes.
 */
final class Sidecar {

  static final String NAME = "sallyport";

  /** What {@code drain.deadline} takes by default, and what is left to close and exit in. */
  static final int LEAST_GRACE_SECONDS = 30;

  private static final String VARIABLE = "SALLYPORT_CONFIG";
  private static final String TLS_VOLUME = "sallyport-tls";
  private static final String TRUST_VOLUME = "sallyport-trust";
  private static final String CONFIG_VOLUME = "sallyport-config";

  private static final int USER = 65532;

  private final List<Map<String, Object>> volumes = new ArrayList<>();
  private final List<Map<String, Object>> mounts = new ArrayList<>();

  Sidecar(Wishes wishes) throws BadManifest {
    String secret = wishes.identitySecret();
    if (secret != null) {
      // Of a Secret that cert-manager writes, ca.crt is not whom to trust, and is left out.
      add(
          TLS_VOLUME,
          GeneratedConfig.TLS,
          "secret",
          map("secretName", secret, "items", List.of(item("tls.crt"), item("tls.key"))));
    }
    Wishes.Source trust = wishes.trust();
    if (trust != null) {
      add(
          TRUST_VOLUME,
          GeneratedConfig.TRUST,
          "configMap",
          map(
              "name",
              trust.configMap(),
              "items",
              List.of(map("key", trust.key(), "path", "ca.crt"))));
    }
    String configMap = wishes.configMap();
    if (configMap != null) {
      add(CONFIG_VOLUME, GeneratedConfig.FOLDER, "configMap", map("name", configMap));
    }
  }

  List<Map<String, Object>> volumes() {
    return volumes;
  }

  /**
   * @param image where the annotations name none
   */
  Map<String, Object> container(Wishes wishes, String image, String config) throws BadManifest {
    Map<String, Object> container = new LinkedHashMap<>();
    container.put("name", NAME);
    container.put("image", wishes.image(image));
    container.put("args", List.of("run", "--config", "env:" + VARIABLE));
    container.put("restartPolicy", "Always");
    // Kubernetes puts variables in for $(NAME), and one $ for two.
    container.put("env", List.of(map("name", VARIABLE, "value", config.replace("$", "$$"))));
    container.put(
        "ports",
        List.of(
            map("name", NAME, "containerPort", wishes.inboundPort()),
            map("name", "sallyport-admin", "containerPort", AppProbes.PORT)));
    container.put("startupProbe", probe("/startupz", 1, 60));
    container.put("livenessProbe", probe("/livez", 10, 3));
    container.put("readinessProbe", probe("/readyz", 5, 1));
    container.put(
        "lifecycle", map("preStop", map("exec", map("command", List.of("sallyport", "drain")))));
    // `kubectl describe` shows why it does not start.
    container.put("terminationMessagePolicy", "FallbackToLogsOnError");
    container.put("resources", resources(wishes));
    container.put("securityContext", securityContext());
    if (!mounts.isEmpty()) {
      container.put("volumeMounts", List.copyOf(mounts));
    }
    return container;
  }

  /**
   * The configuration of a sidecar that is there.
   *
   * @return null when it is none that was made here
   */
  static @Nullable String configOf(Field container) throws BadManifest {
    Field env = container.get("env");
    for (Field variable : env == null ? List.<Field>of() : env.items()) {
      Field name = variable.get("name");
      Field value = variable.get("value");
      if (name != null && value != null && name.text().equals(VARIABLE)) {
        return value.text().replace("$$", "$");
      }
    }
    return null;
  }

  private void add(String name, String path, String kind, Map<String, Object> source) {
    volumes.add(map("name", name, kind, source));
    mounts.add(map("name", name, "mountPath", path, "readOnly", true));
  }

  private static Map<String, Object> item(String key) {
    return map("key", key, "path", key);
  }

  private static Map<String, Object> probe(String path, int period, int failures) {
    Map<String, Object> probe = map("httpGet", map("path", path, "port", AppProbes.PORT));
    probe.put("periodSeconds", period);
    probe.put("failureThreshold", failures);
    return probe;
  }

  private static Map<String, Object> resources(Wishes wishes) throws BadManifest {
    Map<String, Object> requests = new LinkedHashMap<>();
    requests.put("cpu", orElse(wishes.amount("cpu", "request"), "20m"));
    requests.put("memory", orElse(wishes.amount("memory", "request"), "96Mi"));
    Map<String, Object> limits = new LinkedHashMap<>();
    for (String resource : List.of("cpu", "memory")) {
      String limit = wishes.amount(resource, "limit");
      if (limit != null) {
        limits.put(resource, limit);
      }
    }
    Map<String, Object> resources = map("requests", requests);
    if (!limits.isEmpty()) {
      resources.put("limits", limits);
    }
    return resources;
  }

  private static String orElse(@Nullable String said, String otherwise) {
    return said == null ? otherwise : said;
  }

  /** As the restricted Pod Security Standard has it. */
  private static Map<String, Object> securityContext() {
    Map<String, Object> context = new LinkedHashMap<>();
    context.put("runAsNonRoot", true);
    context.put("runAsUser", USER);
    context.put("runAsGroup", USER);
    context.put("allowPrivilegeEscalation", false);
    context.put("readOnlyRootFilesystem", true);
    context.put("capabilities", map("drop", List.of("ALL")));
    context.put("seccompProfile", map("type", "RuntimeDefault"));
    return context;
  }

  private static Map<String, Object> map(String key, Object value) {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put(key, value);
    return map;
  }

  private static Map<String, Object> map(String key, Object value, String other, Object itsValue) {
    Map<String, Object> map = map(key, value);
    map.put(other, itsValue);
    return map;
  }

  private static Map<String, Object> map(
      String key, Object value, String other, Object itsValue, String third, Object thirdValue) {
    Map<String, Object> map = map(key, value, other, itsValue);
    map.put(third, thirdValue);
    return map;
  }
}
