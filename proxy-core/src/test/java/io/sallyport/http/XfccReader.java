package io.sallyport.http;

import java.util.ArrayList;
import java.util.List;

/** Reads X-Forwarded-Client-Cert the ways that applications do. */
final class XfccReader {

  record Pair(String key, String value) {}

  private XfccReader() {}

  /**
   * As Envoy documents it: a value in quotes ends at the first quote that no backslash stands
   * before.
   *
   * @param anyEscape whether a backslash in quotes escapes whatever follows, not a quote alone
   */
  static List<Pair> read(String field, boolean anyEscape) {
    List<Pair> pairs = new ArrayList<>();
    int at = 0;
    while (at < field.length()) {
      int equals = field.indexOf('=', at);
      String key = field.substring(at, equals);
      at = equals + 1;
      StringBuilder value = new StringBuilder();
      if (at < field.length() && field.charAt(at) == '"') {
        for (at++; field.charAt(at) != '"'; at++) {
          boolean escape = field.charAt(at) == '\\' && (anyEscape || field.charAt(at + 1) == '"');
          at += escape ? 1 : 0;
          value.append(field.charAt(at));
        }
        at++;
      } else {
        for (; at < field.length() && ";,".indexOf(field.charAt(at)) < 0; at++) {
          value.append(field.charAt(at));
        }
      }
      pairs.add(new Pair(key, value.toString()));
      if (at < field.length() && field.charAt(at++) != ';') {
        throw new IllegalArgumentException("another element: " + field.substring(at));
      }
    }
    return pairs;
  }

  /** As it should not be done, and is: cut at each semicolon, quotes or not. */
  static List<Pair> cut(String field) {
    List<Pair> pairs = new ArrayList<>();
    for (String part : field.split(";", -1)) {
      int equals = part.indexOf('=');
      pairs.add(new Pair(part.substring(0, equals), part.substring(equals + 1).replace("\"", "")));
    }
    return pairs;
  }

  static List<String> values(List<Pair> pairs, String key) {
    return pairs.stream().filter(pair -> pair.key().equals(key)).map(Pair::value).toList();
  }
}
