package io.sallyport.http;

import static io.sallyport.http.Spellings.headers;
import static io.sallyport.http.Spellings.lines;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.handler.codec.http.HttpHeaders;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class TraceContextTest {

  private static final String TRACE = "0af7651916cd43dd8448eb211c80319c";
  private static final String PARENT = "b7ad6b7169203331";
  private static final String VALID = "00-" + TRACE + "-" + PARENT + "-01";

  @ParameterizedTest
  @ValueSource(
      strings = {
        VALID,
        "00-" + TRACE + "-" + PARENT + "-00",
        "00-" + TRACE + "-" + PARENT + "-ff",
        "01-" + TRACE + "-" + PARENT + "-01",
        "cc-" + TRACE + "-" + PARENT + "-01-what-the-future-will-be-like"
      })
  void carriesOnWhatIsValidAsItCame(String traceparent) {
    for (boolean make : new boolean[] {false, true}) {
      HttpHeaders headers =
          headers("Traceparent: " + traceparent, "tracestate: a=1", "Tracestate: b=2, c=\"");

      TraceContext.carryOn(headers, make);

      assertThat(lines(headers))
          .containsExactly(
              "Traceparent: " + traceparent, "tracestate: a=1", "Tracestate: b=2, c=\"");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "00",
        "ff-" + TRACE + "-" + PARENT + "-01",
        "00-" + TRACE + "-" + PARENT + "-01-more",
        "00-" + TRACE + "-" + PARENT + "-01-",
        "01-" + TRACE + "-" + PARENT + "-01more",
        "00-" + TRACE + "-" + PARENT + "-1",
        "00-" + TRACE + "-" + PARENT + "-0G",
        "0-" + TRACE + "-" + PARENT + "-011",
        "00-00000000000000000000000000000000-" + PARENT + "-01",
        "00-" + TRACE + "-0000000000000000-01",
        "00-0AF7651916CD43DD8448EB211C80319C-" + PARENT + "-01",
        "00_" + TRACE + "_" + PARENT + "_01",
        "00-" + TRACE + PARENT + "--01",
        "00-" + TRACE + "-" + PARENT + "-01," + VALID,
        "00 " + TRACE + "-" + PARENT + "-01"
      })
  void removesWhatIsInvalidWithItsState(String traceparent) {
    HttpHeaders headers = headers("A: 1", "tracestate: a=1");
    headers.add("traceparent", traceparent);

    TraceContext.carryOn(headers, false);

    assertThat(lines(headers)).containsExactly("A: 1");
  }

  @Test
  void removesWhatIsThereTwice() {
    HttpHeaders headers = headers("traceparent: " + VALID, "Traceparent: " + VALID);

    TraceContext.carryOn(headers, false);

    assertThat(headers.isEmpty()).isTrue();
  }

  @Test
  void removesAStateThatBelongsToNothing() {
    HttpHeaders headers = headers("tracestate: a=1");

    TraceContext.carryOn(headers, true);

    assertThat(headers.names()).containsExactly("traceparent");
  }

  @Test
  void makesANewOneEachTimeWhichIsValid() {
    Set<String> made = new HashSet<>();
    for (int i = 0; i < 1000; i++) {
      HttpHeaders headers = headers("traceparent: 00-bad");
      TraceContext.carryOn(headers, true);

      assertThat(headers.getAll("traceparent")).hasSize(1);
      String traceparent = headers.get("traceparent");
      assertThat(traceparent).matches("00-[0-9a-f]{32}-[0-9a-f]{16}-01");
      made.add(traceparent);
      TraceContext.carryOn(headers, true);
      assertThat(headers.get("traceparent")).isEqualTo(traceparent);
    }
    assertThat(made).hasSize(1000);
  }
}
