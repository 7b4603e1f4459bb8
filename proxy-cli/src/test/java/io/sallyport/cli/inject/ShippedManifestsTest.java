package io.sallyport.cli.inject;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.Lifecycle;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.PodTemplateSpec;
import io.fabric8.kubernetes.api.model.SecurityContext;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.VolumeMount;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.fabric8.openshift.api.model.monitoring.v1.PodMonitor;
import io.sallyport.PeerAnswer;
import io.sallyport.Proxy;
import io.sallyport.config.ConfigReader;
import io.sallyport.config.IdentityConfig.WorkloadApi;
import io.sallyport.config.ProxyConfig;
import io.sallyport.testcerts.TestCa;
import io.sallyport.testcerts.TestIdentity;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/** deploy/kubernetes: each file by itself, and together what kustomize makes of them. */
class ShippedManifestsTest {

  private static final Path FOLDER =
      Path.of("..", "deploy", "kubernetes").toAbsolutePath().normalize();
  private static final Path COMPONENTS = FOLDER.resolve("components");

  @Test
  void everyFileIsWhatTheApiTakes() throws IOException {
    List<Path> manifests = files(".yaml");

    assertThat(manifests).hasSizeGreaterThan(15);
    for (Path manifest : manifests) {
      assertThat(read(manifest)).isNotNull();
    }
  }

  @Test
  void everyFileThatIsNamedIsThereAndNoneIsLeftOver() throws IOException {
    List<Path> named = new ArrayList<>();
    for (Path kustomization : files("kustomization.yaml")) {
      List<Path> its =
          ((Kustomization) read(kustomization)).named(kustomization.resolveSibling(""));
      assertThat(its).as("%s", kustomization).isNotEmpty().allMatch(Files::exists);
      named.addAll(its);
    }

    assertThat(files("").stream().filter(file -> !file.endsWith("kustomization.yaml")))
        .allMatch(named::contains);
  }

  @Test
  void theSidecarIsTheOneThatIsInjected() throws Exception {
    Map<?, ?> injected =
        KubernetesTypes.object(
            Manifests.injected(Manifests.pod(Manifests.ANNOTATIONS, Manifests.container("")))
                .text());
    Container its =
        ((Pod) KubernetesTypes.read(injected, "Pod")).getSpec().getInitContainers().get(0);
    Container ours = sidecar();

    assertThat(ours.getName()).isEqualTo(its.getName());
    assertThat(ours.getRestartPolicy()).isEqualTo(its.getRestartPolicy());
    assertThat(ours.getPorts()).isEqualTo(its.getPorts());
    assertThat(ours.getStartupProbe()).isEqualTo(its.getStartupProbe());
    assertThat(ours.getLivenessProbe()).isEqualTo(its.getLivenessProbe());
    assertThat(ours.getReadinessProbe()).isEqualTo(its.getReadinessProbe());
    assertThat(ours.getLifecycle()).isEqualTo(its.getLifecycle());
    assertThat(ours.getTerminationMessagePolicy()).isEqualTo(its.getTerminationMessagePolicy());
    assertThat(ours.getSecurityContext()).isEqualTo(its.getSecurityContext());
    assertThat(ours.getResources().getRequests()).isEqualTo(its.getResources().getRequests());
    assertThat(paths(ours)).containsAll(paths(its));
  }

  @ParameterizedTest
  @ValueSource(strings = {"sidecar/sidecar.yaml", "capture/capture.yaml"})
  void whyOneDoesNotStartIsToldWhereItIsLookedFor(String component) throws IOException {
    assertThat(initContainer(component).getTerminationMessagePolicy())
        .isEqualTo("FallbackToLogsOnError");
  }

  private static List<String> paths(Container container) {
    return container.getVolumeMounts().stream().map(VolumeMount::getMountPath).toList();
  }

  @ParameterizedTest
  @ValueSource(strings = {"secret/secret.yaml", "spiffe-csi/csi.yaml"})
  void eachSourceOfCertificatesIsTheVolumeThatTheSidecarLacks(String source) throws IOException {
    List<Volume> volumes = new ArrayList<>(volumes("sidecar/sidecar.yaml"));
    volumes.addAll(volumes(source));

    assertThat(volumes.stream().map(Volume::getName))
        .containsExactlyInAnyOrderElementsOf(
            sidecar().getVolumeMounts().stream().map(VolumeMount::getName).toList());
  }

