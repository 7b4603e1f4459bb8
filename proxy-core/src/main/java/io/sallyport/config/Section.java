package io.sallyport.config;

import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueType;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One object of the configuration. What it leaves out is looked for in its template, and in the
 * template's template, which ends at reference.conf; that file says also which settings exist.
 *
 * <p>A value that cannot be read becomes a problem and counts as left out, so that reading goes on
 * and finds the next.
 */
final class Section {

  private static final ConfigObject EMPTY = ConfigFactory.empty().root();

  /** How many known settings a message still names. */
  private static final int MOST_TO_LIST = 10;

  private final String path;
  private final ConfigObject own;
  private final @Nullable Section template;
  private final Collection<String> known;
  private final Reading reading;

  private Section(
      String path,
      ConfigObject own,
      @Nullable Section template,
      Collection<String> known,
      Reading reading) {
    this.path = path;
    this.own = own;
    this.template = template;
    this.known = known;
    this.reading = reading;
  }

  /** A part of reference.conf itself: all that may be set, each with its default or null. */
  static Section reference(String path, ConfigObject own, Reading reading) {
    return new Section(path, own, null, keys(own), reading);
  }

  /** An object that leaves to the template what it does not say. */
  static Section of(String path, ConfigObject own, Section template) {
    Section section = new Section(path, own, template, template.known, template.reading);
    section.refuseUnknown();
    return section;
  }

  /** An object without defaults, such as a rule. */
  static Section of(String path, ConfigObject own, Collection<String> known, Reading reading) {
    Section section = new Section(path, own, null, known, reading);
    section.refuseUnknown();
    return section;
  }

  String path() {
    return path;
  }

  String path(String key) {
    return path.isEmpty() ? key : path + "." + key;
  }

  Reading reading() {
    return reading;
  }

  Findings findings() {
    return reading.findings();
  }

  /** Whether this object itself says it, template aside. */
  boolean says(String key) {
    return own(key) != null;
  }

  /** All that this object itself says of what may be set, template aside. */
  List<String> said() {
    return known.stream().filter(this::says).toList();
  }

  /** Whether this or a template has a value, a good one or not. */
  boolean has(String key) {
    return says(key) || (template != null && template.has(key));
  }

  /** Where the user wrote the value: here, or in the template. */
  String where(String key) {
    Section over = template;
    boolean inTemplate = !says(key) && over != null && over.template != null && over.says(key);
    return over != null && inTemplate ? over.path(key) : path(key);
  }

  /** Null when it is nowhere or cannot be read; the second is then among the problems. */
  <T> @Nullable T read(String key, Values.Parser<T> parser) {
    if (!known.contains(key)) {
      throw new AssertionError(path(key) + " is not in reference.conf");
    }
    for (Section at = this; at != null; at = at.template) {
      ConfigValue value = at.own(key);
      if (value == null) {
        continue;
      }
      try {
        T parsed = parser.parse(value);
        if (template != null) { // else it is part of a setting, such as a rule
          reading.effective().add(path(key), value, at.from(key));
        }
        return parsed;
      } catch (Malformed e) {
        findings().problem(at.path(key), e);
      }
    }
    return null;
  }

  /** Where this object says it. */
  private String from(String key) {
    return template == null ? Setting.DEFAULT : findings().place(path(key));
  }

  /** For settings to which reference.conf gives a default. */
  <T> T readOrDefault(String key, Values.Parser<T> parser) {
    T value = read(key, parser);
    if (value == null) {
      throw new AssertionError(path(key) + " has no default in reference.conf");
    }
    return value;
  }

  /** As {@link #read}; that it is nowhere is a problem too. */
  <T> @Nullable T require(String key, Values.Parser<T> parser, String remedy) {
    if (!has(key)) {
      findings().problem(path(key), "is missing", remedy);
    }
    return read(key, parser);
  }

  /** A file, relative to the folder of the configuration file. */
  @Nullable Path file(String key) {
    return read(key, this::asFile);
  }

  /** Files, one or a list; empty when there are none. */
  List<Path> files(String key) {
    List<Path> files = read(key, this::asFiles);
    return files == null ? List.of() : files;
  }

  /** To read files with, one or a list. */
  List<Path> asFiles(ConfigValue value) throws Malformed {
    List<Path> files = new ArrayList<>();
    for (String text : Values.texts(value)) {
      files.add(reading.file(text));
    }
    return files;
  }

