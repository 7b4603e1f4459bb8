package io.sallyport.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.sallyport.cli.Command.Ended;
import io.sallyport.testcerts.TestCa;
import io.sallyport.testcerts.TestIdentity;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/**
 * A pod of deploy/kubernetes that really runs, by podman, in a network of its own.
 *
 * <p>Of what Kubernetes does, podman 4.3 knows no native sidecars, no probes that need no curl, no
 * preStop and no Secrets: the sidecar is a container beside the other, its Secret a ConfigMap, and
 * the rest is done here.
 */
final class PodIT {

  private static final Path DEPLOY = Path.of("..", "deploy").toAbsolutePath().normalize();
  private static final Path KUBERNETES = DEPLOY.resolve("kubernetes");

  /** What sidecar.yaml names, as containerd looks for it. */
  private static final String IMAGE = "docker.io/library/sallyport:0.1.0";

  private static final String NEW_NAME = "renewed.test";

  /** Soft and hard ones are the same, for else runc fails where they cannot be raised. */
  private static final String CONTAINERS_CONF =
      """
      [containers]
      default_ulimits = ["nofile=4096:4096", "nproc=4096:4096"]
      [engine]
      runtime = "runc"
      cgroup_manager = "cgroupfs"
      events_logger = "file"
      """;

  /** A network with nothing but loopback, and locks that are no other podman's; ends with us. */
  private static final String APART =
      "ip link set lo up && mount -t tmpfs shm /dev/shm && echo up && exec cat";

  private final ObjectMapper json = new ObjectMapper();
  private final TestCa ca = TestCa.create();
  private final Path folder;
  private final Command network;

  PodIT(@TempDir Path folder) throws Exception {
    assumeThat(System.getenv("CI_CONTAINER")).as("CI_CONTAINER asks for it").isEqualTo("1");
    assumeThat(System.getProperty("user.name")).as("root, who may mount").isEqualTo("root");
    for (String program : List.of("podman", "buildah", "runc", "unshare", "nsenter", "curl")) {
      assertThat(Command.runOther(program, "--version").exitCode()).isZero();
    }
    this.folder = folder;
    Files.writeString(folder.resolve("containers.conf"), CONTAINERS_CONF);
    network = Command.startOther("unshare", "--net", "--mount", "sh", "-c", APART);
    network.line("up"::equals);
  }

  @AfterEach
  void close() {
    podman("pod", "rm", "--force", "--time=0", "shop");
    network.close();
  }

  @Test
  void servesIsRolledOverAndDrains() throws Exception {
    load();
    ca.issue(leaf -> leaf.uri("spiffe://cluster.local/ns/default/sa/web")).writeTo(folder, "web");
    Files.writeString(folder.resolve("ca.crt"), ca.certificatePem());
    Path manifest = Files.writeString(folder.resolve("pod.yaml"), manifest());

    succeeded(podman("kube", "play", "--network=host", manifest.toString()));
    succeeded(curl("http://localhost:9902/readyz", "--retry-connrefused"));
    assertThat(page("localhost")).isEqualTo(new Ended(0, "hello\n", ""));
    assertThat(
            inNetwork("curl", "-sS", "--cacert", file("ca.crt"), "https://localhost:8443/")
                .exitCode())
        .isNotZero();

    assertThat(page(NEW_NAME).exitCode()).isNotZero();
    replaceCertificate();
    succeeded(page(NEW_NAME, "--retry-all-errors"));

    assertThat(succeeded(podman("exec", "shop-sallyport", "sallyport", "drain")).out())
        .isEqualTo("draining\n");
    assertThat(inNetwork("curl", "-s", "http://localhost:9902/readyz", "-w", " %{http_code}").out())
        .endsWith(" 503\n");
    succeeded(page("localhost"));

    succeeded(podman("stop", "--time=10", "shop-shop"));
    succeeded(podman("stop", "--time=40", "shop-sallyport"));
    assertThat(podman("inspect", "shop-sallyport", "--format={{.State.ExitCode}}").out())
        .isEqualTo("0\n");
    assertThat(podman("logs", "shop-sallyport").err())
        .contains("\"msg\":\"stopped\",\"connections\":\"ended\"");
  }

  private void load() throws IOException {
    Optional<Path> jdk = InstalledJava.of(25);
    assumeThat(jdk).as("a JDK 25 is installed").isPresent();
    succeeded(
        Command.runOther(
            "bash",
            DEPLOY.resolve("container/build-rootfs.sh").toString(),
            "--jdk",
            jdk.orElseThrow().toString(),
            "--oci",
            file("image.tar"),
            file("root")));
    succeeded(podman("load", "--input", file("image.tar")));
    Ended first = podman("run", "--rm", "--network=host", "--read-only", IMAGE, "version");
    assumeThat(first.err()).as("podman can run a container here").doesNotContain("runc");
    assertThat(first.out()).startsWith("sallyport  ");
  }

