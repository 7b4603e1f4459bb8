package io.sallyport.cli.inject;

import io.sallyport.cli.inject.Node.Mapping;
import io.sallyport.cli.inject.Node.Scalar;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * An object that makes pods.
 *
 * @param object as a whole
 * @param pod what has the pod's metadata and spec; the object itself when it is a Pod
 */
record Workload(String kind, String name, Field object, Field pod) {

  private static final String LIST = "List";

  /** Of each kind the group of its API, and where the template of its pods is. */
  private static final Map<String, Kind> KINDS =
      Map.of(
          "Pod", new Kind("", List.of()),
          "Deployment", new Kind("apps", List.of("spec", "template")),
          "StatefulSet", new Kind("apps", List.of("spec", "template")),
          "DaemonSet", new Kind("apps", List.of("spec", "template")),
          "ReplicaSet", new Kind("apps", List.of("spec", "template")),
          "Job", new Kind("batch", List.of("spec", "template")),
          "CronJob", new Kind("batch", List.of("spec", "jobTemplate", "spec", "template")));

  private record Kind(String group, List<String> template) {}

  /** {@code Deployment/shop}. */
  String label() {
    return kind + "/" + name;
  }

  /**
   * Those that are in a document: one, those of a list, or none where it is of another kind.
   *
   * @throws BadManifest when it is one of these without pods
   */
  static List<Workload> in(Node document) throws BadManifest {
    Field root = new Field("", document);
    List<Workload> found = new ArrayList<>();
    String kind = text(root, "kind");
    Field items = kind.endsWith(LIST) ? root.get("items") : null;
    if (items == null) {
      add(root, kind, "", found);
    } else {
      String itemKind = kind.substring(0, kind.length() - LIST.length());
      for (Field item : items.items()) {
        add(item, itemKind, text(root, "apiVersion"), found);
      }
    }
    return found;
  }

  /** Of any kind. */
  static void refuseUnlessObject(Node document) throws BadManifest {
    Field root = new Field("", document);
    if (!(document instanceof Mapping)) {
      throw root.fault("is no object of Kubernetes", "give manifests alone");
    }
    if (textOf(root, "kind") == null) {
      throw root.fault("has no kind", "give manifests alone");
    }
  }

  /** What a document is called in messages; null when it does not say. */
  static @Nullable String label(Node document) {
    if (!(document instanceof Mapping mapping)) {
      return null;
    }
    String kind = lookUp(mapping, "kind") instanceof Scalar scalar ? scalar.value() : null;
    String name =
        lookUp(mapping, "metadata") instanceof Mapping metadata
                && lookUp(metadata, "name") instanceof Scalar scalar
            ? scalar.value()
            : null;
    return kind == null ? null : Words.onOneLine(name == null ? kind : kind + "/" + name);
  }

  private static @Nullable Node lookUp(Mapping mapping, String key) {
    return mapping.entries().stream()
        .filter(entry -> entry.key().value().equals(key))
        .map(Node.Entry::value)
        .findFirst()
        .orElse(null);
  }

  private static void add(Field object, String kindOfList, String versionOfList, List<Workload> to)
      throws BadManifest {
    String ownKind = textOf(object, "kind");
    String kind = ownKind == null ? kindOfList : ownKind;
    String ownVersion = textOf(object, "apiVersion");
    String version = ownVersion == null ? versionOfList : ownVersion;
    Kind known = KINDS.get(kind);
    if (known == null || !known.group.equals(group(version))) {
      return;
    }
    Field pod = object;
    for (String step : known.template) {
      pod = pod.require(step, "write the template of its pods there");
    }
    to.add(new Workload(kind, name(object), object, pod));
  }

  private static String group(String apiVersion) {
    int slash = apiVersion.indexOf('/');
    return slash < 0 ? "" : apiVersion.substring(0, slash);
  }

  private static String name(Field object) throws BadManifest {
    Field metadata = object.get("metadata");
    if (metadata == null) {
      return "";
    }
    String name = textOf(metadata, "name");
    return Words.onOneLine(name == null ? text(metadata, "generateName") : name);
  }

  private static String text(Field field, String key) throws BadManifest {
    String text = textOf(field, key);
    return text == null ? "" : text;
  }

  private static @Nullable String textOf(Field field, String key) throws BadManifest {
    Field value = field.get(key);
    return value == null ? null : value.text();
  }
}
