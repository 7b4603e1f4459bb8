package io.sallyport;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import io.sallyport.envelope.EnvelopeFailed;
import io.sallyport.rig.Http2Peer;
import io.sallyport.rig.HttpApplication;
import io.sallyport.rig.HttpPeer;
import io.sallyport.rig.HttpPeer.Response;
import io.sallyport.rig.Pki;
import io.sallyport.rig.RunningProxy;
import io.sallyport.rig.SealedMessages;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** An application that answers whatever it is asked: nothing that it says leaves in plaintext. */
@TestInstance(Lifecycle.PER_CLASS) // each case is a request, of the same proxies
final class HttpEnvelopeSealIT {

  private static final String SECRET = "the secret of the application";

  private static final String KEYS =
      """
      key-rings.between.keys = [
        { id = k, file = "FOLDER/k.key", encoding = base64, use = sealed, state = primary }
      ]
      """;

  private final Pki pki;
  private final SealedMessages key;
  private final HttpApplication application = HttpApplication.answering(this::answer);
  private final HttpApplication between;
  private final RunningProxy sealing;
  private final RunningProxy opening;

  HttpEnvelopeSealIT(@TempDir Path folder) throws IOException {
    pki = new Pki(folder);
    key = SealedMessages.by("k", folder.resolve("k.key"));
    between = HttpApplication.answeringTls(pki.context(pki.server()), this::answerBetween);
    sealing =
        RunningProxy.with(
            pki,
            KEYS
                + """
                inbound.web {
                  listen = "127.0.0.1:0", forward = "%1$s", protocol = http, allow = any-trusted
                  envelope { key-ring = between, response = seal, aad = [ path, method, direction ] }
                }
                inbound.narrow {
                  listen = "127.0.0.1:0", forward = "%1$s", protocol = http, allow = any-trusted
                  envelope { key-ring = between, response = seal, response-to = [ GET ] }
                }
                """
                    .formatted(application.address()));
    opening =
        RunningProxy.with(
            pki,
            KEYS
                + opening("out", "127.0.0.1:" + sealing.port("web"))
                + opening("past", between.address()));
  }

  private static String opening(String name, String peer) {
    return """
        outbound.%s {
          listen = "127.0.0.1:0", connect = "%s", identity = client, protocol = http
          envelope { key-ring = between, response = open, aad = [ path, method, direction ] }
        }
        """
        .formatted(name, peer);
  }

  @AfterAll
  void stop() throws IOException {
    opening.close();
    sealing.close();
    between.close();
    application.close();
  }

  /** With the status line that the request asks for. */
  private void answer(HttpApplication.Request request, OutputStream out) throws IOException {
    request.body().readAllBytes();
    String line = String.join("", request.values("x-answer"));
    boolean endsByClose = !request.values("x-end").isEmpty();
    HttpApplication.write(
        out,
        "HTTP/1.1 "
            + (line.isEmpty() ? "200 OK" : line)
            + (endsByClose ? "" : "\r\nContent-Length: " + SECRET.length())
            + "\r\n\r\n"
            + SECRET);
    if (endsByClose) {
      throw new IOException("which is the end of the answer");
    }
  }

  private HttpPeer peer(String listener) throws IOException {
    return HttpPeer.over(pki.connect(pki.client(), sealing.port(listener), "TLSv1.3"));
  }

  private static String request(String method, String fields) {
    return method + " /a HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n" + fields + "\r\n";
  }

  private byte[] opened(Response response, String method, String direction) throws Exception {
    return key.open(
        response.text().getBytes(ISO_8859_1),
        "path=/a method=" + method + " direction=" + direction);
  }

  @ParameterizedTest
  @ValueSource(strings = {"GET", "POST", "DELETE", "OPTIONS", "PROPFIND", "M-SEARCH"})
  void whateverTheMethodTheAnswerIsSealed(String method) throws Exception {
    try (HttpPeer peer = peer("web")) {
      Response response = peer.ask(request(method, ""));

      assertThat(response.status()).isEqualTo(200);
      assertThat(opened(response, method, "response")).asString().isEqualTo(SECRET);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "203 Other,            response",
    "226 IM Used,          response",
    "300 Multiple Choices, error",
    "302 Found,            error",
    "404 Not Found,        error",
    "416 Beyond,           error",
    "422 Unprocessable,    error",
    "500 Internal,         error",
    "599 Unheard Of,       error",
  })
  void whateverTheStatusABodyIsSealed(String line, String direction) throws Exception {
    try (HttpPeer peer = peer("web")) {
      Response response = peer.ask(request("GET", "x-answer: " + line + "\r\n"));

      assertThat(response.status()).isEqualTo(Integer.parseInt(line.substring(0, 3)));
      assertThat(opened(response, "GET", direction)).asString().isEqualTo(SECRET);
    }
  }

  @ParameterizedTest
  @CsvSource({"200 OK, response", "404 Not Found, error"})
  void aBodyThatEndsWithItsConnectionIsSealed(String line, String direction) throws Exception {
    try (HttpPeer peer = peer("web")) {
      Response response = peer.ask(request("GET", "x-end: close\r\nx-answer: " + line + "\r\n"));

      assertThat(opened(response, "GET", direction)).asString().isEqualTo(SECRET);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "204 No Content,      204",
    "205 Reset Content,   205",
    "304 Not Modified,    304",
    "206 Partial Content, 502",
  })
  void whatHasNoBodyIsNotGivenOneAndAPartIsNone(String line, int status) throws Exception {
    try (HttpPeer peer = peer("web")) {
      peer.send(request("GET", "Connection: close\r\nx-answer: " + line + "\r\n"));

      assertThat(peer.readHead()).startsWith("HTTP/1.1 " + status);
      assertThat(new String(peer.rest(), ISO_8859_1)).doesNotContain(SECRET);
    }
  }

