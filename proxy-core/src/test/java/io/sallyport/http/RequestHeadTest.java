package io.sallyport.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpVersion;
import org.junit.jupiter.api.Test;

/** What is understood of requests that no decoder of ours has read. */
final class RequestHeadTest {

  private static HttpRequest request(String uri, String host) {
    HttpRequest request = new DefaultHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.GET, uri);
    request.headers().set(HttpHeaderNames.HOST, host);
    return request;
  }

  @Test
  void isTheMethodAndTheAuthorityAndTheTarget() throws BadRequest {
    assertThat(RequestHead.of(request("http://App.example:8080/a?b", "app.Example:8080")))
        .isEqualTo(new RequestHead(HttpMethod.GET, "app.example:8080", "/a?b"));
  }

  @Test
  void theHostIsTheAuthorityWithoutItsPort() throws BadRequest {
    assertThat(RequestHead.of(request("/", "app.example:8080")).host()).isEqualTo("app.example");
    assertThat(RequestHead.of(request("/", "app.example")).host()).isEqualTo("app.example");
    assertThat(RequestHead.of(request("/", "[::1]:8080")).host()).isEqualTo("[::1]");
    assertThat(RequestHead.of(request("/", "[::1]")).host()).isEqualTo("[::1]");
  }

  @Test
  void anEmptyTargetIsRefused() {
    assertThatExceptionOfType(BadRequest.class)
        .isThrownBy(() -> RequestHead.of(request("", "app.example")))
        .satisfies(refused -> assertThat(refused.fault()).isEqualTo(RequestFault.TARGET));
  }

  @Test
  void aFaultHasAStatusThatThisProxyAnswersWithAndALabelForMetrics() {
    assertThat(RequestFault.values())
        .allSatisfy(
            fault -> {
              assertThat(fault.status()).isIn(400, 414, 431);
              assertThat(fault.label()).matches("[a-z0-9_]+");
            });
  }
}
