package io.sallyport.cli.inject;

import io.sallyport.cli.inject.Node.Entry;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** One pod, and what has to be written for it to have its sidecar as its annotations ask. */
final class PodEdit {

  private static final String INIT_CONTAINERS = "initContainers";
  private static final String VOLUMES = "volumes";
  private static final String GRACE = "terminationGracePeriodSeconds";

  private final Field spec;
  private final Wishes wishes;
  private final PodText text;

  /** The application's, and sidecars of others, which have probes too. */
  private final List<Field> applications = new ArrayList<>();

  private final List<Field> all = new ArrayList<>();
  private @Nullable Field sidecar;

  private PodEdit(Field spec, Wishes wishes, TextEdits edits) throws BadManifest {
    this.spec = spec;
    this.wishes = wishes;
    this.text = new PodText(spec, edits);
  }

  /**
   * Adds to the edits; to none where all is as it should be.
   *
   * @param image of the sidecar, where the annotations name none
   */
  static void edit(Workload workload, Wishes wishes, String image, TextEdits edits)
      throws BadManifest {
    Field spec = workload.pod().require("spec", "write the pod there");
    if (spec.require("containers", "write the application there").items().isEmpty()) {
      throw new BadManifest(spec.path("containers"), "is empty", "write the application there");
    }
    PodEdit pod = new PodEdit(spec, wishes, edits);
    pod.findContainers();
    pod.write(image);
  }

  private void findContainers() throws BadManifest {
    for (Field container : items("containers")) {
      if (isSidecar(container)) {
        throw container.fault(
            "is named " + Sidecar.NAME + ", as the sidecar is, and is no init container",
            "remove it, or give it another name");
      }
      applications.add(container);
      all.add(container);
    }
    for (Field container : items(INIT_CONTAINERS)) {
      if (isSidecar(container)) {
        if (sidecar != null) {
          throw container.fault("is a second sidecar", "remove one of them");
        }
        sidecar = container;
      } else {
        all.add(container);
        Field restart = container.get("restartPolicy");
        if (restart != null && restart.text().equals("Always")) {
          applications.add(container);
        }
      }
    }
  }

  private static boolean isSidecar(Field container) throws BadManifest {
    return container.require("name", "name the container").text().equals(Sidecar.NAME);
  }

  private List<Field> items(String key) throws BadManifest {
    Field list = spec.get(key);
    return list == null ? List.of() : list.items();
  }

  private void write(String image) throws BadManifest {
    AppPorts ports = AppPorts.of(all);
    ports.refuseTaken(wishes);
    AppProbes probes = new AppProbes(GeneratedConfig.appProbes(configBefore()), text);
    for (Field container : applications) {
      probes.rewrite(container);
    }
    Sidecar wanted = new Sidecar(wishes);
    String config = GeneratedConfig.of(wishes, wishes.configMap(), ports, probes.asked());
    Map<String, Object> container = wanted.container(wishes, image, config);
    if (sidecar == null) {
      text.prepend(INIT_CONTAINERS, List.of(container));
    } else if (!Plain.of(sidecar.node()).equals(container)) {
      text.replaceItem(sidecar.node(), container);
    }
    writeVolumes(wanted.volumes());
    raiseGrace();
  }

  private String configBefore() throws BadManifest {
    if (sidecar == null) {
      return "";
    }
    String config = Sidecar.configOf(sidecar);
    if (config == null) {
      throw sidecar.fault(
          "is a sidecar that was written by hand", "remove it, or sallyport.io/inject");
    }
    return config;
  }

  private void writeVolumes(List<Map<String, Object>> wanted) throws BadManifest {
    List<Map<String, Object>> missing = new ArrayList<>();
    for (Map<String, Object> volume : wanted) {
      Field there = volume(volume.get("name"));
      if (there == null) {
        missing.add(volume);
      } else if (sidecar == null) {
        throw there.fault("has the name of a volume of the sidecar", "give it another name");
      } else if (!Plain.of(there.node()).equals(volume)) {
        text.replaceItem(there.node(), volume);
      }
    }
    if (!missing.isEmpty()) {
      text.prepend(VOLUMES, missing);
    }
  }

  private @Nullable Field volume(@Nullable Object name) throws BadManifest {
    for (Field volume : items(VOLUMES)) {
      if (volume.require("name", "name the volume").text().equals(name)) {
        return volume;
      }
    }
    return null;
  }

  private void raiseGrace() throws BadManifest {
    Entry entry = spec.entry(GRACE);
    Field grace = spec.get(GRACE);
    if (entry != null && grace != null && grace.number() < Sidecar.LEAST_GRACE_SECONDS) {
      text.replaceScalar(entry.value(), Integer.toString(Sidecar.LEAST_GRACE_SECONDS));
    }
  }
}
