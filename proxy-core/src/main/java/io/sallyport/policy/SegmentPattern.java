package io.sallyport.policy;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A name with whole segments left open: {@code *} stands for one of them that is not empty, {@code
 * **} for any number, none too. Without wildcards it is a name that must be equal.
 */
final class SegmentPattern {

  static final String ONE = "*";
  static final String ANY_NUMBER = "**";

  private final String text;
  private final char separator;
  private final List<String> segments;

  private SegmentPattern(String text, char separator, List<String> segments) {
    this.text = text;
    this.separator = separator;
    this.segments = segments;
  }

  static SegmentPattern of(char separator, String text) {
    return text.indexOf('*') < 0
        ? literal(text)
        : new SegmentPattern(text, separator, List.of(text.split("\\" + separator, -1)));
  }

  static SegmentPattern literal(String text) {
    return new SegmentPattern(text, '\0', List.of());
  }

  /** As written, in the form of the peers' names. */
  String text() {
    return text;
  }

  boolean hasWildcards() {
    return !segments.isEmpty();
  }

  /** Whether a wildcard stands for part of a segment, which is never matched. */
  boolean hasPartialWildcard() {
    return segments.stream().anyMatch(s -> s.indexOf('*') >= 0 && !isWildcard(s));
  }

  boolean endsInWildcard() {
    return hasWildcards() && isWildcard(segments.get(segments.size() - 1));
  }

  boolean isAllWildcards() {
    return hasWildcards() && segments.stream().allMatch(SegmentPattern::isWildcard);
  }

  /** A name that this would match. */
  String withWildcardsAs(String segment) {
    return hasWildcards()
        ? String.join(
            String.valueOf(separator),
            segments.stream().map(s -> isWildcard(s) ? segment : s).toList())
        : text;
  }

  /** What every matching name begins with, whole segments: all before the first wildcard. */
  String head() {
    int first = 0;
    while (first < segments.size() && !isWildcard(segments.get(first))) {
      first++;
    }
    return hasWildcards()
        ? String.join(String.valueOf(separator), segments.subList(0, first))
        : text;
  }

  /** What every matching name ends with, whole segments: all behind the last wildcard. */
  String tail() {
    int last = segments.size();
    while (last > 0 && !isWildcard(segments.get(last - 1))) {
      last--;
    }
    return hasWildcards()
        ? String.join(String.valueOf(separator), segments.subList(last, segments.size()))
        : text;
  }

  /** The segment that every matching name begins with; null where a wildcard stands there. */
  @Nullable String first() {
    return literalAt(0);
  }

  /** The segment that every matching name ends with; null where a wildcard stands there. */
  @Nullable String last() {
    return literalAt(segments.size() - 1);
  }

  /** Of a pattern that has wildcards. */
  private @Nullable String literalAt(int index) {
    String segment = segments.get(index);
    return isWildcard(segment) ? null : segment;
  }

  boolean matches(String name) {
    return hasWildcards() ? matchesSegments(name) : text.equals(name);
  }

  /**
   * Takes the shortest run for each {@code **} and comes back only to the last one, so a name costs
   * at most its length times the pattern's.
   */
  private boolean matchesSegments(String name) {
    int segment = 0;
    int at = 0;
    int retrySegment = -1;
    int retryAt = -1;
    while (at <= name.length()) {
      String wanted = segment < segments.size() ? segments.get(segment) : null;
      int end = end(name, at);
      if (ANY_NUMBER.equals(wanted)) {
        retrySegment = ++segment;
        retryAt = at;
      } else if (wanted != null && matchesOne(wanted, name, at, end)) {
        segment++;
        at = end + 1;
      } else if (retrySegment >= 0) {
        segment = retrySegment;
        retryAt = end(name, retryAt) + 1;
        at = retryAt;
      } else {
        return false;
      }
    }
    while (segment < segments.size() && segments.get(segment).equals(ANY_NUMBER)) {
      segment++;
    }
    return segment == segments.size();
  }

  private int end(String name, int from) {
    int end = name.indexOf(separator, from);
    return end < 0 ? name.length() : end;
  }

  private static boolean matchesOne(String wanted, String name, int from, int to) {
    return wanted.equals(ONE)
        ? to > from
        : (wanted.length() == to - from && name.startsWith(wanted, from));
  }

  private static boolean isWildcard(String segment) {
    return segment.equals(ONE) || segment.equals(ANY_NUMBER);
  }
}
