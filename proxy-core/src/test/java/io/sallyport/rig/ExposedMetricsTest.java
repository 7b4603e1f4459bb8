package io.sallyport.rig;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Queries that ask for what there is not are found, so that tests of rules can fail. */
class ExposedMetricsTest {

  private static final String SCRAPE =
      """
      # TYPE bytes_total counter
      bytes_total{direction="in",listener="web"} 1.0
      bytes_total{direction="out",listener="a}b"} 1.0
      up_seconds 5.0
      """;

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      quoteCharacter = '`',
      value = {
        "sum by (listener) (rate(bytes_total{direction=\"in\"}[5m] offset 1h)) > 0.1",
        "up_seconds and on (job) bytes_total unless bool up_seconds",
        "time() - up_seconds{job=~\"$job\"}",
        "bytes_total{direction=~\"in|out\",listener=~\"$listener\"} / 2e9",
        "bytes_total{direction=~\"i.*\"}"
      })
  void findsNothingMissingWhereAllIsThere(String query) {
    assertThat(ExposedMetrics.of(SCRAPE).missing(query)).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      quoteCharacter = '`',
      value = {
        "rate(byte_total[5m]); metric byte_total",
        "bytes_total{reason=\"x\"}; label reason",
        "bytes_total{direction=\"up\"}; value up",
        "bytes_total{direction!~\"in|up\"}; value up",
        "sum by (lisener) (bytes_total); label lisener",
        "up_seconds{listener=\"web\"}; label listener",
        "time(); no metric"
      })
  void namesWhatIsMissing(String query, String missing) {
    assertThat(ExposedMetrics.of(SCRAPE).missing(query))
        .singleElement()
        .asString()
        .startsWith(missing);
  }
}
