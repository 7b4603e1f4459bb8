package io.sallyport.cli.inject;

import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Of a kustomization, or a component of one, as much as ours have. */
record Kustomization(
    String apiVersion,
    String kind,
    @Nullable String namespace,
    List<String> resources,
    List<String> components,
    List<Patch> patches,
    List<ConfigMapGenerator> configMapGenerator,
    List<Image> images) {

  /**
   * @param path of its file; null for one that is written here
   */
  record Patch(@Nullable String path, @Nullable String patch, Target target) {}

  record Target(String kind, String labelSelector) {}

  record ConfigMapGenerator(String name, @Nullable String behavior, List<String> files) {}

  record Image(String name, String newTag) {}

  Kustomization {
    resources = orNone(resources);
    components = orNone(components);
    patches = orNone(patches);
    configMapGenerator = orNone(configMapGenerator);
    images = orNone(images);
  }

  private static <T> List<T> orNone(@Nullable List<T> said) {
    return said == null ? List.of() : List.copyOf(said);
  }

  /** The files and folders that it names. */
  List<Path> named(Path folder) {
    return Stream.of(
            resources.stream(),
            components.stream(),
            patches.stream().map(Patch::path).filter(Objects::nonNull),
            configMapGenerator.stream().flatMap(generator -> generator.files().stream()))
        .flatMap(paths -> paths)
        .map(path -> folder.resolve(path).normalize())
        .toList();
  }
}
