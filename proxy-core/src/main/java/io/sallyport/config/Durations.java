package io.sallyport.config;

import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueFactory;
import java.time.Duration;
import java.util.regex.Pattern;

/** Durations as HOCON writes them, within bounds, or {@code off}. */
final class Durations {

  static final String OFF = "off";

  private static final Duration SHORTEST = Duration.ofMillis(1);
  private static final Duration LONGEST = Duration.ofDays(3650);

  /** Deadlines that always run: longer ones would be as good as none. */
  private static final Duration LONGEST_DEADLINE = Duration.ofDays(1);

  private static final Pattern WITHOUT_UNIT = Pattern.compile("-?[0-9.]+");
  private static final String EXAMPLES = "write such as 500ms, 10s or 5m";

  private Durations() {}

  /** Between 1 ms and a day. */
  static Duration deadline(ConfigValue value) throws Malformed {
    String text = Values.text(value);
    if (text.equals(OFF)) {
      throw new Malformed("cannot be off", EXAMPLES);
    }
    return within(text, parse(text), LONGEST_DEADLINE, "1d");
  }

  /** Zero, or up to a day. */
  static Duration delay(ConfigValue value) throws Malformed {
    String text = Values.text(value);
    Duration parsed = text.equals(OFF) ? Duration.ZERO : parse(text);
    return parsed.isZero() ? parsed : within(text, parsed, LONGEST_DEADLINE, "1d");
  }

  /** Between 1 ms and ten years; {@code off} or zero is {@link Duration#ZERO}. */
  static Duration orOff(ConfigValue value) throws Malformed {
    String text = Values.text(value);
    Duration parsed = text.equals(OFF) ? Duration.ZERO : parse(text);
    return parsed.isZero() ? parsed : within(text, parsed, LONGEST, "3650d, or off");
  }

  private static Duration within(String text, Duration parsed, Duration longest, String limit)
      throws Malformed {
    if (parsed.isNegative()) {
      throw new Malformed(Values.quoted(text) + " is negative", EXAMPLES);
    }
    if (parsed.compareTo(SHORTEST) < 0) {
      throw new Malformed(Values.quoted(text) + " is too short", "use at least 1ms");
    }
    if (parsed.compareTo(longest) > 0) {
      throw new Malformed(Values.quoted(text) + " is too long", "use at most " + limit);
    }
    return parsed;
  }

  private static Duration parse(String text) throws Malformed {
    // HOCON would take a bare number for milliseconds; whoever writes 10 here means seconds.
    if (WITHOUT_UNIT.matcher(text).matches()) {
      throw new Malformed(Values.quoted(text) + " has no unit", EXAMPLES);
    }
    try {
      return ConfigValueFactory.fromAnyRef(text).atKey("it").getDuration("it");
    } catch (ConfigException.BadValue e) {
      throw new Malformed(Values.quoted(text) + " is not a duration", EXAMPLES);
    }
  }
}
