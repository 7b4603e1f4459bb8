package io.sallyport.cli.inject;

import io.sallyport.cli.inject.Node.Alias;
import io.sallyport.cli.inject.Node.Mapping;
import io.sallyport.cli.inject.Node.Scalar;
import io.sallyport.cli.inject.Node.Sequence;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Pattern;

/** A node as maps, lists, texts, whole numbers and booleans, to be compared. */
final class Plain {

  private static final Pattern NUMBER = Pattern.compile("0|[1-9][0-9]{0,8}");

  private Plain() {}

  static Object of(Node node) {
    if (node instanceof Mapping mapping) {
      Map<String, Object> plain = new LinkedHashMap<>();
      mapping.entries().forEach(entry -> plain.put(entry.key().value(), of(entry.value())));
      return plain;
    }
    if (node instanceof Sequence sequence) {
      return sequence.items().stream().map(Plain::of).toList();
    }
    if (node instanceof Scalar scalar) {
      return scalar.plain() ? value(scalar.value()) : scalar.value();
    }
    return "*" + ((Alias) node).of();
  }

  private static Object value(String text) {
    if (text.equals("true") || text.equals("false")) {
      return text.equals("true");
    }
    return NUMBER.matcher(text).matches() ? (Object) Integer.valueOf(text) : text;
  }
}
