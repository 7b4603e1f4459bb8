package io.sallyport.cli.inject;

import static io.sallyport.cli.inject.Manifests.ANNOTATIONS;
import static io.sallyport.cli.inject.Manifests.container;
import static io.sallyport.cli.inject.Manifests.deployment;
import static io.sallyport.cli.inject.Manifests.injected;
import static io.sallyport.cli.inject.Manifests.pod;
import static org.assertj.core.api.Assertions.assertThat;

import io.sallyport.cli.inject.Injection.Manifest;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/** What is asked for is added at its place, and all the rest is left as it is. */
class InjectionTest {

  private static final String PROBES =
      """
      startupProbe:
        exec: {command: [test, -e, /up]}
      livenessProbe: # as ever
        httpGet:
          path: /healthz?a=1
          port: http
          scheme: HTTPS
          httpHeaders:
          - {name: Host, value: shop.local}
          - {name: X-Probe, value: live}
        periodSeconds: 7
        timeoutSeconds: 3
      readinessProbe:
        grpc: {port: 8080, service: shop.v1.Shop}
        failureThreshold: 2
      """;

  static List<String> manifests() {
    String pod = pod(ANNOTATIONS, container(PROBES));
    return List.of(
        pod,
        pod.replace("\n", "\r\n"),
        pod.stripTrailing(),
        "\uFEFF" + pod,
        "# é 😀 \n" + pod,
        deployment(ANNOTATIONS, container(PROBES)),
        deployment(ANNOTATIONS, container(PROBES)).replace("kind: Deployment", "kind: StatefulSet"),
        deployment(ANNOTATIONS, container(PROBES)).replace("kind: Deployment", "kind: DaemonSet"),
        deployment(ANNOTATIONS, container(PROBES)).replace("kind: Deployment", "kind: ReplicaSet"),
        deployment(ANNOTATIONS, container(PROBES))
            .replace("apps/v1", "batch/v1")
            .replace("kind: Deployment", "kind: Job"),
        "apiVersion: batch/v1\nkind: CronJob\nmetadata: {name: shop}\nspec:\n  jobTemplate:\n"
            + "    spec:\n      template:\n"
            + pod.substring(pod.indexOf("metadata:")).indent(8),
        "apiVersion: v1\nkind: List\nitems:\n- "
            + deployment(ANNOTATIONS, container("")).indent(2).strip()
            + "\n- "
            + pod.indent(2).strip()
            + "\n",
        "apiVersion: v1\nkind: PodList\nitems:\n- "
            + pod.substring(pod.indexOf("metadata:")).indent(2).strip()
            + "\n",
        pod(ANNOTATIONS, container(PROBES) + "initContainers: []\nvolumes: [] # none\n"),
        pod(ANNOTATIONS, container(PROBES) + "initContainers: null\nvolumes: # none\n"),
        pod(
            ANNOTATIONS,
            "volumes:\ninitContainers:\n  # first\n  - {name: a, image: b}\n" + container("")),
        pod(ANNOTATIONS, "volumes: null\n" + container(PROBES)),
        pod(ANNOTATIONS, "initContainers:\n# the application\n" + container("")),
        pod(ANNOTATIONS, "volumes: [{name: v, emptyDir: {}}]\n" + container(PROBES)),
        pod(ANNOTATIONS, "\"containers\": [{name: app, ports: [{containerPort: 1}]}]\n"),
        "{apiVersion: v1, kind: Pod, metadata: {annotations: {sallyport.io/inject: enabled,"
            + " sallyport.io/config-map: c}}, spec: {containers: [{name: app}], volumes: }}",
        YamlWriter.json(plain(pod)));
  }

  private static Object plain(String text) {
    return new Load(LoadSettings.builder().build()).loadFromString(text);
  }

  @ParameterizedTest
  @MethodSource("manifests")
  void twiceIsTheSameAsOnce(String manifest) throws BadManifests {
    Injection.Result once = injected(manifest);

    assertThat(once.changed()).isNotEmpty();
    assertThat(once.text()).isNotEqualTo(manifest).contains("preStop");
    Injection.Result twice = injected(once.text());
    assertThat(twice.text()).isEqualTo(once.text());
    assertThat(twice.changed()).isEmpty();
  }