  /** Where HTTP/2 would carry what HTTP/1.1 leaves out. */
  @Test
  void aStreamCarriesNoneInPlaintextEither() throws Exception {
    try (Http2Peer peer = Http2Peer.open(pki, pki.client(), sealing.port("web"))) {
      for (String line : new String[] {"200 OK", "205 Reset Content", "404 Not Found"}) {
        Http2Peer.Answer answer = peer.get("/a", "x-answer", line);

        assertThat(answer.status()).isEqualTo(Integer.parseInt(line.substring(0, 3)));
        assertThat(answer.body()).isNotEmpty().doesNotContain(SECRET);
      }
    }
  }

  /** Of an application that reads methods in any case. */
  @ParameterizedTest
  @ValueSource(strings = {"get", "Get", "gET", "head", "GET.", "G_E_T"})
  void aMethodThatIsNotInCapitalsIsRefused(String method) throws Exception {
    assertMethodRefused(request(method, ""));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "X-HTTP-Method-Override: GET",
        "X-HTTP-Method: get",
        "X-Method-Override: GET",
        "X_HTTP_METHOD_OVERRIDE: GET",
      })
  void aFieldThatNamesAnotherMethodIsRefused(String field) throws Exception {
    assertMethodRefused(request("POST", field + "\r\n"));
  }

  private void assertMethodRefused(String request) throws IOException {
    String refusals =
        "sallyport_http_refusals_total{listener=\"narrow\",reason=\"envelope_refused\"}";
    double before = sealing.metric(refusals);
    application.others();
    try (HttpPeer peer = peer("narrow")) {
      Response refused = peer.ask(request);

      assertThat(refused.status()).isEqualTo(400);
      assertThat(refused.text()).contains("method").doesNotContain(SECRET);
      assertThat(application.others()).isEmpty();
      assertThat(sealing.metric(refusals) - before).isOne();
    }
  }

  /** With the methods that both have when nothing is said of them. */
  @ParameterizedTest
  @ValueSource(strings = {"200 OK", "404 Not Found", "503 Unavailable"})
  void betweenTwoSidecarsEveryAnswerIsPlainAgain(String line) throws Exception {
    try (HttpPeer caller = HttpPeer.over(opening.connect("out"))) {
      for (String method : new String[] {"GET", "POST"}) {
        Response response = caller.ask(request(method, "x-answer: " + line + "\r\n"));

        assertThat(response.status()).isEqualTo(Integer.parseInt(line.substring(0, 3)));
        assertThat(response.text()).isEqualTo(SECRET);
      }
    }
  }

  /** Says what it is asked to, a byte at a time. */
  private void answerBetween(HttpApplication.Request request, OutputStream out) throws IOException {
    HttpApplication.write(
        out,
        "HTTP/1.1 %s X\r\nTransfer-Encoding: chunked\r\n\r\n"
            .formatted(request.values("x-status").get(0)));
    for (byte each : said(request.values("x-body").get(0))) {
      out.write(new byte[] {'1', '\r', '\n', each, '\r', '\n'});
      out.flush();
    }
    HttpApplication.write(out, "0\r\n\r\n");
  }

  private byte[] said(String what) throws IOException {
    byte[] error = sealed("error");
    return switch (what) {
      case "plain" -> "bad gateway".getBytes(ISO_8859_1);
      case "empty" -> new byte[0];
      case "short" -> Arrays.copyOf(error, 3);
      case "success" -> sealed("response");
      case "changed" -> {
        error[error.length - 1] ^= 1;
        yield error;
      }
      case "cut" -> Arrays.copyOf(error, 9);
      default -> error;
    };
  }

  private byte[] sealed(String direction) throws IOException {
    try {
      return key.seal(SECRET.getBytes(ISO_8859_1), "path=/a method=GET direction=" + direction);
    } catch (EnvelopeFailed e) {
      throw new IOException(e);
    }
  }

  /** Somebody in between may say what he likes, and make nothing of what is not his. */
  @ParameterizedTest
  @CsvSource({
    "502, plain,   502",
    "502, empty,   502",
    "502, short,   502",
    "404, error,   404",
    "404, changed, 502",
    "404, cut,     502",
    "200, error,   502",
    "404, success, 502",
  })
  void anErrorIsOpenedWhereItIsSealed(int told, String what, int status) throws Exception {
    try (HttpPeer caller = HttpPeer.over(opening.connect("past"))) {
      Response response =
          caller.get("/a", "x-status: " + told + "\r\n", "x-body: " + what + "\r\n");

      assertThat(response.status()).isEqualTo(status);
      if (told != status) {
        assertThat(response.text()).doesNotContain(SECRET);
      } else if (what.equals("error")) {
        assertThat(response.text()).isEqualTo(SECRET);
      } else {
        assertThat(response.text()).isEqualTo(new String(said(what), ISO_8859_1));
      }
    }
  }
}
