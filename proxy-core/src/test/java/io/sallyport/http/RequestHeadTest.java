package io.sallyport.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import org.junit.jupiter.api.Test;

/** What is understood of requests that no decoder of ours has read. */
final class RequestHeadTest {

  private static RequestHead head(String uri, String host) throws BadRequest {
    HttpHeaders fields = new DefaultHttpHeaders().set(HttpHeaderNames.HOST, host);
    return RequestHead.of(HttpMethod.GET, uri, fields);
  }

  @Test
  void isTheMethodAndTheAuthorityAndTheTarget() throws BadRequest {
    assertThat(head("http://App.example:8080/a?b", "app.Example:8080"))
        .isEqualTo(new RequestHead(HttpMethod.GET, "app.example:8080", "/a?b"));
  }

  @Test
  void theHostIsTheAuthorityWithoutItsPort() throws BadRequest {
    assertThat(head("/", "app.example:8080").host()).isEqualTo("app.example");
    assertThat(head("/", "app.example").host()).isEqualTo("app.example");
    assertThat(head("/", "[::1]:8080").host()).isEqualTo("[::1]");
    assertThat(head("/", "[::1]").host()).isEqualTo("[::1]");
  }

  @Test
  void anEmptyTargetIsRefused() {
    assertThatExceptionOfType(BadRequest.class)
        .isThrownBy(() -> head("", "app.example"))
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
