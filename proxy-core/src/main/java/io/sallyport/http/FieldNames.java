package io.sallyport.http;

import io.netty.handler.codec.http.HttpHeaders;
import io.netty.util.AsciiString;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Names of fields, matched as an application may read them: in any case, and with any sign that a
 * field name may have where ours has a hyphen. CGI and what follows it (RFC 3875 §4.1.18) make
 * {@code HTTP_X_REAL_IP} of {@code X-Real-IP} and of {@code X_Real_IP} alike, and some servers of
 * {@code X.Real+IP} too, so whoever may not send the one may send none of them. Other names with
 * underscores are left alone: there are applications that use such.
 *
 * <p>Immutable. To look a name up costs its own length, whatever a client makes of it.
 */
final class FieldNames {

  /** Up to here a removal by name is cheaper than to write all fields anew. */
  private static final int MOST_REMOVED_BY_NAME = 8;

  private final String[][] byLength;
  private final String[] prefixes;

  private FieldNames(String[][] byLength, String[] prefixes) {
    this.byLength = byLength;
    this.prefixes = prefixes;
  }

  /**
   * @param names in lower case, with hyphens alone between letters and digits; one that ends in
   *     {@code *} stands for all that begin so
   */
  static FieldNames of(String... names) {
    List<String> prefixes = new ArrayList<>();
    List<List<String>> byLength = new ArrayList<>();
    for (String name : names) {
      if (name.endsWith("*")) {
        prefixes.add(name.substring(0, name.length() - 1));
      } else {
        while (byLength.size() <= name.length()) {
          byLength.add(new ArrayList<>(1));
        }
        byLength.get(name.length()).add(name);
      }
    }
    return new FieldNames(
        byLength.stream().map(each -> each.toArray(String[]::new)).toArray(String[][]::new),
        prefixes.toArray(String[]::new));
  }

  boolean contains(CharSequence name) {
    return contains(name, 0, name.length());
  }

  /** The same of a part of a text. */
  boolean contains(CharSequence text, int from, int to) {
    int length = to - from;
    for (String prefix : prefixes) {
      if (length >= prefix.length() && readsAs(prefix, text, from)) {
        return true;
      }
    }
    return length < byLength.length && find(text, from, length) != null;
  }

  /** Whether it is one of these in another spelling than its own, case apart. */
  boolean containsMisspelt(CharSequence name) {
    int length = name.length();
    String own = length < byLength.length ? find(name, 0, length) : null;
    return own != null && !AsciiString.contentEqualsIgnoreCase(own, name);
  }

  /** Whether there is a field with one of these names. */
  boolean areIn(HttpHeaders headers) {
    for (Iterator<Map.Entry<CharSequence, CharSequence>> all = headers.iteratorCharSequence();
        all.hasNext(); ) {
      if (contains(all.next().getKey())) {
        return true;
      }
    }
    return false;
  }

  /** Removes every field with one of these names, however often it is there. */
  void removeFrom(HttpHeaders headers) {
    removeIf(headers, this::contains);
  }

  /** The fields that stay keep their order. Linear in their number, whatever their names are. */
  static void removeIf(HttpHeaders headers, Predicate<CharSequence> doomed) {
    List<CharSequence> found = null;
    for (Iterator<Map.Entry<CharSequence, CharSequence>> all = headers.iteratorCharSequence();
        all.hasNext(); ) {
      CharSequence name = all.next().getKey();
      if (doomed.test(name)) {
        found = found == null ? new ArrayList<>(MOST_REMOVED_BY_NAME) : found;
        found.add(name);
        if (found.size() > MOST_REMOVED_BY_NAME) {
          // A client can put all of its names into one bucket of the table, and each removal by
          // name would then walk all of them.
          writeAnew(headers, doomed);
          return;
        }
      }
    }
    if (found != null) {
      found.forEach(headers::remove);
    }
  }

  private static void writeAnew(HttpHeaders headers, Predicate<CharSequence> doomed) {
    List<Map.Entry<CharSequence, CharSequence>> kept = new ArrayList<>();
    for (Iterator<Map.Entry<CharSequence, CharSequence>> all = headers.iteratorCharSequence();
        all.hasNext(); ) {
      Map.Entry<CharSequence, CharSequence> field = all.next();
      if (!doomed.test(field.getKey())) {
        kept.add(field);
      }
    }
    headers.clear();
    kept.forEach(field -> headers.add(field.getKey(), field.getValue()));
  }

  private @Nullable String find(CharSequence text, int from, int length) {
    for (String name : byLength[length]) {
      if (readsAs(name, text, from)) {
        return name;
      }
    }
    return null;
  }

  private static boolean readsAs(String name, CharSequence text, int from) {
    for (int i = 0; i < name.length(); i++) {
      if (name.charAt(i) != folded(text.charAt(from + i))) {
        return false;
      }
    }
    return true;
  }

  private static char folded(char c) {
    if (c >= 'A' && c <= 'Z') {
      return (char) (c | 0x20);
    }
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ? c : '-';
  }
}