  static List<String> manifestsInLines() {
    return manifests().stream().filter(manifest -> !manifest.startsWith("{")).toList();
  }

  @ParameterizedTest
  @MethodSource("manifestsInLines")
  void noLineGoesButThoseOfProbes(String manifest) throws BadManifests {
    String once = injected(manifest).text();

    // All but the last line, which may have no end, and those in which something stands in braces.
    assertThat(once.lines())
        .containsSubsequence(
            manifest
                .lines()
                .filter(line -> !line.matches(".*(httpGet|path|port:|scheme|httpH|- .name|grpc).*"))
                .filter(line -> !line.contains("[") && !line.contains("null"))
                .toList());
    assertThat(once.contains("\r\n")).isEqualTo(manifest.contains("\r\n"));
    assertThat(once.replace("\r\n", "").contains("\r")).isFalse();
  }

  @Test
  void whatIsAddedStandsWhereItBelongs() throws BadManifests {
    String manifest =
        deployment(
            ANNOTATIONS,
            """
            restartPolicy: Always
            # The application.
            containers: # one
            - name: app # the name
              image: app:1
              ports: [{containerPort: 8080}]
              livenessProbe:
                # Is it there?
                tcpSocket: {port: 8080} # by TCP
                periodSeconds: 7
            terminationGracePeriodSeconds: 5 # soon
            """);

    String once = injected(manifest).text();

    assertThat(once)
        .contains(
            """
                  restartPolicy: Always
                  initContainers:
                  - name: sallyport
                    image: sallyport:1
                    args:
                    - run
            """,
            """
                  # The application.
                  containers: # one
                  - name: app # the name
            """,
            """
                    livenessProbe:
                      # Is it there?
                      httpGet:
                        path: /app-probe/app-liveness
                        port: 9902 # by TCP
                      periodSeconds: 7
                  terminationGracePeriodSeconds: 30 # soon
            """);
  }

  @Test
  void longerGraceIsKept() throws BadManifests {
    String manifest = pod(ANNOTATIONS, container("") + "terminationGracePeriodSeconds: 60\n");

    assertThat(injected(manifest).text()).contains("terminationGracePeriodSeconds: 60\n");
  }

  @Test
  void theSidecarIsFirstAmongInitContainersAndLooksBeforeIt() throws BadManifests {
    String manifest =
        pod(ANNOTATIONS, "initContainers:\n# migrates\n- name: migrate\n" + container(""));

    assertThat(names(spec(injected(manifest).text()), "initContainers"))
        .containsExactly("sallyport", "migrate");
    assertThat(injected(manifest).text()).contains("  # migrates\n  - name: migrate\n");
  }

  @Test
  void probesAreAskedOfTheSidecarWithTheirPeriods() throws BadManifests {
    String once = injected(pod(ANNOTATIONS, container(PROBES))).text();

    Map<?, ?> app = (Map<?, ?>) list(spec(once), "containers").get(0);
    assertThat(app.get("startupProbe"))
        .isEqualTo(Map.of("exec", Map.of("command", List.of("test", "-e", "/up"))));
    assertThat(app.get("livenessProbe"))
        .isEqualTo(
            Map.of(
                "httpGet",
                Map.of("path", "/app-probe/app-liveness", "port", 9902),
                "periodSeconds",
                7,
                "timeoutSeconds",
                3));
    assertThat(app.get("readinessProbe"))
        .isEqualTo(
            Map.of(
                "httpGet",
                Map.of("path", "/app-probe/app-readiness", "port", 9902),
                "failureThreshold",
                2));
    assertThat(config(once))
        .contains(
            "app-probes.\"app-liveness\" = {\"http-get\": {\"path\": \"/healthz?a=1\","
                + " \"port\": 8080, \"scheme\": \"https\", \"host\": \"shop.local\","
                + " \"headers\": {\"X-Probe\": \"live\"}}, \"timeout\": \"3s\"}\n",
            "app-probes.\"app-readiness\" = {\"grpc\": {\"port\": 8080,"
                + " \"service\": \"shop.v1.Shop\"}, \"timeout\": \"1s\"}\n")
        .doesNotContain("app-startup");
  }

