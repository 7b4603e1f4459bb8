package io.sallyport.admin;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What is asked of a page behind the {@code ?}: words and numbers, and nothing that it ignores. */
final class Query {

  private final Map<String, String> values = new HashMap<>();

  /** The words say what it may be. */
  static final class Bad extends Exception {
    private static final long serialVersionUID = 1L;

    private Bad(String words) {
      super(words, null, false, false);
    }
  }

  /**
   * @param known what may be in it
   */
  Query(String text, List<String> known) throws Bad {
    for (String part : text.isEmpty() ? new String[0] : text.split("&", -1)) {
      int equals = part.indexOf('=');
      String name = equals < 0 ? part : part.substring(0, equals);
      if (!known.contains(name) || values.put(name, part.substring(equals + 1)) != null) {
        throw new Bad("the query may have %s, once each".formatted(String.join(", ", known)));
      }
    }
  }

  /** One of these words; the first where nothing is said. */
  String word(String name, List<String> words) throws Bad {
    String word = values.getOrDefault(name, words.get(0));
    if (!words.contains(word)) {
      throw new Bad("%s is one of %s".formatted(name, String.join(", ", words)));
    }
    return word;
  }

  int number(String name, int otherwise, int most) throws Bad {
    String text = values.get(name);
    if (text == null) {
      return otherwise;
    }
    int number = text.matches("\\d{1,6}") ? Integer.parseInt(text) : Integer.MAX_VALUE;
    if (number > most) {
      throw new Bad("%s is a number up to %d".formatted(name, most));
    }
    return number;
  }
}
