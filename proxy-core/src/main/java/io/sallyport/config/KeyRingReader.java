package io.sallyport.config;

import com.typesafe.config.ConfigList;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigValue;
import io.sallyport.config.KeyConfig.Encoding;
import io.sallyport.config.KeyConfig.State;
import io.sallyport.config.KeyConfig.Use;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** {@code key-rings.X}. */
final class KeyRingReader {

  /**
   * All of a key must be said. A default of {@code encoding} would guess what bytes are a key, and
   * one of {@code state} which key seals, which is what a rotation is about.
   */
  private static final List<String> FIELDS = List.of("id", "file", "encoding", "use", "state");

  private static final String EXAMPLE =
      "{ id = first, file = \"first.key\", encoding = base64, use = sealed, state = primary }";

  private static final Pattern ID = Pattern.compile("[A-Za-z0-9._-]{1,64}");

  private static final Values.Parser<Encoding> ENCODING = Values.choice(Encoding.values());
  private static final Values.Parser<Use> USE = Values.choice(Use.values());
  private static final Values.Parser<State> STATE = Values.choice(states());

  private KeyRingReader() {}

  private static Map<String, State> states() {
    Map<String, State> words = new LinkedHashMap<>();
    words.put("primary", State.PRIMARY);
    words.put("enabled", State.ENABLED);
    words.put("open-only", State.OPEN_ONLY);
    words.put("disabled", State.DISABLED);
    return words;
  }

  /** Null when it has problems, which are then told. */
  static @Nullable KeyRingConfig read(String name, Section section) {
    int problemsBefore = section.findings().problemCount();
    boolean strict = section.readOrDefault("strict-permissions", Values::flag);
    List<KeyConfig> keys = keys(section);
    return section.findings().problemCount() > problemsBefore || keys.isEmpty()
        ? null
        : new KeyRingConfig(name, keys, strict);
  }

  /** Those that have no problem. */
  private static List<KeyConfig> keys(Section section) {
    ConfigValue value =
        section.require("keys", any -> any, "list its keys, such as [ " + EXAMPLE + " ]");
    List<KeyConfig> keys = new ArrayList<>();
    if (value == null) {
      return keys;
    }
    String path = section.where("keys");
    if (!(value instanceof ConfigList list) || list.isEmpty()) {
      section
          .findings()
          .problem(
              path,
              value instanceof ConfigList
                  ? "is an empty list"
                  : "is " + Values.kind(value) + ", not a list of keys",
              "write it as [ " + EXAMPLE + " ]");
      return keys;
    }
    for (int i = 0; i < list.size(); i++) {
      KeyConfig key = key(path + "." + i, list.get(i), section.reading());
      if (key != null) {
        keys.forEach(other -> compare(key, other, section.findings()));
        keys.add(key);
      }
    }
    return keys;
  }

  private static @Nullable KeyConfig key(String path, ConfigValue value, Reading reading) {
    if (!(value instanceof ConfigObject object)) {
      reading
          .findings()
          .problem(path, "is " + Values.kind(value) + ", not a key", "write it as " + EXAMPLE);
      return null;
    }
    Section section = Section.of(path, object, FIELDS, reading);
    List<String> missing = FIELDS.stream().filter(field -> !section.says(field)).toList();
    if (!missing.isEmpty()) {
      reading
          .findings()
          .problem(path, "does not say " + String.join(", ", missing), "write it as " + EXAMPLE);
    }
    String id = section.read("id", KeyRingReader::id);
    Path file = section.file("file");
    Encoding encoding = section.read("encoding", ENCODING);
    Use use = section.read("use", USE);
    State state = section.read("state", STATE);
    return id == null || file == null || encoding == null || use == null || state == null
        ? null
        : new KeyConfig(path, id, file, encoding, use, state);
  }

  private static String id(ConfigValue value) throws Malformed {
    String id = Values.text(value);
    if (!ID.matcher(id).matches()) {
      throw new Malformed(
          Values.quoted(id) + " cannot be the id of a key",
          "use at most 64 of A-Z, a-z, 0-9, dot, hyphen and underscore");
    }
    return id;
  }

  private static void compare(KeyConfig key, KeyConfig other, Findings findings) {
    if (key.id().equals(other.id())) {
      findings.problem(
          key.setting() + ".id",
          key.id() + " is the id of another key of this ring, and messages name keys by it",
          "give each an id of its own");
    }
    if (key.state() == State.PRIMARY
        && other.state() == State.PRIMARY
        && key.use().sealing() == other.use().sealing()) {
      findings.problem(
          key.setting() + ".state",
          key.id()
              + " is a second primary key for "
              + (key.use() == other.use()
                  ? key.use().word()
                  : "sealed messages, which a key of use sealed or of use wrap seals")
              + ", beside "
              + other.id(),
          "make one of them enabled or open-only");
    }
  }
}
