package io.sallyport.http;

import static io.sallyport.http.Spellings.lines;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaders;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class FieldNamesTest {

  private static final FieldNames NAMES = FieldNames.of("x-real-ip", "te", "ssl-client-*");

  @ParameterizedTest
  @ValueSource(
      strings = {
        "x-real-ip",
        "X-REAL-IP",
        "x_real_ip",
        "X.Real+IP",
        "x-Real~ip",
        "TE",
        "SSL_Client_",
        "ssl-client-verify",
        "Ssl.Client.S_DN"
      })
  void knowsANameInEverySpellingThatReadsTheSame(String name) {
    assertThat(NAMES.contains(name)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "x",
        "x-real-i",
        "x-real-ips",
        "xx-real-ip",
        "xrealip",
        "x-real_1p",
        "tea",
        "t",
        "ssl-client",
        "xssl-client-verify",
        "x\u212aeal-ip", // its lower case is an ASCII k
        "x-a-name-that-is-longer-than-every-one-of-them"
      })
  void knowsNoOther(String name) {
    assertThat(NAMES.contains(name)).isFalse();
  }

  @Test
  void knowsItsOwnSpellingFromOthers() {
    assertThat(NAMES.containsMisspelt("X_real-ip")).isTrue();
    assertThat(NAMES.containsMisspelt("X-Real-IP")).isFalse();
    assertThat(NAMES.containsMisspelt("X-Real-IQ")).isFalse();
  }

  @Test
  void removesEverySpellingAndKeepsTheOrderOfTheRest() {
    HttpHeaders headers = new DefaultHttpHeaders();
    headers.add("A", "1").add("X-Real-IP", "x").add("b", "2").add("x_real_ip", "x");
    headers.add("A", "3").add("X-REAL-IP", "x").add("TE", "x").add("x_other", "4");

    NAMES.removeFrom(headers);

    assertThat(lines(headers)).containsExactly("A: 1", "b: 2", "A: 3", "x_other: 4");
  }

  @Test
  void removesTenThousandOfThemAndKeepsTheOrderOfTheRest() {
    HttpHeaders headers = new DefaultHttpHeaders();
    List<String> kept = new ArrayList<>();
    String separators = "!#$%&'*+-.^_`|~";
    for (int i = 0; i < 10_000; i++) {
      char first = separators.charAt(i % separators.length());
      char second = separators.charAt(i / separators.length() % separators.length());
      headers.add("x" + first + "real" + second + "ip", "forged").add("n" + i % 100, "" + i);
      kept.add("n" + i % 100 + ": " + i);
    }

    NAMES.removeFrom(headers);

    assertThat(lines(headers)).isEqualTo(kept);
  }
}
