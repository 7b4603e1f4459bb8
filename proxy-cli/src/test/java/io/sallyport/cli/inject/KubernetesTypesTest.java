package io.sallyport.cli.inject;

import static io.sallyport.cli.inject.Manifests.injected;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonMappingException;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodSpec;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What comes out is what the API of Kubernetes takes, to the last field. */
class KubernetesTypesTest {

  @ParameterizedTest
  @MethodSource("io.sallyport.cli.inject.InjectionTest#manifests")
  void takesWhatIsInjected(String manifest) throws Exception {
    Map<?, ?> object = KubernetesTypes.object(injected(manifest).text());
    String kind = String.valueOf(object.get("kind"));
    if (object.get("items") instanceof Iterable<?> items) {
      for (Object item : items) {
        Map<?, ?> each = (Map<?, ?>) item;
        KubernetesTypes.read(
            each, each.containsKey("kind") ? each.get("kind") : kind.replace("List", ""));
      }
    } else {
      KubernetesTypes.read(object, kind);
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
    Map<?, ?> wrong =
        KubernetesTypes.object(
            "kind: Pod\nspec: {containers: [{name: a, restartPolcy: Always}]}\n");

    assertThatThrownBy(() -> KubernetesTypes.read(wrong, "Pod"))
        .isInstanceOf(JsonMappingException.class)
        .hasMessageContaining("restartPolcy");
  }

  private static Container sidecar(String manifest) throws Exception {
    PodSpec spec =
        ((Pod) KubernetesTypes.read(KubernetesTypes.object(injected(manifest).text()), "Pod"))
            .getSpec();
    return spec.getInitContainers().get(0);
  }
}