  @Test
  void noCaComesFromASecret() throws IOException {
    assertThat(volumes("secret/secret.yaml").get(0).getSecret().getItems())
        .extracting("path")
        .containsExactly("tls.crt", "tls.key");
    assertThat(volumes("sidecar/sidecar.yaml"))
        .filteredOn(volume -> volume.getName().equals("sallyport-trust"))
        .allMatch(volume -> volume.getConfigMap() != null)
        .hasSize(1);
  }

  private static List<Volume> volumes(String component) throws IOException {
    return template(COMPONENTS.resolve(component)).getSpec().getVolumes();
  }

  private static Container sidecar() throws IOException {
    return initContainer("sidecar/sidecar.yaml");
  }

  private static Container capture() throws IOException {
    return initContainer("capture/capture.yaml");
  }

  private static Container initContainer(String component) throws IOException {
    return template(COMPONENTS.resolve(component)).getSpec().getInitContainers().get(0);
  }

  @ParameterizedTest
  @ValueSource(strings = {"base/deployment.yaml", "job/job.yaml"})
  void applicationsKeepToTheRestrictedPodSecurityStandard(String workload) throws IOException {
    PodTemplateSpec template = template(FOLDER.resolve(workload));

    assertThat(template.getSpec().getSecurityContext().getRunAsNonRoot()).isTrue();
    assertThat(template.getSpec().getSecurityContext().getSeccompProfile().getType())
        .isEqualTo("RuntimeDefault");
    SecurityContext context = template.getSpec().getContainers().get(0).getSecurityContext();
    assertThat(context.getAllowPrivilegeEscalation()).isFalse();
    assertThat(context.getCapabilities().getDrop()).containsExactly("ALL");
    assertThat(context.getCapabilities().getAdd()).isEmpty();
    assertThat(context.getRunAsUser()).isPositive().isNotEqualTo(65532);
  }

  @ParameterizedTest
  @ValueSource(strings = {"base", "job"})
  void itsConfigurationPassesCheckWithoutAWarning(String folder, @TempDir Path pod)
      throws Exception {
    TestCa ca = TestCa.create();
    Path config = mounted(folder, pod, ca, identity(ca, "shop"));

    Proxy.Check check = Proxy.check(ConfigReader.read(config));

    assertThat(check.problems()).isEmpty();
    assertThat(check.warnings()).isEmpty();
  }

  @Test
  void theJobAndTheShopThatItTalksToLetEachOtherIn(@TempDir Path shopPod, @TempDir Path jobPod)
      throws Exception {
    TestCa ca = TestCa.create();
    String account = template(FOLDER.resolve("job/job.yaml")).getSpec().getServiceAccountName();
    TestIdentity shop = identity(ca, "shop");
    TestIdentity job = identity(ca, account);

    assertThat(Proxy.judge(ConfigReader.read(mounted("base", shopPod, ca, shop)), job.chain()))
        .isNotEmpty()
        .allMatch(PeerAnswer::admitted);
    assertThat(Proxy.judge(ConfigReader.read(mounted("job", jobPod, ca, job)), shop.chain()))
        .isNotEmpty()
        .allMatch(PeerAnswer::admitted);
  }

  private static TestIdentity identity(TestCa ca, String account) {
    return ca.issue(
        leaf -> leaf.dns(account).uri("spiffe://cluster.local/ns/default/sa/" + account));
  }

  /** Its configuration, and what it names, where a pod's would be. */
  private static Path mounted(String folder, Path pod, TestCa ca, TestIdentity identity)
      throws IOException {
    identity.writeTo(Files.createDirectory(pod.resolve("tls")), "tls");
    Path trust = Files.createDirectory(pod.resolve("trust"));
    Files.writeString(trust.resolve("ca.crt"), ca.certificatePem());
    String shipped = Files.readString(FOLDER.resolve(folder).resolve("sallyport.conf"));
    Path config =
        Files.writeString(
            pod.resolve("sallyport.conf"), shipped.replace("/run/sallyport/", pod + "/"));
    assertThat(config).content().contains(pod + "/tls/tls.key").doesNotContain("/run/");
    return config;
  }

  @ParameterizedTest
  @ValueSource(strings = {"base/deployment.yaml", "job/job.yaml"})
  void aPodHasLongerToEndThanADrainTakes(String workload) throws Exception {
    Path manifest = FOLDER.resolve(workload);
    ProxyConfig config = ConfigReader.read(manifest.resolveSibling("sallyport.conf"));

    PodSpec pod = template(manifest).getSpec();

    assertThat(Duration.ofSeconds(pod.getTerminationGracePeriodSeconds()))
        .isGreaterThanOrEqualTo(
            servesOn(pod.getContainers().get(0)).plus(config.drain().deadline()).plusSeconds(5));
  }

