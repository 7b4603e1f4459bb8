package io.sallyport.http;

import static io.sallyport.http.Spellings.headers;
import static io.sallyport.http.Spellings.lines;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.handler.codec.http.HttpHeaders;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.StringJoiner;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class HopByHopTest {

  private static final List<String> FOR_ONE_CONNECTION =
      List.of(
          "connection",
          "keep-alive",
          "proxy-connection",
          "proxy-authenticate",
          "proxy-authorization",
          "proxy-authentication-info",
          "te",
          "transfer-encoding",
          "upgrade",
          "http2-settings",
          "close");

  @Property(tries = 300)
  void leavesNoneOfThemWhateverItsSpellingAndNumber(@ForAll Random random) {
    HttpHeaders headers = headers("Host: app", "Accept: */*");
    for (int i = 0; i < 20; i++) {
      String name = FOR_ONE_CONNECTION.get(random.nextInt(FOR_ONE_CONNECTION.size()));
      headers.add(Spellings.other(name, random), "x");
    }

    HopByHop.removeFrom(headers);

    assertThat(lines(headers)).containsExactly("Host: app", "Accept: */*");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "x-hop",
        "X-Hop",
        "close \t ,\t X-HOP\t ,",
        "close, X-Hop",
        ",,,x-hop,",
        "keep-alive , x-hop , upgrade",
        "x-hop;q=1, x-hop"
      })
  void removesWhatConnectionNames(String connection) {
    HttpHeaders headers = headers("A: 1", "X-Hop: 1", "x-hop: 2", "X-Hops: 3");
    headers.add("Connection", connection);

    HopByHop.removeFrom(headers);

    assertThat(lines(headers)).containsExactly("A: 1", "X-Hops: 3");
  }

  @Test
  void removesWhatAnyOfSeveralConnectionFieldsNames() {
    HttpHeaders headers =
        headers("Connection: close", "x-a: 1", "connection: x-a", "CONNECTION: x-b", "X-B: 2");

    HopByHop.removeFrom(headers);

    assertThat(headers.isEmpty()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Host",
        "Content-Length",
        "Content-Type",
        "Content-Encoding",
        "Authorization",
        "Cookie",
        "Set-Cookie",
        "Cache-Control",
        "Trailer",
        "Via",
        "Forwarded",
        "X-Forwarded-For",
        "X-Forwarded-Proto",
        "X-Forwarded-Host",
        "X-Forwarded-Port",
        "X-Forwarded-Client-Cert",
        "Client-Cert",
        "Client-Cert-Chain",
        "X-Peer-Spiffe-Id",
        "X-Request-Id",
        "traceparent",
        "tracestate",
        "Proxy-Status"
      })
  void removesNothingThatOthersRelyOnThoughConnectionNamesIt(String name) {
    for (String spelling : List.of(name, name.toUpperCase(Locale.ROOT), name + " ")) {
      HttpHeaders headers = headers("Connection: close, " + spelling);
      headers.add(name, "kept");

      HopByHop.removeFrom(headers);

      assertThat(lines(headers)).containsExactly(name + ": kept");
    }
  }

  @Test
  void removesWhatAnApplicationCouldTakeForAFieldThatFramesOrDescribes() {
    HttpHeaders headers =
        headers("Content-Length: 5", "Content_Length: 7", "content.type: text/html", "my_own: 1");

    HopByHop.removeFrom(headers);

    assertThat(lines(headers)).containsExactly("Content-Length: 5", "my_own: 1");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "trailers | true",
        "Trailers | true",
        "deflate;q=0.5, trailers | true",
        "trailers, gzip | true",
        "gzip | false",
        "trailersx | false",
        "trailers;q=1 | false",
        "'' | false"
      })
  void keepsOfTeTheWordTrailersAlone(String te, boolean kept) {
    HttpHeaders headers = headers("Connection: TE");
    headers.add("TE", te);

    HopByHop.removeFrom(headers);

    assertThat(lines(headers)).isEqualTo(kept ? List.of("te: trailers") : List.of());
  }

  @Test
  void takesTenThousandNamesInConnection() {
    StringJoiner names = new StringJoiner(",");
    HttpHeaders headers = headers("A: 1");
    for (int i = 0; i < 10_000; i++) {
      names.add("x-" + i);
      headers.add("x-" + i, "1");
    }
    headers.add("Connection", names.toString());

    HopByHop.removeFrom(headers);

    assertThat(lines(headers)).containsExactly("A: 1");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "upgrade | websocket | websocket",
        "Upgrade | WebSocket | websocket",
        "keep-alive, Upgrade | websocket | websocket",
        "upgrade | spdy/3.1 | spdy/3.1"
      })
  void tellsWhichProtocolIsAskedFor(String connection, String upgrade, String protocol) {
    HttpHeaders headers = headers("Connection: " + connection, "Upgrade: " + upgrade);

    assertThat(HopByHop.upgrade(headers)).isEqualTo(protocol);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "close | websocket",
        "upgrades | websocket",
        "x-upgrade | websocket",
        "upgrade | websocket, h2c",
        "upgrade | h2c",
        "upgrade | H2C",
        "upgrade | h2",
        "upgrade | HTTP/2.0",
        "upgrade | TLS/1.0",
        "upgrade | web socket",
        "upgrade | ''"
      })
  void tellsOfNoProtocolThatWasNotProperlyAskedFor(String connection, String upgrade) {
    HttpHeaders headers = headers("Connection: " + connection);
    headers.add("Upgrade", upgrade);

    assertThat(HopByHop.upgrade(headers)).isNull();
  }

  @Test
  void tellsOfNoProtocolWhereThereAreNoneOrTwo() {
    assertThat(HopByHop.upgrade(headers("Connection: upgrade"))).isNull();
    assertThat(HopByHop.upgrade(headers("Upgrade: websocket"))).isNull();
    assertThat(
            HopByHop.upgrade(headers("Connection: upgrade", "Upgrade: websocket", "Upgrade: h2c")))
        .isNull();
  }
}
