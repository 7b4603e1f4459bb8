package io.sallyport.http;

import static io.sallyport.http.Spellings.headers;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.handler.codec.http.HttpHeaders;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

final class RequestIdTest {

  static Stream<String> keepsWhatIsSane() {
    return Stream.of("a", "!~", "f81d4fae-7dec-11d0-a765-00a0c91e6bf6", "x".repeat(128));
  }

  @ParameterizedTest
  @MethodSource
  void keepsWhatIsSane(String id) {
    HttpHeaders headers = headers("X-REQUEST-ID: " + id);

    assertThat(RequestId.keepOrMake(headers)).hasToString(id);
    assertThat(headers.getAll("x-request-id")).containsExactly(id);
  }

  static Stream<List<String>> replacesWhatIsNot() {
    return Stream.of(
        List.of(),
        List.of(""),
        List.of("a b"),
        List.of("a\tb"),
        List.of("\u00e4"),
        List.of("x".repeat(129)),
        List.of("a", "a"),
        List.of("a", ""));
  }

  @ParameterizedTest
  @MethodSource
  void replacesWhatIsNot(List<String> ids) {
    HttpHeaders headers = headers();
    headers.add("X-Request-Id", ids);

    String made = RequestId.keepOrMake(headers).toString();

    assertThat(made).matches("[0-9a-f]{32}");
    assertThat(headers.getAll("x-request-id")).containsExactly(made);
  }

  @Test
  void makesANewOneEachTime() {
    Set<String> made = new HashSet<>();
    for (int i = 0; i < 1000; i++) {
      made.add(RequestId.keepOrMake(headers()).toString());
    }

    assertThat(made).hasSize(1000);
  }
}