  /** All containers are told at once, and a sidecar without its application serves nobody. */
  @Test
  void theApplicationServesForAsLongAsTheSidecarAcceptsForIt() throws Exception {
    Container shop =
        template(FOLDER.resolve("base/deployment.yaml")).getSpec().getContainers().get(0);
    ProxyConfig config = ConfigReader.read(FOLDER.resolve("base/sallyport.conf"));

    assertThat(servesOn(shop)).isGreaterThanOrEqualTo(config.drain().delay());
  }

  /** A request that meets the closing of the application's idle connection is lost. */
  @Test
  void peersOfBaseAreToldBeforeItsApplicationCloses() throws Exception {
    ProxyConfig config = ConfigReader.read(FOLDER.resolve("base/sallyport.conf"));

    assertThat(config.inbound()).hasSize(1);
    assertThat(config.inbound().get(0).http()).isNotNull();
  }

  private static Duration servesOn(Container application) {
    Lifecycle lifecycle = application.getLifecycle();
    return lifecycle == null
        ? Duration.ZERO
        : Duration.ofSeconds(lifecycle.getPreStop().getSleep().getSeconds());
  }

  @ParameterizedTest
  @ValueSource(strings = {"base/deployment.yaml", "job/job.yaml"})
  void whatSelectsPodsFindsThem(String workload) throws IOException {
    Map<String, String> labels = template(FOLDER.resolve(workload)).getMetadata().getLabels();
    NetworkPolicy policy =
        (NetworkPolicy) read(COMPONENTS.resolve("network-policy/network-policy.yaml"));
    PodMonitor monitor = (PodMonitor) read(COMPONENTS.resolve("pod-monitor/pod-monitor.yaml"));
    Service service = (Service) read(FOLDER.resolve("base/service.yaml"));

    assertThat(labels).containsAllEntriesOf(policy.getSpec().getPodSelector().getMatchLabels());
    assertThat(labels).containsAllEntriesOf(monitor.getSpec().getSelector().getMatchLabels());
    assertThat(sidecar().getPorts())
        .extracting("name")
        .contains(monitor.getSpec().getPodMetricsEndpoints().get(0).getPort());
    if (workload.startsWith("base")) {
      assertThat(labels).containsAllEntriesOf(service.getSpec().getSelector());
    }
  }

  @Test
  void captureHasOneRightAndLeadsToTheSidecarAlone() throws Exception {
    Container capture = capture();
    SecurityContext context = capture.getSecurityContext();

    assertThat(context.getCapabilities().getDrop()).containsExactly("ALL");
    assertThat(context.getCapabilities().getAdd()).containsExactly("NET_ADMIN");
    assertThat(context.getAllowPrivilegeEscalation()).isFalse();
    assertThat(context.getReadOnlyRootFilesystem()).isTrue();
    assertThat(capture.getArgs())
        .startsWith("capture", "--apply")
        .contains("--proxy-uid=" + sidecar().getSecurityContext().getRunAsUser())
        .contains("--exclude-inbound-ports=9902");
    assertThat(capture.getRestartPolicy()).as("it ends, and the others begin").isNull();
  }

