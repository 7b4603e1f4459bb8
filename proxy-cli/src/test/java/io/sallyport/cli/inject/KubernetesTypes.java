package io.sallyport.cli.inject;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.introspect.Annotated;
import com.fasterxml.jackson.databind.introspect.JacksonAnnotationIntrospector;
import io.fabric8.certmanager.api.model.v1.Certificate;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServiceAccount;
import io.fabric8.kubernetes.api.model.apps.DaemonSet;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.ReplicaSet;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.api.model.batch.v1.CronJob;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.fabric8.openshift.api.model.monitoring.v1.PodMonitor;
import java.io.IOException;
import java.util.Map;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/** What the API of Kubernetes takes, to the last field, and of what others add to it. */
final class KubernetesTypes {

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
      Map.ofEntries(
          Map.entry("Pod", Pod.class),
          Map.entry("Deployment", Deployment.class),
          Map.entry("StatefulSet", StatefulSet.class),
          Map.entry("DaemonSet", DaemonSet.class),
          Map.entry("ReplicaSet", ReplicaSet.class),
          Map.entry("Job", Job.class),
          Map.entry("CronJob", CronJob.class),
          Map.entry("ConfigMap", ConfigMap.class),
          Map.entry("Service", Service.class),
          Map.entry("ServiceAccount", ServiceAccount.class),
          Map.entry("NetworkPolicy", NetworkPolicy.class),
          Map.entry("Certificate", Certificate.class),
          Map.entry("PodMonitor", PodMonitor.class),
          Map.entry("Kustomization", Kustomization.class),
          Map.entry("Component", Kustomization.class));

  private KubernetesTypes() {}

  static Object read(Map<?, ?> object, Object kind) throws IOException {
    Class<?> type = KINDS.get(String.valueOf(kind));
    assertThat(type).as("%s", kind).isNotNull();
    return STRICT.readValue(STRICT.writeValueAsBytes(object), type);
  }

  static Map<?, ?> object(String text) {
    return (Map<?, ?>) new Load(LoadSettings.builder().build()).loadFromString(text);
  }
}
