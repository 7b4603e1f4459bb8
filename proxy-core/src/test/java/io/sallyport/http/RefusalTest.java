package io.sallyport.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.DateFormatter;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpServerCodec;
import io.sallyport.upstream.DialFailure;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

final class RefusalTest {

  /** The types of RFC 9209 §2.3 that are used here, with the status that each recommends. */
  private static final Map<String, Integer> RECOMMENDED =
      Map.ofEntries(
          Map.entry("http_request_denied", 403),
          Map.entry("dns_error", 502),
          Map.entry("connection_refused", 502),
          Map.entry("connection_terminated", 502),
          Map.entry("tls_protocol_error", 502),
          Map.entry("tls_certificate_error", 502),
          Map.entry("tls_alert_received", 502),
          Map.entry("destination_ip_unroutable", 502),
          Map.entry("http_protocol_error", 502),
          Map.entry("http_response_incomplete", 502),
          Map.entry("http_response_header_section_size", 502),
          Map.entry("http_response_content_coding", 502),
          Map.entry("http_upgrade_failed", 502),
          Map.entry("connection_limit_reached", 503),
          Map.entry("destination_unavailable", 503),
          Map.entry("connection_timeout", 504),
          Map.entry("http_response_timeout", 504));

  @Test
  void tellsThatANameWasNotFound() {
    assertThat(Refusal.of(DialFailure.NAME_NOT_FOUND)).isEqualTo(Refusal.NAME_NOT_RESOLVED);
    assertThat(Refusal.NAME_NOT_RESOLVED.response(false, false).headers().get("Proxy-Status"))
        .isEqualTo("sallyport; error=dns_error");
  }

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "WEBSOCKET_UNAVAILABLE")
  void isAProblemThatRepeatsTheStatusAndSaysNoMoreUnlessAnEnvelopeRulesItOut(Refusal refusal) {
    FullHttpResponse response = refusal.response(false, false);

    String body = response.content().toString(UTF_8);
    assertThat(body)
        .matches(
            "\\{\"type\":\"about:blank\",\"title\":\"%s\",\"status\":%d%s}\n"
                .formatted(
                    response.status().reasonPhrase(),
                    response.status().code(),
                    refusal.label().equals("envelope_refused")
                        ? ",\"detail\":\"[a-zA-Z0-9 ,.:/?=()-]+\""
                        : ""));
    assertThat(response.headers().get("Content-Type")).isEqualTo("application/problem+json");
    assertThat(response.headers().getInt("Content-Length")).isEqualTo(body.length());
    assertThat(response.headers().get("Cache-Control")).isEqualTo("no-store");
    assertThat(DateFormatter.parseHttpDate(response.headers().get("Date"))).isNotNull();
    assertThat(response.headers().contains("Connection")).isFalse();
    assertThat(response.release()).isTrue();
  }

  @Test
  void saysWhatTheServerDoesNotTakeWhereWhoAsksCanAskOtherwise() {
    FullHttpResponse response = Refusal.WEBSOCKET_UNAVAILABLE.response(false, false);

    assertThat(response.content().toString(UTF_8))
        .isEqualTo(
            "{\"type\":\"about:blank\",\"title\":\"Bad Gateway\",\"status\":502,"
                + "\"detail\":\"the server takes no WebSockets over HTTP/2\"}\n");
    assertThat(response.headers().getInt("Content-Length"))
        .isEqualTo(response.content().readableBytes());
    response.release();
  }

  @ParameterizedTest
  @EnumSource
  void hasAnErrorTypeThatGoesWithItsStatus(Refusal refusal) {
    FullHttpResponse response = refusal.response(false, true);

    String status = response.headers().get("Proxy-Status");
    assertThat(status).startsWith("sallyport; error=");
    String type = status.substring("sallyport; error=".length());
    if (type.equals("http_request_error")) {
      assertThat(refusal.status().code()).isBetween(400, 499).isNotEqualTo(403);
    } else if (type.equals("proxy_internal_response")) {
      assertThat(refusal.status().code()).isIn(501, 503); // whatever fits
    } else {
      assertThat(RECOMMENDED).containsEntry(type, refusal.status().code());
    }
    assertThat(response.headers().get("Connection")).isEqualTo("close");
    response.release();
  }

  @Test
  void coversEveryStatusThatIsAnsweredHere() {
    Map<Integer, Integer> reasons = new TreeMap<>();
    for (Refusal refusal : Refusal.values()) {
      reasons.merge(refusal.status().code(), 1, Integer::sum);
    }

    assertThat(reasons.keySet())
        .containsExactly(400, 403, 408, 413, 414, 421, 431, 501, 502, 503, 504);
    // One reason to deny, so that no answer can tell two apart.
    assertThat(reasons).containsEntry(403, 1);
  }

  @Test
  void isLabelledAsInLogsAndMetrics() {
    assertThat(Refusal.CONNECTION_TERMINATED.label()).isEqualTo("connection_terminated");
  }

  @Test
  void answersHeadWithTheLengthOfABodyAndNone() {
    FullHttpResponse response = Refusal.DENIED.response(true, false);

    assertThat(response.content().readableBytes()).isZero();
    assertThat(response.headers().getInt("Content-Length"))
        .isEqualTo(Refusal.DENIED.response(false, false).content().readableBytes());
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void goesThroughTheCodecAsOneWholeAnswer(boolean head) {
    EmbeddedChannel channel = new EmbeddedChannel(new HttpServerCodec());
    HttpMethod method = head ? HttpMethod.HEAD : HttpMethod.GET;
    channel.writeInbound(bytes(method + " / HTTP/1.1\r\nHost: app\r\n\r\n"));
    channel.releaseInbound();

    channel.writeOutbound(Refusal.APPLICATION_UNAVAILABLE.response(head, true));

    StringBuilder written = new StringBuilder();
    for (ByteBuf part; (part = channel.readOutbound()) != null; part.release()) {
      written.append(part.toString(UTF_8));
    }
    assertThat(written.toString())
        .startsWith("HTTP/1.1 503 Service Unavailable\r\n")
        .endsWith(head ? "\r\n\r\n" : "\"status\":503}\n");
    channel.finishAndReleaseAll();
  }

  @Test
  void cannotBeSpoiledForTheNextByWhoeverHasTheFirst() {
    FullHttpResponse first = Refusal.DENIED.response(false, false);
    first.headers().set("Proxy-Status", "other").set("Via", "1.1 x");
    first.content().setZero(0, first.content().readableBytes());
    first.release();

    FullHttpResponse second = Refusal.DENIED.response(false, false);
    assertThat(second.headers().get("Proxy-Status"))
        .isEqualTo("sallyport; error=http_request_denied");
    assertThat(second.headers().contains("Via")).isFalse();
    assertThat(second.content().toString(UTF_8)).contains("\"status\":403");
    second.release();
  }

  private static ByteBuf bytes(String text) {
    return Unpooled.copiedBuffer(text, UTF_8);
  }
}
