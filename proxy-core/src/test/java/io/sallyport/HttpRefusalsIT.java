package io.sallyport;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.handler.codec.http.HttpResponseStatus;
import io.sallyport.rig.FieldBlock;
import io.sallyport.rig.H2cApplication;
import io.sallyport.rig.Http2Frame;
import io.sallyport.rig.Http2Peer;
import io.sallyport.rig.HttpApplication;
import io.sallyport.rig.HttpPeer;
import io.sallyport.rig.Pki;
import io.sallyport.rig.RunningProxy;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CountDownLatch;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Every status that is answered here, as a peer of either version of HTTP sees it. */
final class HttpRefusalsIT {

  private static final int MAX_CONCURRENT_STREAMS = 3;

  private static final CountDownLatch OVER = new CountDownLatch(1);

  private static Pki pki;
  private static HttpApplication application;
  private static H2cApplication full;
  private static RunningProxy proxy;
  private static HttpPeer busy;

  /** One answer of either version, its fields as {@code name: value}. */
  private record Seen(int status, List<String> fields, String body) {

    static Seen of(HttpPeer.Response response) {
      return new Seen(
          response.status(),
          response.head().lines().skip(1).filter(line -> !line.isEmpty()).toList(),
          response.text());
    }

    static Seen of(Http2Peer.Answer answer) {
      assertThat(answer.heads()).hasSize(1);
      return new Seen(
          answer.status(),
          StreamSupport.stream(answer.heads().get(0).spliterator(), false)
              .map(field -> field.getKey() + ": " + field.getValue())
              .toList(),
          answer.body());
    }
  }

  @BeforeAll
  static void start(@TempDir Path folder) throws Exception {
    pki = new Pki(folder);
    application = HttpApplication.answering((request, out) -> OVER.await());
    full =
        H2cApplication.withSettings(
            request -> {
              if (request.path().equals("/open/first")) {
                H2cApplication.hello(request);
              }
            },
            MAX_CONCURRENT_STREAMS,
            1);
    proxy =
        RunningProxy.with(
            pki,
            "workers = 1\n"
                + listener("web", application.address(), "response-timeout = 300ms")
                + listener("gone", "127.0.0.1:1", "")
                + listener("full", full.address(), "app-connections = 1")
                + "inbound.full { app-protocol = h2c, connect-timeout = 100ms }\n");
    busy = peer("full");
    assertThat(busy.get("/open/first").status()).isEqualTo(200);
    busy.send("GET /open/stays HTTP/1.1\r\nHost: a\r\n\r\n");
    full.next();
    assertThat(full.next().path()).isEqualTo("/open/stays");
  }

  @AfterAll
  static void stop() throws IOException {
    OVER.countDown();
    busy.close();
    proxy.close();
    full.close();
    application.close();
  }

  private static String listener(String name, String forward, String more) {
    return """
        inbound.%s {
          listen = "127.0.0.1:0", forward = "%s", protocol = http
          allow = [ { uri = "spiffe://test/client", paths = "/open/**" } ]
          http {
            max-request-line = 256b, max-header-bytes = 1k, max-body = 5b, request-timeout = 300ms
            %s
          }
        }
        """
        .formatted(name, forward, more);
  }

  private static HttpPeer peer(String listener) throws IOException {
    return HttpPeer.over(pki.connect(pki.client(), proxy.port(listener), "TLSv1.3"));
  }

  private static String path(String what) {
    return switch (what) {
      case "ambiguous" -> "/open//secret";
      case "denied" -> "/secret";
      case "long" -> "/open/" + "x".repeat(2000);
      default -> "/open/door";
    };
  }

  /** How much a body has, of which but one byte comes; 0 where there is none. */
  private static int length(String what) {
    return switch (what) {
      case "slow" -> 5;
      case "large" -> 6;
      default -> 0;
    };
  }

  private static String field(String what) {
    return what.equals("fields") ? "x".repeat(2000) : "";
  }

  private static Seen askInHttp1(String listener, String what) throws IOException {
    try (HttpPeer peer = peer(listener)) {
      int length = length(what);
      return Seen.of(
          peer.ask(
              "PUT %s HTTP/1.1\r\nHost: localhost\r\nX-A: %s\r\nContent-Length: %d\r\n\r\n%s"
                  .formatted(path(what), field(what), length, length == 0 ? "" : "x")));
    }
  }

  private static Seen askInHttp2(String listener, String what) throws IOException {
    try (Http2Peer peer = Http2Peer.open(pki, pki.client(), proxy.port(listener))) {
      int stream = peer.nextStream();
      int length = length(what);
      String fields =
          FieldBlock.request(
              "PUT", path(what), "x-a", field(what), "content-length", String.valueOf(length));
      if (length == 0) {
        peer.send(Http2Frame.request(stream, fields));
      } else {
        peer.send(Http2Frame.head(stream, fields), Http2Frame.data(stream, "x"));
      }
      return Seen.of(peer.answer(stream));
    }
  }

  @ParameterizedTest
  @CsvSource({
    "web,  ambiguous, 400, http_request_error,      ambiguous_path",
    "web,  denied,    403, http_request_denied,     denied",
    "web,  slow,      408, http_request_error,      body_timeout",
    "web,  large,     413, http_request_error,      body_too_large",
    "web,  long,      414, http_request_error,      target_too_long",
    "web,  fields,    431, http_request_error,      fields_too_large",
    "gone, any,       502, connection_refused,      connection_refused",
    "full, any,       503, destination_unavailable, application_unavailable",
    "web,  mute,      504, http_response_timeout,   response_timeout",
  })
  void isAProblemWithAProxyStatusAndNothingOfTheInside(
      String listener, String what, int status, String error, String reason) throws Exception {
    for (Seen seen : List.of(askInHttp1(listener, what), askInHttp2(listener, what))) {
      assertThat(seen.status()).isEqualTo(status);
      assertThat(seen.body())
          .isEqualTo(
              "{\"type\":\"about:blank\",\"title\":\"%s\",\"status\":%d}\n"
                  .formatted(HttpResponseStatus.valueOf(status).reasonPhrase(), status));
      assertThat(seen.fields())
          .map(field -> field.toLowerCase(Locale.ROOT))
          .contains(
              "content-type: application/problem+json",
              "content-length: " + seen.body().length(),
              "cache-control: no-store",
              "proxy-status: sallyport; error=" + error)
          .allMatch(
              field ->
                  field.matches(
                      "(:status|content-type|content-length|cache-control|proxy-status|date"
                          + "|connection): .*"));
    }
    proxy.awaitMetric(
        "sallyport_http_refusals_total{listener=\"%s\",reason=\"%s\"}".formatted(listener, reason),
        2);
  }
}
