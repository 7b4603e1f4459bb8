package io.sallyport.cli.inject;

import static io.sallyport.cli.inject.Manifests.injected;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.introspect.Annotated;
import com.fasterxml.jackson.databind.introspect.JacksonAnnotationIntrospector;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.apps.DaemonSet;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.ReplicaSet;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.api.model.batch.v1.CronJob;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import java.io.IOException;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/** What comes out is what the API of Kubernetes takes, to the last field. */
class KubernetesTypesTest {

  /** The models keep what they do not know; here it is a fault. */
  private static final ObjectMapper STRICT =
      new ObjectMapper()
          .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .setAnnotationIntrospector(
              new JacksonAnnotationIntrospector() {
                private static final long serialVersionUID = 1L;

                @Override
                public Boolean hasAnySetter(Annotated setter) {
                  return false;
                }
              });

  private static final Map<String, Class<?>> KINDS =
      Map.of(
          "Pod", Pod.class,
          "Deployment", Deployment.class,
          "StatefulSet", StatefulSet.class,
          "DaemonSet", DaemonSet.class,
          "ReplicaSet", ReplicaSet.class,
          "Job", Job.class,
          "CronJob", CronJob.class);

  @ParameterizedTest
  @MethodSource("io.sallyport.cli.inject.InjectionTest#manifests")
  void takesWhatIsInjected(String manifest) throws Exception {
    Map<?, ?> object = object(injected(manifest).text());
    String kind = String.valueOf(object.get("kind"));
    if (object.get("items") instanceof Iterable<?> items) {
      for (Object item : items) {
        Map<?, ?> each = (Map<?, ?>) item;
        read(each, each.containsKey("kind") ? each.get("kind") : kind.replace("List", ""));
      }
    } else {
      read(object, kind);
    }
  }

  @Test
  void theSidecarKeepsToTheRestrictedPodSecurityStandard() throws Exception {
    Container sidecar = sidecar(Manifests.pod(Manifests.ANNOTATIONS, Manifests.container("")));

    assertThat(sidecar.getRestartPolicy()).isEqualTo("Always");
    assertThat(sidecar.getSecurityContext().getRunAsNonRoot()).isTrue();
    assertThat(sidecar.getSecurityContext().getRunAsUser()).isPositive();
    assertThat(sidecar.getSecurityContext().getAllowPrivilegeEscalation()).isFalse();
    assertThat(sidecar.getSecurityContext().getReadOnlyRootFilesystem()).isTrue();
    assertThat(sidecar.getSecurityContext().getPrivileged()).isNull();
    assertThat(sidecar.getSecurityContext().getCapabilities().getDrop()).containsExactly("ALL");
    assertThat(sidecar.getSecurityContext().getCapabilities().getAdd()).isEmpty();
    assertThat(sidecar.getSecurityContext().getSeccompProfile().getType())
        .isEqualTo("RuntimeDefault");
    assertThat(sidecar.getResources().getRequests()).hasToString("{cpu=20m, memory=96Mi}");
    assertThat(sidecar.getPorts()).allMatch(port -> port.getName().length() <= 15);
    assertThat(sidecar.getLifecycle().getPreStop().getExec().getCommand())
        .containsExactly("sallyport", "drain");
  }

  @Test
  void aFieldThatIsNotThereIsAFault() throws Exception {
    Map<?, ?> wrong = object("kind: Pod\nspec: {containers: [{name: a, restartPolcy: Always}]}\n");

    assertThatThrownBy(() -> read(wrong, "Pod"))
        .isInstanceOf(JsonMappingException.class)
        .hasMessageContaining("restartPolcy");
  }

  private static Container sidecar(String manifest) throws Exception {
    PodSpec spec = ((Pod) read(object(injected(manifest).text()), "Pod")).getSpec();
    return spec.getInitContainers().get(0);
  }

  private static Object read(Map<?, ?> object, Object kind) throws IOException {
    Class<?> type = KINDS.get(String.valueOf(kind));
    assertThat(type).as("%s", kind).isNotNull();
    return STRICT.readValue(STRICT.writeValueAsBytes(object), type);
  }

  private static Map<?, ?> object(String text) {
    return (Map<?, ?>) new Load(LoadSettings.builder().build()).loadFromString(text);
  }
}