  /** What is shipped, but for what podman does not do; the application is Java's file server. */
  private String manifest() throws IOException {
    Map<String, Object> pod =
        map(map(map(yaml("base/deployment.yaml"), "spec"), "template"), "spec");
    Map<String, Object> patch =
        map(map(map(yaml("components/sidecar/sidecar.yaml"), "spec"), "template"), "spec");
    Map<String, Object> application = first(pod, "containers");
    application.remove("readinessProbe");
    application.put("image", IMAGE);
    application.put(
        "command",
        List.of("/opt/java/bin/java", "-m", "jdk.httpserver", "-b", "127.0.0.1", "-p", "8080"));
    application.put("args", List.of("-d", "/srv"));
    application.put("volumeMounts", List.of(Map.of("name", "page", "mountPath", "/srv")));
    Map<String, Object> sidecar = first(patch, "initContainers");
    assertThat(IMAGE).isEqualTo("docker.io/library/" + sidecar.get("image"));
    sidecar
        .keySet()
        .removeAll(
            List.of(
                "restartPolicy",
                "ports",
                "startupProbe",
                "livenessProbe",
                "readinessProbe",
                "lifecycle"));
    sidecar.put("image", IMAGE);
    List<Object> volumes = new ArrayList<>((List<?>) value(patch, "volumes"));
    volumes.add(Map.of("name", "page", "configMap", Map.of("name", "page")));
    volumes.add(Map.of("name", "sallyport-tls", "configMap", Map.of("name", "sallyport-tls")));
    pod.keySet().removeAll(List.of("serviceAccountName", "automountServiceAccountToken"));
    pod.put("restartPolicy", "Never");
    pod.put("volumes", volumes);
    pod.put("containers", List.of(application, sidecar));

    TestIdentity shop = ca.issue(leaf -> leaf.dns("localhost"));
    return String.join(
        "\n---\n",
        configMap(
            "sallyport",
            Map.of("sallyport.conf", Files.readString(KUBERNETES.resolve("base/sallyport.conf")))),
        configMap("mesh-ca", Map.of("ca.crt", ca.certificatePem())),
        configMap(
            "sallyport-tls", Map.of("tls.crt", shop.certificatePem(), "tls.key", shop.keyPem())),
        configMap("page", Map.of("index.html", "hello\n")),
        object("Pod", "shop", "spec", pod));
  }

  private String configMap(String name, Map<String, String> data) throws IOException {
    return object("ConfigMap", name, "data", data);
  }

  private String object(String kind, String name, String key, Object content) throws IOException {
    return json.writeValueAsString(
        Map.of("apiVersion", "v1", "kind", kind, "metadata", Map.of("name", name), key, content));
  }

  private static Map<String, Object> yaml(String file) throws IOException {
    return asMap(
        new Load(LoadSettings.builder().build())
            .loadFromString(Files.readString(KUBERNETES.resolve(file))));
  }

  private static Map<String, Object> first(Map<String, Object> parent, String key) {
    return asMap(((List<?>) value(parent, key)).get(0));
  }

  private static Map<String, Object> map(Map<String, Object> parent, String key) {
    return asMap(value(parent, key));
  }

  private static Object value(Map<String, Object> parent, String key) {
    Object value = parent.get(key);
    if (value == null) {
      throw new IllegalStateException("no " + key + " in " + parent);
    }
    return value;
  }

  @SuppressWarnings("unchecked") // of YAML whose keys are all text
  private static Map<String, Object> asMap(Object value) {
    return (Map<String, Object>) value;
  }

  /** As a kubelet brings a changed Secret into the pod. */
  private void replaceCertificate() throws IOException {
    TestIdentity renewed = ca.issue(leaf -> leaf.dns("localhost").dns(NEW_NAME));
    Path volume = folder.resolve("storage/volumes/sallyport-tls/_data");
    for (Map.Entry<String, String> file :
        Map.of("tls.crt", renewed.certificatePem(), "tls.key", renewed.keyPem()).entrySet()) {
      Path written = Files.writeString(volume.resolve("new"), file.getValue());
      Files.move(written, volume.resolve(file.getKey()), StandardCopyOption.REPLACE_EXISTING);
    }
  }

  private Ended page(String name, String... more) {
    List<String> flags =
        new ArrayList<>(
            List.of(
                "--cacert",
                file("ca.crt"),
                "--cert",
                file("web.crt"),
                "--key",
                file("web.key"),
                "--resolve",
                name + ":8443:127.0.0.1"));
    flags.addAll(List.of(more));
    return curl("https://" + name + ":8443/index.html", flags.toArray(String[]::new));
  }

  /** Asks again for as long as that is an error of the kind that the flags name. */
  private Ended curl(String url, String... flags) {
    List<String> line =
        new ArrayList<>(List.of("curl", "-sf", "--retry", "60", "--retry-delay", "1"));
    line.addAll(List.of(flags));
    line.add(url);
    return inNetwork(line.toArray(String[]::new));
  }

  private Ended podman(String... arguments) {
    List<String> line =
        new ArrayList<>(
            List.of(
                "env",
                "CONTAINERS_CONF=" + file("containers.conf"),
                "podman",
                "--root",
                file("storage"),
                "--runroot",
                file("run"),
                "--tmpdir",
                file("tmp"),
                "--storage-driver",
                "vfs"));
    line.addAll(List.of(arguments));
    return inNetwork(line.toArray(String[]::new));
  }

  private Ended inNetwork(String... command) {
    List<String> line =
        new ArrayList<>(List.of("nsenter", "--target=" + network.pid(), "--net", "--mount"));
    line.addAll(List.of(command));
    return Command.runOther(line.toArray(String[]::new));
  }

  private String file(String name) {
    return folder.resolve(name).toString();
  }

  private static Ended succeeded(Ended ended) {
    assertThat(ended.exitCode()).as(ended.out() + ended.err()).isZero();
    return ended;
  }
}
