package io.sallyport.admin;

import java.time.Instant;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Writes one JSON object (RFC 8259). Members come out in the order they are put; nesting is by
 * lambda, so brackets cannot be left open.
 *
 * <p>Own code, since these few pages are all the JSON here and nothing is parsed: a library would
 * be a hundred times the size of this and bring reflection along. Text is escaped down to printable
 * ASCII, so that a name in a certificate can neither break the document nor play with the terminal
 * it is read on.
 */
final class JsonObject {

  private final StringBuilder out;
  private boolean empty = true;

  JsonObject() {
    this(new StringBuilder(1024));
  }

  private JsonObject(StringBuilder out) {
    this.out = out;
    out.append('{');
  }

  JsonObject put(String name, @Nullable String value) {
    member(name);
    if (value == null) {
      out.append("null");
    } else {
      string(value);
    }
    return this;
  }

  JsonObject put(String name, long value) {
    member(name);
    out.append(value);
    return this;
  }

  JsonObject put(String name, boolean value) {
    member(name);
    out.append(value);
    return this;
  }

  JsonObject put(String name, @Nullable Long value) {
    return value == null ? put(name, (String) null) : put(name, value.longValue());
  }

  /** In ISO 8601, UTC. */
  JsonObject put(String name, Instant value) {
    return put(name, value.toString());
  }

  JsonObject putStrings(String name, List<String> values) {
    member(name);
    array(values, this::string);
    return this;
  }

  /** An array of objects, each filled in by {@code fill}. */
  <T> JsonObject putObjects(String name, List<T> items, BiConsumer<T, JsonObject> fill) {
    member(name);
    array(
        items,
        item -> {
          JsonObject nested = new JsonObject(out);
          fill.accept(item, nested);
          out.append('}');
        });
    return this;
  }

  /** Ends the document; nothing may be put afterwards. */
  String end() {
    return out.append("}\n").toString();
  }

  private void member(String name) {
    if (!empty) {
      out.append(',');
    }
    empty = false;
    string(name);
    out.append(':');
  }

  private <T> void array(List<T> items, Consumer<T> write) {
    out.append('[');
    String separator = "";
    for (T item : items) {
      out.append(separator);
      write.accept(item);
      separator = ",";
    }
    out.append(']');
  }

  private void string(String value) {
    out.append('"');
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      if (c == '"' || c == '\\') {
        out.append('\\').append(c);
      } else if (c >= ' ' && c <= '~') {
        out.append(c);
      } else {
        out.append("\\u");
        for (int shift = 12; shift >= 0; shift -= 4) {
          out.append(Character.forDigit(c >> shift & 0xF, 16));
        }
      }
    }
    out.append('"');
  }
}
