package io.sallyport.cli.inject;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** A value of YAML, and where it stands in its text: from the first character to the last. */
sealed interface Node {

  int start();

  /** Behind the last character. */
  int end();

  /** By which others of the document refer to it; null when none can. */
  @Nullable String anchor();

  /**
   * @param plain whether it is without quotes, so that 8080 is a number
   */
  record Scalar(String value, boolean plain, int start, int end, @Nullable String anchor)
      implements Node {

    /** How YAML writes that there is no value. */
    boolean isNull() {
      return plain
          && (value.isEmpty()
              || value.equals("~")
              || value.equals("null")
              || value.equals("Null")
              || value.equals("NULL"));
    }
  }

  /**
   * @param flow whether it is in braces, as all of JSON is
   */
  record Mapping(List<Entry> entries, boolean flow, int start, int end, @Nullable String anchor)
      implements Node {
    public Mapping {
      entries = List.copyOf(entries);
    }
  }

  /** No two keys of a mapping are the same. */
  record Entry(Scalar key, Node value) {}

  /**
   * @param flow whether it is in brackets
   */
  record Sequence(List<Node> items, boolean flow, int start, int end, @Nullable String anchor)
      implements Node {
    public Sequence {
      items = List.copyOf(items);
    }
  }

  /** The value that has that anchor, once more. */
  record Alias(String of, int start, int end) implements Node {
    @Override
    public @Nullable String anchor() {
      return null;
    }
  }
}
