package io.sallyport.config;

import com.typesafe.config.ConfigList;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueType;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;

/** One value of the configuration, from HOCON to what a record holds. */
final class Values {

  /** How much of a wrong value a message repeats. */
  private static final int LONGEST_QUOTE = 120;

  private static final Pattern WHOLE_NUMBER = Pattern.compile("-?[0-9]{1,18}");

  private static final Parser<Boolean> FLAG = choice(words("true", true, "false", false));

  private Values() {}

  /** What a setting's value is read with. */
  @FunctionalInterface
  interface Parser<T> {
    T parse(ConfigValue value) throws Malformed;
  }

  /** What a setting's text is read with. */
  @FunctionalInterface
  interface TextParser<T> {
    T parse(String text) throws Malformed;
  }

  /**
   * The text of a string, number or boolean, as it was written: 0600 stays 0600.
   *
   * <p>Numbers and booleans may be strings, because a value that comes from the environment is.
   */
  static String text(ConfigValue value) throws Malformed {
    if (value.valueType() == ConfigValueType.LIST || value.valueType() == ConfigValueType.OBJECT) {
      throw new Malformed("is " + kind(value), "write a single value");
    }
    String text = value.atKey("it").getString("it");
    if (text.isBlank()) {
      throw new Malformed("is empty", "give it a value or leave it out");
    }
    return text;
  }

  static ConfigObject object(ConfigValue value) throws Malformed {
    if (value instanceof ConfigObject object) {
      return object;
    }
    throw new Malformed("is " + kind(value) + ", not an object", "write it as { … }");
  }

  /** At least one text: a list of them or, for just one, the text itself. */
  static List<String> texts(ConfigValue value) throws Malformed {
    List<String> texts = textsOrNone(value);
    if (texts.isEmpty()) {
      throw new Malformed("is an empty list", "name at least one or leave it out");
    }
    return texts;
  }

  static List<String> textsOrNone(ConfigValue value) throws Malformed {
    if (!(value instanceof ConfigList list)) {
      return List.of(text(value));
    }
    List<String> texts = new ArrayList<>();
    for (ConfigValue element : list) {
      texts.add(text(element));
    }
    return texts;
  }

  static Parser<Integer> integer(int lowest, int highest) {
    return value -> integer(text(value), lowest, highest);
  }

  static int integer(String text, int lowest, int highest) throws Malformed {
    boolean number = WHOLE_NUMBER.matcher(text).matches();
    long parsed = number ? Long.parseLong(text) : 0;
    if (!number || parsed < lowest || parsed > highest) {
      throw new Malformed(
          quoted(text) + (number ? " is out of range" : " is not a whole number"),
          "use " + lowest + " to " + highest);
    }
    return (int) parsed;
  }

  static boolean flag(ConfigValue value) throws Malformed {
    return FLAG.parse(value);
  }

  /** One of an enum's constants, written in lower case. */
  static <E extends Enum<E>> Parser<E> choice(E[] constants) {
    Map<String, E> words = new LinkedHashMap<>();
    for (E constant : constants) {
      words.put(constant.name().toLowerCase(Locale.ROOT), constant);
    }
    return choice(words);
  }

  /** What one of the words stands for; messages have them in the map's order. */
  static <T> Parser<T> choice(Map<String, T> words) {
    return value -> {
      String text = text(value);
      T chosen = words.get(text);
      if (chosen == null) {
        throw new Malformed(quoted(text) + " is not known here", "use " + oneOf(words.keySet()));
      }
      return chosen;
    };
  }

  /** {@code a, b or c}. */
  static String oneOf(Collection<String> words) {
    List<String> all = List.copyOf(words);
    int last = all.size() - 1;
    return last < 1
        ? String.join("", all)
        : String.join(", ", all.subList(0, last)) + " or " + all.get(last);
  }

  /** A map in the order given. */
  static <T> Map<String, T> words(String word, T meaning, String other, T itsMeaning) {
    Map<String, T> words = new LinkedHashMap<>();
    words.put(word, meaning);
    words.put(other, itsMeaning);
    return words;
  }

  /** For messages, which stay on one line whatever the value holds. */
  static String quoted(String text) {
    StringBuilder quoted = new StringBuilder("\"");
    text.codePoints()
        .limit(LONGEST_QUOTE)
        .map(point -> Character.isISOControl(point) ? '?' : point)
        .forEach(quoted::appendCodePoint);
    return quoted
        .append(text.codePointCount(0, text.length()) > LONGEST_QUOTE ? "…\"" : "\"")
        .toString();
  }

  static String kind(ConfigValue value) {
    return switch (value.valueType()) {
      case OBJECT -> "an object";
      case LIST -> "a list";
      case NUMBER -> "a number";
      case BOOLEAN -> "a boolean";
      case NULL -> "null";
      case STRING -> "a text";
    };
  }
}