  /** As people put it together, each with another source of certificates. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "base secret",
        "base cert-manager network-policy pod-monitor",
        "base spiffe-csi network-policy",
        "base secret capture",
        "job secret",
        "job cert-manager",
        "job spiffe-csi pod-monitor",
        "example"
      })
  void kustomizeMakesWholePodsOfIt(String parts) throws Exception {
    List<String> names = List.of(parts.split(" "));
    Path overlay = Files.createTempDirectory(Path.of("target").toAbsolutePath(), "overlay");
    Path up = overlay.relativize(FOLDER);
    StringBuilder kustomization =
        new StringBuilder("resources: [ " + up.resolve(names.get(0)) + " ]\ncomponents:\n");
    for (String component : names.subList(1, names.size())) {
      kustomization.append("- ").append(up.resolve("components").resolve(component)).append('\n');
    }
    Path file = Files.writeString(overlay.resolve("kustomization.yaml"), kustomization);

    List<Object> made = new ArrayList<>();
    try {
      for (Object object : kustomized(overlay)) {
        Map<?, ?> each = (Map<?, ?>) object;
        made.add(KubernetesTypes.read(each, String.valueOf(each.get("kind"))));
      }
    } finally {
      Files.delete(file);
      Files.delete(overlay);
    }

    List<PodTemplateSpec> pods =
        made.stream()
            .filter(object -> object instanceof Deployment || object instanceof Job)
            .map(ShippedManifestsTest::templateOf)
            .toList();
    assertThat(pods).hasSize(1);
    PodTemplateSpec pod = pods.get(0);
    assertThat(pod.getSpec().getInitContainers())
        .containsExactlyElementsOf(
            names.contains("capture") ? List.of(capture(), sidecar()) : List.of(sidecar()));
    List<Volume> volumes = pod.getSpec().getVolumes();
    assertThat(volumes.stream().map(Volume::getName))
        .containsExactlyInAnyOrderElementsOf(
            sidecar().getVolumeMounts().stream().map(VolumeMount::getName).toList());
    assertThat(volumes)
        .filteredOn(volume -> volume.getName().equals("sallyport-config"))
        .allMatch(volume -> volume.getConfigMap().getName().startsWith("sallyport-"))
        .hasSize(1);
  }

  /** No certificate is mounted, and no CA: the agent gives both over the socket that is. */
  @Test
  void withAnAgentNothingButItsSocketIsMounted() throws Exception {
    List<PodTemplateSpec> pods = new ArrayList<>();
    for (Object object : kustomized(FOLDER.resolve("spiffe"))) {
      Map<?, ?> each = (Map<?, ?>) object;
      if (KubernetesTypes.read(each, String.valueOf(each.get("kind"))) instanceof Deployment made) {
        pods.add(templateOf(made));
      }
    }

    assertThat(pods).hasSize(1);
    PodTemplateSpec pod = pods.get(0);
    assertThat(pod.getSpec().getInitContainers())
        .singleElement()
        .satisfies(
            made ->
                assertThat(paths(made))
                    .containsExactlyInAnyOrder("/etc/sallyport", "/spiffe-workload-api"));
    assertThat(pod.getSpec().getVolumes())
        .extracting(Volume::getName)
        .containsExactlyInAnyOrder("sallyport-config", "spiffe-workload-api");
    assertThat(pod.getSpec().getVolumes())
        .filteredOn(volume -> volume.getCsi() != null)
        .singleElement()
        .satisfies(
            volume -> {
              assertThat(volume.getCsi().getDriver()).isEqualTo("csi.spiffe.io");
              assertThat(volume.getCsi().getReadOnly()).isTrue();
            });
  }

  @Test
  void whereAnAgentGivesTheIdentitiesNothingElseDiffers() throws IOException {
    String listener = "  inbound.shop {";
    String base = Files.readString(FOLDER.resolve("base/sallyport.conf"));
    String spiffe = Files.readString(FOLDER.resolve("spiffe/sallyport.conf"));

    assertThat(spiffe.substring(spiffe.indexOf(listener)))
        .isEqualTo(base.substring(base.indexOf(listener)));
  }

  @Test
  void theAgentsSocketIsWhereTheConfigurationHasIt() throws Exception {
    ProxyConfig config = ConfigReader.read(FOLDER.resolve("spiffe/sallyport.conf"));

    assertThat(config.warnings()).isEmpty();
    assertThat(requireNonNull(config.identities().get("default")).source())
        .isInstanceOfSatisfying(
            WorkloadApi.class,
            api -> assertThat(api.socket().path()).startsWithRaw(Path.of("/spiffe-workload-api")));
  }

  private static Iterable<Object> kustomized(Path overlay) throws Exception {
    Process process;
    try {
      process = new ProcessBuilder("kubectl", "kustomize", overlay.toString()).start();
    } catch (IOException e) {
      assumeThat(e).as("kubectl is installed").isNull();
      throw e;
    }
    String out = new String(process.getInputStream().readAllBytes(), UTF_8);
    String err = new String(process.getErrorStream().readAllBytes(), UTF_8);
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).as(err).isZero();
    return new Load(LoadSettings.builder().build()).loadAllFromString(out);
  }

  private static PodTemplateSpec template(Path file) throws IOException {
    return templateOf(read(file));
  }

  private static PodTemplateSpec templateOf(Object workload) {
    return workload instanceof Job job
        ? job.getSpec().getTemplate()
        : ((Deployment) workload).getSpec().getTemplate();
  }

  private static Object read(Path file) throws IOException {
    Map<?, ?> object = KubernetesTypes.object(Files.readString(file));
    try {
      return KubernetesTypes.read(object, String.valueOf(object.get("kind")));
    } catch (IOException e) {
      throw new IOException(file + ": " + e.getMessage(), e);
    }
  }

  private static List<Path> files(String ending) throws IOException {
    try (Stream<Path> files = Files.walk(FOLDER)) {
      return files
          .filter(Files::isRegularFile)
          .filter(file -> file.toString().endsWith(ending))
          .toList();
    }
  }
}
