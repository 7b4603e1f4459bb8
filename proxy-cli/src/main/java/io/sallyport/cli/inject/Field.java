package io.sallyport.cli.inject;

import io.sallyport.cli.inject.Node.Alias;
import io.sallyport.cli.inject.Node.Entry;
import io.sallyport.cli.inject.Node.Mapping;
import io.sallyport.cli.inject.Node.Scalar;
import io.sallyport.cli.inject.Node.Sequence;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A node with the path that leads to it. What it hands out has neither anchor nor alias in it: what
 * is written here would change elsewhere too.
 *
 * @param path such as {@code spec.template.spec.containers[0]}; empty for the document
 */
record Field(String path, Node node) {

  private static final Pattern PORT = Pattern.compile("[1-9][0-9]{0,4}");
  private static final int HIGHEST_PORT = 65535;

  /** Null when it is left out, or null. */
  @Nullable Field get(String key) throws BadManifest {
    Entry entry = entry(key);
    if (entry == null) {
      return null;
    }
    Field field = new Field(path(key), entry.value());
    field.refuseReferences();
    return entry.value() instanceof Scalar scalar && scalar.isNull() ? null : field;
  }

  Field require(String key, String remedy) throws BadManifest {
    Field field = get(key);
    if (field == null) {
      throw new BadManifest(path(key), "is missing", remedy);
    }
    return field;
  }

  /** Also of a value that is null; null when there is no such key. */
  @Nullable Entry entry(String key) throws BadManifest {
    for (Entry entry : mapping().entries()) {
      if (entry.key().value().equals(key)) {
        return entry;
      }
      if (entry.key().plain() && entry.key().value().equals("<<")) {
        throw new BadManifest(
            path, "takes in another mapping (<<), which is not followed here", "write it out");
      }
    }
    return null;
  }

  String path(String key) {
    if (key.indexOf('/') >= 0 || key.indexOf('.') >= 0) {
      return path + "[" + key + "]";
    }
    return path.isEmpty() ? key : path + "." + key;
  }

  Mapping mapping() throws BadManifest {
    if (node instanceof Mapping mapping) {
      return mapping;
    }
    throw fault("is " + kind() + ", not a mapping", "write it as Kubernetes has it");
  }

  /** Those that stand in it; each must be a mapping. */
  List<Field> items() throws BadManifest {
    if (!(node instanceof Sequence sequence)) {
      throw fault("is " + kind() + ", not a list", "write it as Kubernetes has it");
    }
    List<Field> items = new ArrayList<>();
    for (Node item : sequence.items()) {
      Field field = new Field(path + "[" + items.size() + "]", item);
      field.refuseReferences();
      field.mapping();
      items.add(field);
    }
    return items;
  }

  String text() throws BadManifest {
    if (node instanceof Scalar scalar) {
      return scalar.value();
    }
    throw fault("is " + kind() + ", not a text", "write it as Kubernetes has it");
  }

  int number() throws BadManifest {
    String text = text();
    try {
      return Integer.parseInt(text);
    } catch (NumberFormatException e) {
      throw fault(Words.quoted(text) + " is not a whole number", "write such as 30");
    }
  }

  /** 1 to 65535. */
  int port() throws BadManifest {
    String text = text();
    int port = PORT.matcher(text).matches() ? Integer.parseInt(text) : 0;
    if (port < 1 || port > HIGHEST_PORT) {
      throw fault(Words.quoted(text) + " is not a port", "use 1 to " + HIGHEST_PORT);
    }
    return port;
  }

  BadManifest fault(String fault, String remedy) {
    return new BadManifest(path, fault, remedy);
  }

  private void refuseReferences() throws BadManifest {
    if (node instanceof Alias alias) {
      throw fault("is an alias (*" + alias.of() + "), which is not followed here", "write it out");
    }
    if (node.anchor() != null) {
      throw fault(
          "has an anchor (&" + node.anchor() + "), and would change wherever it is referred to",
          "write it out there");
    }
  }

  private String kind() {
    if (node instanceof Mapping) {
      return "a mapping";
    }
    return node instanceof Sequence ? "a list" : "a single value";
  }
}
