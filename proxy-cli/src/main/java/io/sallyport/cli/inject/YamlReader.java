package io.sallyport.cli.inject;

import io.sallyport.cli.inject.Node.Alias;
import io.sallyport.cli.inject.Node.Entry;
import io.sallyport.cli.inject.Node.Mapping;
import io.sallyport.cli.inject.Node.Scalar;
import io.sallyport.cli.inject.Node.Sequence;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Parse;
import org.snakeyaml.engine.v2.common.Anchor;
import org.snakeyaml.engine.v2.common.FlowStyle;
import org.snakeyaml.engine.v2.events.AliasEvent;
import org.snakeyaml.engine.v2.events.CollectionStartEvent;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.events.MappingStartEvent;
import org.snakeyaml.engine.v2.events.NodeEvent;
import org.snakeyaml.engine.v2.events.ScalarEvent;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;

/**
 * YAML, and so JSON, to nodes, without following aliases.
 *
 * <p>From the library's events rather than by its composer: that would put what an alias stands for
 * in its place, so that nobody could tell, and would nest as deep and grow as large as it is told
 * to.
 */
final class YamlReader {

  /** What Kubernetes takes is nowhere near. */
  private static final int DEEPEST = 100;

  /** As many as fit the small heap of the command. */
  private static final int MOST_NODES = 400_000;

  private final String text;

  /** Of each code point, its place in the text; null where the two are the same. */
  private final int @Nullable [] places;

  private final List<Node> documents = new ArrayList<>();
  private final Deque<Open> open = new ArrayDeque<>();
  private int nodes;

  /** A collection whose end has not come yet. */
  private record Open(CollectionStartEvent began, List<Node> children) {}

  private YamlReader(String text) {
    this.text = text;
    boolean same =
        text.codePoints().allMatch(point -> point < Character.MIN_SUPPLEMENTARY_CODE_POINT);
    this.places = same ? null : places(text);
  }

  /** The documents, in their order; one that is empty is a null. */
  static List<Node> read(String text) throws BadManifest {
    YamlReader reader = new YamlReader(text);
    try {
      for (Event event : new Parse(settings(text)).parseString(text)) {
        reader.take(event);
      }
      return reader.documents;
    } catch (MarkedYamlEngineException e) {
      throw notYaml(e.getProblemMark(), e.getProblem());
    } catch (YamlEngineException e) {
      throw notYaml(Optional.empty(), String.valueOf(e.getMessage()));
    }
  }

  private static LoadSettings settings(String text) {
    return LoadSettings.builder()
        .setCodePointLimit(Integer.MAX_VALUE)
        // Where what it reads at once ends within a pair of surrogates, version 3.0.1 fails.
        .setBufferSize(text.length() + 1)
        .build();
  }

  private void take(Event event) throws BadManifest {
    switch (event.getEventId()) {
      case Scalar -> add(scalar((ScalarEvent) event));
      case Alias -> {
        AliasEvent alias = (AliasEvent) event;
        add(new Alias(alias.getAlias().getValue(), start(event), end(event)));
      }
      case MappingStart, SequenceStart -> {
        if (open.size() == DEEPEST) {
          throw at(event, "is nested more than " + DEEPEST + " deep", "write it with less nesting");
        }
        open.push(new Open((CollectionStartEvent) event, new ArrayList<>()));
      }
      case MappingEnd, SequenceEnd -> add(collection(open.pop(), event));
      default -> {
        // Where documents and the stream begin and end; their roots say all that counts.
      }
    }
  }

  private void add(Node node) throws BadManifest {
    nodes++;
    if (nodes > MOST_NODES) {
      throw new BadManifest(
          "", "has more than " + MOST_NODES + " values", "give it in several files");
    }
    Open around = open.peek();
    (around == null ? documents : around.children).add(node);
  }

  private Scalar scalar(ScalarEvent event) {
    return new Scalar(event.getValue(), event.isPlain(), start(event), end(event), anchor(event));
  }

  private Node collection(Open ended, Event end) throws BadManifest {
    CollectionStartEvent began = ended.began;
    List<Node> children = ended.children;
    boolean flow = began.getFlowStyle() == FlowStyle.FLOW;
    int start = start(began);
    // What ends by indentation ends, for the library, where the next thing begins.
    int last = flow ? end(end) : children.get(children.size() - 1).end();
    return began instanceof MappingStartEvent
        ? new Mapping(entries(children, began), flow, start, last, anchor(began))
        : new Sequence(children, flow, start, last, anchor(began));
  }

  private List<Entry> entries(List<Node> children, Event began) throws BadManifest {
    List<Entry> entries = new ArrayList<>();
    Set<String> keys = new HashSet<>();
    for (int i = 0; i < children.size(); i += 2) {
      if (!(children.get(i) instanceof Scalar key)) {
        throw at(began, "has a key that is no text", "write its keys as text");
      }
      if (!keys.add(key.value())) {
        throw new BadManifest(
            "line " + line(key.start()),
            "has the key " + Words.quoted(key.value()) + " twice in one mapping",
            "remove one of them");
      }
      entries.add(new Entry(key, children.get(i + 1)));
    }
    return entries;
  }

  private static @Nullable String anchor(NodeEvent event) {
    return event.getAnchor().map(Anchor::getValue).orElse(null);
  }

  private int start(Event event) {
    return place(event.getStartMark());
  }

  private int end(Event event) {
    return place(event.getEndMark());
  }

  private int place(Optional<Mark> mark) {
    int point = mark.orElseThrow().getIndex();
    return places == null ? point : places[point];
  }

  private static int[] places(String text) {
    int[] places = new int[text.codePointCount(0, text.length()) + 1];
    int at = 0;
    for (int i = 0; i < places.length; i++) {
      places[i] = at;
      at = i < places.length - 1 ? text.offsetByCodePoints(at, 1) : at;
    }
    return places;
  }

  private BadManifest at(Event event, String fault, String remedy) {
    return new BadManifest("line " + line(start(event)), fault, remedy);
  }

  private long line(int place) {
    return 1 + text.substring(0, place).chars().filter(c -> c == '\n').count();
  }

  private static BadManifest notYaml(Optional<Mark> mark, String fault) {
    return new BadManifest(
        mark.map(at -> "line " + (at.getLine() + 1)).orElse(""),
        "is not YAML: " + Words.onOneLine(fault),
        "correct it, or render the template that it is");
  }
}
