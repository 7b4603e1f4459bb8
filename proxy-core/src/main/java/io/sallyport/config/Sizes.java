package io.sallyport.config;

import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueFactory;
import java.math.BigInteger;
import java.util.regex.Pattern;

/** Sizes in bytes as HOCON writes them, within bounds, or {@code off}. */
final class Sizes {

  private static final String OFF = "off";
  private static final String UNITS = "bkmgtp";

  private static final Pattern WITHOUT_UNIT = Pattern.compile("-?[0-9.]+");

  /** HOCON's own reader takes a minus, and fails at it by another exception. */
  private static final Pattern WITH_UNIT = Pattern.compile("[0-9]+(\\.[0-9]+)?[ \t]*[A-Za-z]+");

  private static final String EXAMPLES = "write such as 512b, 8k or 1m";
  private static final String EXAMPLES_OR_OFF = "write off, or such as 512b, 8k or 1m";

  private Sizes() {}

  static Values.Parser<Integer> between(int lowest, int highest) {
    return value -> {
      String text = Values.text(value);
      if (text.equals(OFF)) {
        throw new Malformed("cannot be off", EXAMPLES);
      }
      return (int) within(text, parse(text, EXAMPLES), lowest, highest, "");
    };
  }

  /** {@code off} is zero; zero itself, which could also mean nothing at all, is refused. */
  static Values.Parser<Long> upToOrOff(long highest) {
    return value -> {
      String text = Values.text(value);
      return text.equals(OFF)
          ? 0L
          : within(text, parse(text, EXAMPLES_OR_OFF), 1, highest, ", or off");
    };
  }

  private static long within(
      String text, BigInteger parsed, long lowest, long highest, String otherwise)
      throws Malformed {
    if (parsed.compareTo(BigInteger.valueOf(lowest)) < 0) {
      throw new Malformed(
          Values.quoted(text) + " is too small", "use at least " + text(lowest) + otherwise);
    }
    if (parsed.compareTo(BigInteger.valueOf(highest)) > 0) {
      throw new Malformed(
          Values.quoted(text) + " is too large", "use at most " + text(highest) + otherwise);
    }
    return parsed.longValueExact();
  }

  private static BigInteger parse(String text, String remedy) throws Malformed {
    // HOCON would take a bare number for bytes; whoever writes 8 here means something larger.
    if (WITHOUT_UNIT.matcher(text).matches()) {
      throw new Malformed(Values.quoted(text) + " has no unit", remedy);
    }
    if (!WITH_UNIT.matcher(text).matches()) {
      throw new Malformed(Values.quoted(text) + " is not a size", remedy);
    }
    ConfigValue value = ConfigValueFactory.fromAnyRef(text);
    try {
      return value.atKey("it").getMemorySize("it").toBytesBigInteger();
    } catch (ConfigException.BadValue e) {
      throw new Malformed(Values.quoted(text) + " is not a size", remedy);
    }
  }

  /** In the largest unit of which it is a whole number. */
  private static String text(long bytes) {
    long number = bytes;
    int unit = 0;
    while (number % 1024 == 0 && unit < UNITS.length() - 1) {
      number /= 1024;
      unit++;
    }
    return number + UNITS.substring(unit, unit + 1);
  }
}