  /** To read a file with, see {@link #file}. */
  Path asFile(ConfigValue value) throws Malformed {
    return reading.file(Values.text(value));
  }

  /** The object under the key, empty when it is left out or is something else. */
  Section child(String key) {
    return template == null
        ? reference(path(key), ownObject(key), reading)
        : of(path(key), ownObject(key), template.child(key));
  }

  /** The named objects under the key, in the order of the file, each over the template. */
  Map<String, Section> named(String key, Section itsTemplate) {
    Map<String, Section> sections = new LinkedHashMap<>();
    for (Map.Entry<String, ConfigValue> entry : inOrder(ownObject(key), path(key))) {
      if (isNull(entry.getValue())) {
        continue;
      }
      String itsPath = path(key) + "." + entry.getKey();
      try {
        sections.put(entry.getKey(), of(itsPath, Values.object(entry.getValue()), itsTemplate));
      } catch (Malformed e) {
        findings().problem(itsPath, e);
      }
    }
    return sections;
  }

  /**
   * What stands under the key, whatever its keys, in the order of the file, nulls among it; the
   * template's where nothing does.
   */
  List<Map.Entry<String, ConfigValue>> entries(String key) {
    List<Map.Entry<String, ConfigValue>> entries = inOrder(key);
    for (Map.Entry<String, ConfigValue> entry : entries) {
      reading.effective().add(path(key, entry), entry.getValue(), from(key, entry));
    }
    return entries;
  }

  /** The same of what may be a secret. */
  List<Map.Entry<String, ConfigValue>> secretEntries(String key) {
    List<Map.Entry<String, ConfigValue>> entries = inOrder(key);
    for (Map.Entry<String, ConfigValue> entry : entries) {
      reading.effective().addHidden(path(key, entry), from(key, entry));
    }
    return entries;
  }

  private String path(String key, Map.Entry<String, ConfigValue> entry) {
    return path(key) + "." + entry.getKey();
  }

  private String from(String key, Map.Entry<String, ConfigValue> entry) {
    return findings().place(where(key) + "." + entry.getKey());
  }

  private List<Map.Entry<String, ConfigValue>> inOrder(String key) {
    return says(key) || template == null
        ? inOrder(ownObject(key), path(key))
        : template.inOrder(key);
  }

  private void refuseUnknown() {
    for (Map.Entry<String, ConfigValue> entry : inOrder(own, path)) {
      String key = entry.getKey();
      if (!known.contains(key)) {
        Optional<String> meant = Suggestion.of(key, known);
        findings()
            .problem(
                path(key),
                "unknown setting",
                meant
                    .map(word -> "did you mean " + word + "?")
                    .orElse(
                        known.size() > MOST_TO_LIST
                            ? "reference.conf has all that there are"
                            : "use " + Values.oneOf(known)));
      }
    }
  }

  private ConfigObject ownObject(String key) {
    ConfigValue value = own(key);
    try {
      return value == null ? EMPTY : Values.object(value);
    } catch (Malformed e) {
      findings().problem(path(key), e);
      return EMPTY;
    }
  }

  private @Nullable ConfigValue own(String key) {
    ConfigValue value = own.get(key);
    return value == null || isNull(value) ? null : value;
  }

  /** HOCON's way to take back what was set before: as if it had been left out. */
  private static boolean isNull(ConfigValue value) {
    return value.valueType() == ConfigValueType.NULL;
  }

  /** In the order of reference.conf. */
  private static List<String> keys(ConfigObject reference) {
    return reference.entrySet().stream()
        .sorted(Comparator.comparingInt(entry -> entry.getValue().origin().lineNumber()))
        .map(Map.Entry::getKey)
        .toList();
  }

  /** In the order of the user's file. */
  private List<Map.Entry<String, ConfigValue>> inOrder(ConfigObject object, String itsPath) {
    String prefix = itsPath.isEmpty() ? "" : itsPath + ".";
    return object.entrySet().stream()
        .sorted(
            Comparator.comparing(
                    (Map.Entry<String, ConfigValue> entry) ->
                        findings().place(prefix + entry.getKey()),
                    Places.IN_ORDER)
                .thenComparing(Map.Entry.comparingByKey()))
        .toList();
  }
}