  @Test
  void probesOfOtherSidecarsAreToo() throws BadManifests {
    String once =
        injected(
                pod(
                    ANNOTATIONS,
                    "initContainers:\n- name: log\n  restartPolicy: Always\n"
                        + "  readinessProbe: {tcpSocket: {port: 1}}\n"
                        + "- name: once\n  image: a\n"
                        + container("")))
            .text();

    assertThat(once)
        .contains("{\"httpGet\": {\"path\": \"/app-probe/log-readiness\", \"port\": 9902}}");
  }

  @Test
  void aProbeOfAnotherHostIsNotOurs() throws BadManifests {
    String probe = "livenessProbe: {httpGet: {host: db.internal, port: 80}}\n";

    assertThat(injected(pod(ANNOTATIONS, container(probe))).text()).contains(probe);
  }

  @Test
  void aChangeOfAnnotationsComesThroughAndProbesStay() throws BadManifests {
    String once = injected(pod(ANNOTATIONS, container(PROBES) + "# end\n")).text();
    String changed =
        once.replace("mesh-ca", "other-ca")
            .replace(
                "    sallyport.io/allow: '[ {",
                "    sallyport.io/cpu-limit: 500m\n    sallyport.io/allow: '[ { cn = a }, {");

    String twice = injected(changed).text();

    String fresh =
        injected(
                pod(
                    ANNOTATIONS
                        .replace("mesh-ca", "other-ca")
                        .replace(
                            "sallyport.io/allow: '[ {",
                            "sallyport.io/cpu-limit: 500m\nsallyport.io/allow: '[ { cn = a }, {"),
                    container(PROBES) + "# end\n"))
            .text();
    assertThat(twice).isEqualTo(fresh).contains("cpu: \"500m\"", "\"cn\":\"a\"");
  }

  @Test
  void settingsAreTakenFromAnnotations() throws BadManifests {
    String once =
        injected(
                pod(
                    ANNOTATIONS
                        + """
                        sallyport.io/inbound-port: "9443"
                        sallyport.io/app-port: "8081"
                        sallyport.io/protocol: http
                        sallyport.io/image: registry.internal:5000/sallyport@sha256:ab
                        sallyport.io/cpu-request: 50m
                        sallyport.io/memory-request: 128Mi
                        sallyport.io/memory-limit: 256Mi
                        """
                            .replace("mesh-ca", "mesh-ca/bundle.pem"),
                    container("")))
            .text();

    assertThat(config(once))
        .contains(
            "listen = \"0.0.0.0:9443\"",
            "forward = \"127.0.0.1:8081\"",
            "protocol = http",
            "allow = [{\"spiffe\":\"spiffe://prod/web\"}]");
    Map<?, ?> sidecar = (Map<?, ?>) list(spec(once), "initContainers").get(0);
    assertThat(sidecar.get("image")).isEqualTo("registry.internal:5000/sallyport@sha256:ab");
    assertThat(sidecar.get("resources"))
        .isEqualTo(
            Map.of(
                "requests",
                Map.of("cpu", "50m", "memory", "128Mi"),
                "limits",
                Map.of("memory", "256Mi")));
  }

  @Test
  void theTrustIsAKeyOfAConfigMapAndNeverTheSecrets() throws BadManifests {
    String once =
        injected(pod(ANNOTATIONS.replace("mesh-ca", "mesh-ca/bundle.pem"), container(""))).text();

    assertThat(spec(once).get("volumes"))
        .isEqualTo(
            List.of(
                Map.of(
                    "name",
                    "sallyport-tls",
                    "secret",
                    Map.of(
                        "secretName",
                        "shop-tls",
                        "items",
                        List.of(
                            Map.of("key", "tls.crt", "path", "tls.crt"),
                            Map.of("key", "tls.key", "path", "tls.key")))),
                Map.of(
                    "name",
                    "sallyport-trust",
                    "configMap",
                    Map.of(
                        "name",
                        "mesh-ca",
                        "items",
                        List.of(Map.of("key", "bundle.pem", "path", "ca.crt"))))));
  }

