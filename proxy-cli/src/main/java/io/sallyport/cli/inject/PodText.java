package io.sallyport.cli.inject;

import io.sallyport.cli.inject.Node.Entry;
import io.sallyport.cli.inject.Node.Mapping;
import io.sallyport.cli.inject.Node.Scalar;
import io.sallyport.cli.inject.Node.Sequence;
import java.util.List;
import java.util.Map;

/** The text of one pod's spec, and how it is written: in lines, or in braces as JSON is. */
final class PodText {

  private static final String BEFORE = "containers";
  private static final int FARTHEST = 8;

  private final Field spec;
  private final TextEdits edits;

  /** How far lists stand behind their keys in this manifest. */
  private final int listIndent;

  /**
   * @param spec which has {@code containers}
   */
  PodText(Field spec, TextEdits edits) throws BadManifest {
    this.spec = spec;
    this.edits = edits;
    Entry containers = containers();
    boolean lines =
        containers.value() instanceof Sequence list && !list.flow() && !spec.mapping().flow();
    int indent = edits.column(containers.value().start()) - edits.column(containers.key().start());
    this.listIndent = lines && indent > 0 && indent <= FARTHEST ? indent : 0;
  }

  /** Puts a key and its value, which {@code replacement} holds, in the place of an entry. */
  void replace(Field mapping, Entry entry, Map<String, ?> replacement) throws BadManifest {
    int start = entry.key().start();
    String written;
    if (mapping.mapping().flow()) {
      String json = YamlWriter.json(replacement);
      written = json.substring(1, json.length() - 1);
    } else {
      written = lines(replacement, edits.column(start));
    }
    edits.replace(start, edits.withoutBlanks(start, entry.value().end()), written);
  }

  /** Puts another value in the place of one that stands in a list. */
  void replaceItem(Node item, Object value) {
    boolean flow = !(item instanceof Mapping mapping) || mapping.flow();
    String written = flow ? YamlWriter.json(value) : lines(value, edits.column(item.start()));
    edits.replace(item.start(), edits.withoutBlanks(item.start(), item.end()), written);
  }

  /** Puts another text in the place of a single value. */
  void replaceScalar(Node scalar, String text) {
    edits.replace(scalar.start(), scalar.end(), text);
  }

  /** Puts items before all others of a list of the spec, which is made where it is not there. */
  void prepend(String key, List<?> items) throws BadManifest {
    Entry entry = spec.entry(key);
    if (entry == null) {
      add(key, items);
    } else if (entry.value() instanceof Sequence list && (list.flow() || spec.mapping().flow())) {
      prependInFlow(entry, list, items);
    } else if (entry.value() instanceof Sequence list) {
      int at = edits.nextLine(entry.key().end());
      if (list.start() < at) {
        throw unusual(key);
      }
      edits.goOn(at, indented(items, edits.column(list.start())));
    } else if (entry.value() instanceof Scalar empty && empty.isNull()) {
      fill(entry, empty, items);
    } else {
      throw new Field(spec.path(key), entry.value()).fault("is no list", "write it as one");
    }
  }

  private void prependInFlow(Entry entry, Sequence list, List<?> items) {
    if (list.items().isEmpty()) {
      fill(entry, list, items);
      return;
    }
    String json = YamlWriter.json(items);
    edits.insert(list.start() + 1, json.substring(1, json.length() - 1) + ", ");
  }

  /** A comment behind what was empty stays where it is. */
  private void fill(Entry entry, Node empty, List<?> items) {
    int key = entry.key().start();
    if (isInBraces() || !edits.isFirstOnLine(key)) {
      edits.replace(empty.start(), empty.end(), " " + YamlWriter.json(items));
      return;
    }
    edits.replace(edits.withoutBlanks(key, empty.start()), empty.end(), "");
    insertLine(edits.nextLine(empty.end()), indented(items, edits.column(key) + listIndent));
  }

  /** Also behind a last line that has no end. */
  private void insertLine(int at, String lines) {
    boolean ended = at == 0 || edits.text().charAt(at - 1) == '\n';
    edits.goOn(at, ended ? lines : edits.lineEnd() + lines);
  }

  private boolean isInBraces() {
    return spec.node() instanceof Mapping mapping && mapping.flow();
  }

  private void add(String key, List<?> items) throws BadManifest {
    if (isInBraces()) {
      String json = YamlWriter.json(Map.of(key, items));
      edits.insert(spec.node().start() + 1, json.substring(1, json.length() - 1) + ", ");
      return;
    }
    Scalar before = containers().key();
    if (!edits.isFirstOnLine(before.start())) {
      throw unusual(BEFORE);
    }
    int at = edits.aboveComments(edits.lineStart(before.start()), endOfContentAbove(before));
    int column = edits.column(before.start());
    edits.insert(at, indented(Map.of(key, items), column));
  }

  private int endOfContentAbove(Scalar key) throws BadManifest {
    int end = 0;
    for (Entry entry : spec.mapping().entries()) {
      if (entry.key().equals(key)) {
        break;
      }
      end = entry.value().end();
    }
    return end;
  }

  private Entry containers() throws BadManifest {
    Entry entry = spec.entry(BEFORE);
    if (entry == null) {
      throw new BadManifest(spec.path(BEFORE), "is missing", "write the application there");
    }
    return entry;
  }

  private BadManifest unusual(String key) {
    return new BadManifest(
        spec.path(key), "does not stand on a line of its own", "write it so, as kubectl does");
  }

  private String lines(Object value, int column) {
    return YamlWriter.block(value, column, listIndent, edits.lineEnd());
  }

  private String indented(Object value, int column) {
    return " ".repeat(column) + lines(value, column) + edits.lineEnd();
  }
}
