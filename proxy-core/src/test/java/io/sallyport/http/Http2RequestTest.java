package io.sallyport.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class Http2RequestTest {

  private static final Http1Limits LIMITS = new Http1Limits(100, 400, 5);

  @Test
  void aRequestIsUnderstoodAsTheSameInHttp11() throws Exception {
    Http2Request read =
        read(
            ":method: GET",
            ":scheme: https",
            ":authority: Shop.example:8443",
            ":path: /a?b",
            "x: 1");
    assertThat(read.head()).isEqualTo(new RequestHead(HttpMethod.GET, "shop.example:8443", "/a?b"));
    assertThat(read.request().headers().get(HttpHeaderNames.HOST)).isEqualTo("shop.example:8443");
    assertThat(read.request().headers().get("x")).isEqualTo("1");
    assertThat(read.protocol()).isNull();
  }

  @Test
  void crumbsOfACookieBecomeOne() throws Exception {
    Http2Request read = get("cookie: a=1", "x: y", "cookie: b=2", "cookie: c=3");
    assertThat(read.request().headers().getAll(HttpHeaderNames.COOKIE))
        .containsExactly("a=1; b=2; c=3");
  }

  @Test
  void theLengthOfABodyMayBeToldOrNot() throws Exception {
    assertThat(read(false, with("content-length: 007")).length()).isEqualTo(7);
    assertThat(read(false, with()).length()).isEqualTo(BodyLength.NOT_TOLD);
    assertThat(read(true, with("content-length: 0")).length()).isZero();
  }

  @Test
  void aWebSocketIsAskedForLikeAnUpgrade() throws Exception {
    Http2Request read =
        read(
            ":method: CONNECT",
            ":protocol: WebSocket",
            ":scheme: https",
            ":authority: a",
            ":path: /chat");
    assertThat(read.protocol()).isEqualTo("websocket");
    assertThat(read.head()).isEqualTo(new RequestHead(HttpMethod.GET, "a", "/chat"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          :method: GET, :scheme: https, :path: /, :authority: a, x: 1, :path: /      | PSEUDO_FIELD
          :scheme: https, :path: /, :authority: a                                    | PSEUDO_FIELD
          :method: GET, :path: /, :authority: a                                      | PSEUDO_FIELD
          :method: GET, :scheme: https, :authority: a                                | PSEUDO_FIELD
          :method: GET, :method: GET, :scheme: https, :path: /, :authority: a        | PSEUDO_FIELD
          :method: GET, :scheme: https, :path: /, :path: /, :authority: a            | PSEUDO_FIELD
          :method: GET, :scheme: https, :path: /, :authority: a, :status: 200        | PSEUDO_FIELD
          :method: GET, :scheme: https, :path: /, :authority: a, :foo: 1             | PSEUDO_FIELD
          :Method: GET, :scheme: https, :path: /, :authority: a                      | PSEUDO_FIELD
          x: 1, :method: GET, :scheme: https, :path: /, :authority: a                | PSEUDO_FIELD
          :method: GET, :scheme: https, :path: /, :authority: a, :protocol: websocket | PSEUDO_FIELD
          :method: CONNECT, :authority: a:443                                        | CONNECT
          :method: CONNECT, :scheme: https, :path: /, :authority: a, :protocol: tcp  | CONNECT
          :method: , :scheme: https, :path: /, :authority: a                         | METHOD
          :method: G T, :scheme: https, :path: /, :authority: a                      | METHOD
          :method: GET, :scheme: https, :path: , :authority: a                       | TARGET
          :method: GET, :scheme: https, :path: a, :authority: a                      | TARGET
          :method: GET, :scheme: https, :path: *, :authority: a                      | TARGET
          :method: GET, :scheme: https, :path: https://a/, :authority: a             | TARGET
          :method: GET, :scheme: https, :path: /a b, :authority: a                   | TARGET
          :method: GET, :scheme: ftp, :path: /, :authority: a                        | TARGET
          :method: GET, :scheme: https, :path: /                                     | HOST_MISSING
          :method: GET, :scheme: https, :path: /, :authority: b@a                    | USERINFO
          :method: GET, :scheme: https, :path: /, :authority:                        | HOST_INVALID
          :method: GET, :scheme: https, :path: /, :authority: a, host: b             | HOST_MISMATCH
          :method: GET, :scheme: https, :path: /, :authority: a, host: a, host: a    | HOST_REPEATED
          :method: GET, :scheme: https, :path: /, :authority: a, X: 1                | FIELD_NAME
          :method: GET, :scheme: https, :path: /, :authority: a, x y: 1              | FIELD_NAME
          :method: GET, :scheme: https, :path: /, :authority: a, connection: close   | CONNECTION_FIELD
          :method: GET, :scheme: https, :path: /, :authority: a, keep-alive: 1       | CONNECTION_FIELD
          :method: GET, :scheme: https, :path: /, :authority: a, upgrade: x          | CONNECTION_FIELD
          :method: GET, :scheme: https, :path: /, :authority: a, proxy-connection: x | CONNECTION_FIELD
          :method: GET, :scheme: https, :path: /, :authority: a, transfer-encoding: chunked | CONNECTION_FIELD
          :method: GET, :scheme: https, :path: /, :authority: a, te: gzip            | CONNECTION_FIELD
          :method: GET, :scheme: https, :path: /, :authority: a, content-length: 5   | CONTENT_LENGTH
          :method: GET, :scheme: https, :path: /, :authority: a, content-length: +0  | CONTENT_LENGTH
          :method: GET, :scheme: https, :path: /, :authority: a, content-length: 0, content-length: 0 | CONTENT_LENGTH
          :method: GET, :scheme: https, :path: /, :authority: a, expect: 200-ok      | EXPECTATION
          :method: GET, :scheme: https, :path: /, :authority: a, a: 1, b: 1, c: 1, d: 1, e: 1, f: 1 | TOO_MANY_HEADERS
          """)
  void whatIsNoRequestIsRefused(String fields, RequestFault fault) {
    assertThat(faultOf(fields.split(",", -1))).isEqualTo(fault);
  }

  @Test
  void aValueHasNoControlBytesAndNoBlanksAroundIt() {
    for (String value : List.of("a\r", "a\nb", "\0", "a\u007fb", " a", "a ", "\ta", "a\u0001")) {
      assertThat(catchThrowable(() -> readRaw("x", value)))
          .isInstanceOfSatisfying(
              Malformed.class,
              malformed ->
                  assertThat(malformed.asRequest().fault()).isEqualTo(RequestFault.FIELD_VALUE));
    }
  }

  @Test
  void whatIsTooLongIsRefusedAsSuch() {
    String path = "/" + "a".repeat(100);
    assertThat(faultOf(":method: GET", ":scheme: https", ":authority: a", ":path: " + path))
        .isEqualTo(RequestFault.REQUEST_LINE_TOO_LONG);
    assertThat(faultOf(with("x: " + "a".repeat(400)))).isEqualTo(RequestFault.HEADERS_TOO_LARGE);
  }

  private static String[] with(String... fields) {
    List<String> all =
        new ArrayList<>(List.of(":method: GET", ":scheme: https", ":authority: a", ":path: /"));
    all.addAll(List.of(fields));
    return all.toArray(String[]::new);
  }

  private static Http2Request get(String... fields) throws Malformed, BadRequest {
    return read(true, with(fields));
  }

  private static Http2Request read(String... fields) throws Malformed, BadRequest {
    return read(true, fields);
  }

  private static Http2Request read(boolean ends, String... fields) throws Malformed, BadRequest {
    FieldSection section = new FieldSection();
    for (String field : fields) {
      String text = field.strip();
      int colon = text.indexOf(':', 1);
      section.add(text.substring(0, colon), text.substring(colon + 1).strip());
    }
    return Http2Request.of(section, ends, LIMITS);
  }

  private static Http2Request readRaw(String name, String value) throws Malformed, BadRequest {
    FieldSection section = new FieldSection();
    section.add(":method", "GET").add(":scheme", "https").add(":authority", "a").add(":path", "/");
    section.add(name, value);
    return Http2Request.of(section, true, LIMITS);
  }

  private static RequestFault faultOf(String... fields) {
    Throwable thrown = catchThrowable(() -> read(fields));
    return thrown instanceof Malformed malformed
        ? malformed.asRequest().fault()
        : ((BadRequest) thrown).fault();
  }
}
