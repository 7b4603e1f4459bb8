package io.sallyport.cli.log;

import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.event.KeyValuePair;

/** An event as one line of text; both forms end in a line feed and hold printable ASCII. */
final class LogLine {

  /** More than any of our own lines has. */
  private static final int MAX_PAIRS = 32;

  private static final Set<String> OWN_KEYS =
      Set.of("time", "level", "logger", "msg", "error", "stack");

  private LogLine() {}

  /**
   * {@code 2026-01-02T03:04:05.678Z INFO connection closed reason=peer_closed}. A stack follows on
   * lines of its own, each indented.
   */
  static String human(LogEvent event) {
    StringBuilder out = new StringBuilder(256);
    appendTime(out, event.time());
    String level = event.level().name();
    out.append(' ').append(level).append(level.length() == 4 ? "  " : " ");
    Escaped.appendProse(out, String.valueOf(event.message()));
    for (KeyValuePair pair : bounded(event.pairs())) {
      appendPair(out, Escaped.text(pair.key), Escaped.text(pair.value));
    }
    Throwable cause = event.cause();
    if (cause != null) {
      appendPair(out, "error", CauseText.summary(cause));
      if (event.withStack()) {
        for (String line : CauseText.stack(cause)) {
          out.append("\n    ");
          Escaped.appendProse(out, line);
        }
      }
    }
    return out.append('\n').toString();
  }

  private static void appendPair(StringBuilder out, String key, String value) {
    out.append(' ');
    Escaped.appendWord(out, key);
    out.append('=');
    Escaped.appendWord(out, value);
  }

  /** The message and nothing else, for lines of a format that is not ours. */
  static String verbatim(LogEvent event) {
    StringBuilder out = new StringBuilder(256);
    Escaped.appendProse(out, String.valueOf(event.message()));
    return out.append('\n').toString();
  }

  /** One JSON object: time, level, logger, msg, the key-values flat, error, stack. */
  static String json(LogEvent event) {
    StringBuilder out = new StringBuilder(256).append("{\"time\":\"");
    appendTime(out, event.time());
    out.append('"');
    appendMember(out, "level", event.level().name().toLowerCase(Locale.ROOT));
    appendMember(out, "logger", event.logger());
    appendMember(out, "msg", event.message());
    for (KeyValuePair pair : bounded(event.pairs())) {
      String key = Escaped.text(pair.key);
      // A second "level" would hide the first from most parsers.
      appendMember(out, OWN_KEYS.contains(key) ? key + "_" : key, pair.value);
    }
    Throwable cause = event.cause();
    if (cause != null) {
      appendMember(out, "error", CauseText.summary(cause));
      if (event.withStack()) {
        appendStack(out, CauseText.stack(cause));
      }
    }
    return out.append("}\n").toString();
  }

  private static void appendMember(StringBuilder out, String key, @Nullable Object value) {
    out.append(',');
    Escaped.appendQuoted(out, key);
    out.append(':');
    if (value == null || value instanceof Boolean || isJsonNumber(value)) {
      out.append(value);
    } else {
      Escaped.appendQuoted(out, Escaped.text(value));
    }
  }

  private static void appendStack(StringBuilder out, List<String> lines) {
    out.append(",\"stack\":\"");
    for (String line : lines) {
      Escaped.append(out, line);
      out.append("\\n");
    }
    out.append('"');
  }

  private static boolean isJsonNumber(Object value) {
    return value instanceof Integer
        || value instanceof Long
        || (value instanceof Double number && Double.isFinite(number));
  }

  private static List<KeyValuePair> bounded(List<KeyValuePair> pairs) {
    return pairs.size() <= MAX_PAIRS ? pairs : pairs.subList(0, MAX_PAIRS);
  }

  /** ISO 8601 in UTC with milliseconds; by hand, since DateTimeFormatter costs a start 10 ms. */
  private static void appendTime(StringBuilder out, Instant time) {
    LocalDateTime utc =
        LocalDateTime.ofEpochSecond(time.getEpochSecond(), time.getNano(), ZoneOffset.UTC);
    appendDigits(out, utc.getYear(), 4);
    appendDigits(out.append('-'), utc.getMonthValue(), 2);
    appendDigits(out.append('-'), utc.getDayOfMonth(), 2);
    appendDigits(out.append('T'), utc.getHour(), 2);
    appendDigits(out.append(':'), utc.getMinute(), 2);
    appendDigits(out.append(':'), utc.getSecond(), 2);
    appendDigits(out.append('.'), utc.getNano() / 1_000_000, 3);
    out.append('Z');
  }

  private static void appendDigits(StringBuilder out, int number, int digits) {
    String text = Integer.toString(number);
    out.append("0".repeat(Math.max(0, digits - text.length()))).append(text);
  }
}
