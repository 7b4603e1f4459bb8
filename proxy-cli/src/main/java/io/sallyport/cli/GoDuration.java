package io.sallyport.cli;

import java.math.BigDecimal;
import java.time.Duration;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads a duration as Go writes it, since Ghostunnel's flags are: {@code 10s}, {@code 1h30m}. */
final class GoDuration implements ITypeConverter<Duration> {

  /**
   * Loaded by the first flag that has one: Java 25 makes tables for {@link BigDecimal} that cost a
   * start a tenth of its time.
   */
  private static final class Units {
    private static final Pattern PART = Pattern.compile("(\\d+(?:\\.\\d+)?)(ns|us|µs|ms|s|m|h)");

    private static final Map<String, BigDecimal> NANOS =
        Map.of(
            "ns", BigDecimal.ONE,
            "us", BigDecimal.valueOf(1_000),
            "µs", BigDecimal.valueOf(1_000),
            "ms", BigDecimal.valueOf(1_000_000),
            "s", BigDecimal.valueOf(1_000_000_000),
            "m", BigDecimal.valueOf(60_000_000_000L),
            "h", BigDecimal.valueOf(3_600_000_000_000L));

    private static final BigDecimal LONGEST = BigDecimal.valueOf(Long.MAX_VALUE);
  }

  @Override
  public Duration convert(String text) {
    if (text.equals("0")) {
      return Duration.ZERO;
    }
    Matcher part = Units.PART.matcher(text);
    BigDecimal nanos = BigDecimal.ZERO;
    int end = 0;
    while (end < text.length() && part.find(end) && part.start() == end) {
      nanos = nanos.add(new BigDecimal(part.group(1)).multiply(Units.NANOS.get(part.group(2))));
      end = part.end();
    }
    if (end == 0 || end < text.length() || nanos.compareTo(Units.LONGEST) > 0) {
      throw new TypeConversionException(
          "'" + text + "' is not a duration; write it as 500ms, 10s or 1h30m");
    }
    return Duration.ofNanos(nanos.longValue());
  }
}
