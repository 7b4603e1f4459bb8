package io.sallyport.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine.TypeConversionException;

class GoDurationTest {

  @ParameterizedTest
  @CsvSource({
    "0, PT0S",
    "0s, PT0S",
    "10s, PT10S",
    "500ms, PT0.5S",
    "1h30m, PT1H30M",
    "1h0m0.5s, PT1H0.5S",
    "1.5h, PT1H30M",
    "2us, PT0.000002S",
    "2µs, PT0.000002S",
    "7ns, PT0.000000007S",
    "30m30m, PT1H",
    "2562047h, PT2562047H",
  })
  void isReadAsGoReadsIt(String text, Duration duration) {
    assertThat(new GoDuration().convert(text)).isEqualTo(duration);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "10", "s", "soon", "-1s", "+-1s", "1d", "1 s", "10s5", "2562048h"})
  void whatGoWouldNotTakeIsNoDuration(String text) {
    assertThatThrownBy(() -> new GoDuration().convert(text))
        .isInstanceOf(TypeConversionException.class)
        .hasMessage("'" + text + "' is not a duration; write it as 500ms, 10s or 1h30m");
  }
}