  @Test
  void aConfigMapMaySayTheRest() throws BadManifests {
    String once =
        injected(
                pod(
                    "sallyport.io/inject: enabled\nsallyport.io/config-map: shop-proxy\n",
                    container(PROBES)))
            .text();

    assertThat(config(once))
        .startsWith(
            """
            include required(file("/etc/sallyport/sallyport.conf"))
            sallyport.admin.probes = "0.0.0.0:9902"
            sallyport.admin.app-probes."app-liveness" = \
            """);
    assertThat(names(spec(once), "volumes")).containsExactly("sallyport-config");
  }

  @Test
  void dollarsReachTheSidecarAsTheyAre() throws BadManifests {
    String once =
        injected(
                pod(
                    ANNOTATIONS.replace("spiffe = \"spiffe://prod/web\"", "cn = \"a$(HOME)$$b\""),
                    container("")))
            .text();

    assertThat(config(once)).contains("\"cn\":\"a$$(HOME)$$$$b\"");
    assertThat(injected(once).text()).isEqualTo(once);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "# nothing\n",
        "---\n---\n# x\n",
        "apiVersion: v1\nkind: Service\nmetadata: &m {name: *x }\n",
        "kind:   Odd\n\n\nitems: [ 1,2 ]   # as it was\nx: \"\\u0041\"\n...\n",
        "apiVersion: apps.example/v1\nkind: Deployment\n# sallyport\n",
        "apiVersion: v1\nkind: Pod\nspec: {containers: []}\n",
        "apiVersion: v1\nkind: Pod\nmetadata: {annotations: {sallyport.io/inject: disabled}}\n",
        "{\"kind\":\"List\",\"apiVersion\":\"v1\",\"items\":[]}",
      })
  void whatIsNotAskedForComesOutAsItIs(String text) throws BadManifests {
    String defined = text.replace("metadata: &m", "x: &x 1\nmetadata: &m");

    assertThat(injected(defined)).isEqualTo(new Injection.Result(defined, List.of()));
  }

  @Test
  void aCharacterOutsideOfTheBasicPlaneMayStandAnywhere() throws BadManifests {
    for (int length = 1000; length < 1050; length++) {
      String text = "kind: A\n# " + "x".repeat(length) + "\uD83D\uDE00\nx: y\n";
      assertThat(injected(text).text()).isEqualTo(text);
    }
  }

  @Test
  void withAllWhoeverDoesNotDeclineIsInjected() throws BadManifests {
    String silent = ANNOTATIONS.replace("sallyport.io/inject: enabled\n", "");
    String pods =
        pod(silent, container(""))
            + "---\n"
            + pod(silent + "sallyport.io/inject: disabled\n", container(""));

    assertThat(injected(pods).changed()).isEmpty();
    Injection.Result all = Injection.of(List.of(new Manifest("a.yaml", pods)), "i", true);
    assertThat(all.changed()).containsExactly("a.yaml: Pod/shop");
    assertThat(all.text()).endsWith(pods.substring(pods.indexOf("---\n")));
  }

  @Test
  void manyFilesAreOneStreamOfDocuments() throws BadManifests {
    Injection.Result all =
        Injection.of(
            List.of(
                new Manifest("a", "kind: A"),
                new Manifest("b", "---\nkind: B\n"),
                new Manifest("c", "kind: C\n")),
            "i",
            false);

    assertThat(all.text()).isEqualTo("kind: A\n---\nkind: B\n---\nkind: C\n");
  }

  private static Map<?, ?> spec(String manifest) {
    return (Map<?, ?>) Objects.requireNonNull(((Map<?, ?>) plain(manifest)).get("spec"));
  }

  private static List<?> list(Map<?, ?> spec, String key) {
    return (List<?>) Objects.requireNonNull(spec.get(key));
  }

  private static List<String> names(Map<?, ?> spec, String key) {
    return list(spec, key).stream()
        .map(item -> String.valueOf(((Map<?, ?>) item).get("name")))
        .toList();
  }

  private static String config(String manifest) {
    Matcher value =
        Pattern.compile("- name: SALLYPORT_CONFIG\n +value: [|]\n((?: +.*\n)*?) *ports:")
            .matcher(manifest);
    assertThat(value.find()).as(manifest).isTrue();
    return value.group(1).stripTrailing().stripIndent() + "\n";
  }
}
