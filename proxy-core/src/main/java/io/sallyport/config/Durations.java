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

  private static final Duration LONGEST_WITHIN_A_HANDSHAKE = Duration.ofSeconds(5);

  private static final Pattern WITHOUT_UNIT = Pattern.compile("-?[0-9.]+");
  private static final String EXAMPLES = "write such as 500ms, 10s or 5m";
  private static final String EXAMPLES_OR_OFF = "write off, or such as 500ms, 10s or 5m";

  private Durations() {}

  /** Between 1 ms and a day. */
  static Duration deadline(ConfigValue value) throws Malformed {
    return deadline(value, LONGEST_DEADLINE, "1d");
  }

  private static Duration deadline(ConfigValue value, Duration longest, String limit)
      throws Malformed {
    String text = Values.text(value);
    if (text.equals(OFF)) {
      throw new Malformed("cannot be off", EXAMPLES);
    }
    return within(text, parse(text, EXAMPLES), longest, limit);
  }

  /** Between 1 ms and five seconds, for what a handshake waits for. */
  static Duration withinAHandshake(ConfigValue value) throws Malformed {
    return deadline(value, LONGEST_WITHIN_A_HANDSHAKE, "5s");
  }

  /** Zero, or up to a day. */
  static Duration delay(ConfigValue value) throws Malformed {
    String text = Values.text(value);
    Duration parsed = parse(text, EXAMPLES);
    return parsed.isZero() ? parsed : within(text, parsed, LONGEST_DEADLINE, "1d");
  }

  /** Between 1 ms and ten years; {@code off} or zero is {@link Duration#ZERO}. */
  static Duration orOff(ConfigValue value) throws Malformed {
    String text = Values.text(value);
    Duration parsed = text.equals(OFF) ? Duration.ZERO : parse(text, EXAMPLES_OR_OFF);
    return parsed.isZero() ? parsed : within(text, parsed, LONGEST, "3650d, or off");
  }

  private static Duration within(String text, Duration parsed, Duration longest, String limit)
      throws Malformed {
    if (parsed.compareTo(SHORTEST) < 0) {
      throw new Malformed(Values.quoted(text) + " is too short", "use at least 1ms");
    }
    if (parsed.compareTo(longest) > 0) {
      throw new Malformed(Values.quoted(text) + " is too long", "use at most " + limit);
    }
    return parsed;
  }

  private static Duration parse(String text, String remedy) throws Malformed {
    // HOCON would take a bare number for milliseconds; whoever writes 10 here means seconds.
    if (WITHOUT_UNIT.matcher(text).matches()) {
      throw new Malformed(Values.quoted(text) + " has no unit", remedy);
    }
    try {
      Duration parsed = ConfigValueFactory.fromAnyRef(text).atKey("it").getDuration("it");
      if (parsed.isNegative()) {
        throw new Malformed(Values.quoted(text) + " is negative", remedy);
      }
      return parsed;
    } catch (ConfigException.BadValue e) {
      throw new Malformed(Values.quoted(text) + " is not a duration", remedy);
    }
  }
}
