package io.sallyport;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sallyport.rig.Curl;
import io.sallyport.rig.H2cApplication;
import io.sallyport.rig.HttpApplication;
import io.sallyport.rig.HttpPeer;
import io.sallyport.rig.HttpPeer.Response;
import io.sallyport.rig.Pki;
import io.sallyport.rig.Program.Outcome;
import io.sallyport.rig.RunningProxy;
import io.sallyport.rig.SealedMessages;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What peers have sealed is opened for an application, and what it answers sealed for them. */
final class HttpEnvelopeInboundIT {

  private static final String REQUEST = "path=/a method=POST direction=request";
  private static final String RESPONSE = "path=/a method=POST direction=response";
  private static final int LARGE = 3_000_000;

  private final Pki pki;
  private final SealedMessages key;

  /** The bodies that the application has read to their end. */
  private final LinkedBlockingQueue<String> read = new LinkedBlockingQueue<>();

  HttpEnvelopeInboundIT(@TempDir Path folder) throws IOException {
    pki = new Pki(folder);
    key = SealedMessages.by("k", folder.resolve("k.key"));
  }

  /** Answers POST with what came, and GET with a page that has a strong validator. */
  private HttpApplication application() {
    return HttpApplication.answering(
        (request, out) -> {
          String body = new String(request.body().readAllBytes(), ISO_8859_1);
          read.add(body);
          String answer = request.method().equals("POST") ? body : "page";
          HttpApplication.write(
              out,
              "HTTP/1.1 201 Created\r\nETag: \"v1\"\r\nContent-Length: "
                  + answer.length()
                  + "\r\n\r\n"
                  + (request.method().equals("HEAD") ? "" : answer));
        });
  }

  private String keys() {
    return """
        key-rings.between.keys = [
          { id = k, file = "FOLDER/k.key", encoding = base64, use = sealed, state = primary }
        ]
        """;
  }

  private String inbound(String application, String more) {
    return keys()
        + """
        inbound.web {
          listen = "127.0.0.1:0", forward = "%s", protocol = http, allow = any-trusted
          envelope {
            key-ring = between, request = open, response = seal
            response-to = [ GET, POST ], aad = [ path, method, direction ]
          }
          %s
        }
        """
            .formatted(application, more);
  }

  private RunningProxy proxy(HttpApplication application) {
    return RunningProxy.with(pki, inbound(application.address(), ""));
  }

  private HttpPeer peer(RunningProxy proxy) throws IOException {
    return HttpPeer.over(pki.connect(pki.client(), proxy.port("web"), "TLSv1.3"));
  }

  private static void post(HttpPeer peer, byte[] body, String... fields) throws IOException {
    peer.send(
        "POST /a?q HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n%s\r\n"
            .formatted(body.length, String.join("", fields)));
    peer.send(body);
  }

  private static byte[] bytes(int count) {
    byte[] bytes = new byte[count];
    new Random(count).nextBytes(bytes);
    return bytes;
  }

  private byte[] opened(Response response, String aad) throws Exception {
    return key.open(response.text().getBytes(ISO_8859_1), aad);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 5, 16_384, 70_000, LARGE})
  void aSealedRequestReachesTheApplicationPlainAndItsAnswerThePeerSealed(int length)
      throws Exception {
    byte[] plain = bytes(length);
    try (HttpApplication application = application();
        RunningProxy proxy = proxy(application);
        HttpPeer peer = peer(proxy)) {
      post(peer, key.seal(plain, REQUEST));
      Response response = peer.read();

      assertThat(response.status()).isEqualTo(201);
      assertThat(opened(response, RESPONSE)).isEqualTo(plain);
      var request = application.next();
      assertThat(request.values("content-length")).containsExactly("" + length);
      assertThat(read.take()).isEqualTo(new String(plain, ISO_8859_1));
    }
  }

  @Test
  void headTellsTheLengthOfWhatGetWouldHaveAndAStrongValidatorBecomesAWeakOne() throws Exception {
    try (HttpApplication application = application();
        RunningProxy proxy = proxy(application);
        HttpPeer peer = peer(proxy)) {
      Response got = peer.get("/a");
      peer.send("HEAD /a HTTP/1.1\r\nHost: localhost\r\n\r\n");
      Response head = peer.readWithoutBody();

      assertThat(opened(got, RESPONSE.replace("POST", "GET"))).asString().isEqualTo("page");
      assertThat(head.values("content-length")).isEqualTo(got.values("content-length"));
      assertThat(got.values("etag")).containsExactly("W/\"v1\"");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"plain", "empty", "cut", "changed", "of another path"})
  void aShortRequestThatDoesNotOpenNeverReachesTheApplication(String how) throws Exception {
    byte[] sealed = key.seal(bytes(100), REQUEST);
    byte[] body =
        switch (how) {
          case "plain" -> "hello".getBytes(ISO_8859_1);
          case "empty" -> new byte[0];
          case "cut" -> Arrays.copyOf(sealed, sealed.length - 1);
          case "changed" -> {
            sealed[sealed.length - 1] ^= 1;
            yield sealed;
          }
          default -> key.seal(bytes(100), REQUEST.replace("/a", "/b"));
        };
    try (HttpApplication application = application();
        RunningProxy proxy = proxy(application);
        HttpPeer peer = peer(proxy)) {
      post(peer, body);

      Response refused = peer.read();

      assertThat(refused.status()).isEqualTo(400);
      assertThat(refused.text()).doesNotContain("envelope", "seal", "key");
      assertThat(application.accepted()).isZero();
      // Its end was known, so the connection is good for another request.
      post(peer, key.seal(bytes(1), REQUEST));
      assertThat(peer.read().status()).isEqualTo(201);
    }
  }

  @Test
  void aLongRequestThatDoesNotOpenIsNoWholeOneToTheApplication() throws Exception {
    byte[] sealed = key.seal(bytes(LARGE), REQUEST);
    sealed[sealed.length - 1] ^= 1;
    try (HttpApplication application = application();
        RunningProxy proxy = proxy(application);
        HttpPeer peer = peer(proxy)) {
      post(peer, sealed);

      assertThat(peer.read().status()).isEqualTo(400);
      assertThat(application.nextEnding()).isNotEmpty();
      assertThat(read).isEmpty();
    }
  }

  @Test
  void oneByteAtATimeOpensToo() throws Exception {
    byte[] sealed = key.seal(bytes(50), REQUEST);
    try (HttpApplication application = application();
        RunningProxy proxy = proxy(application);
        HttpPeer peer = peer(proxy)) {
      peer.send("POST /a HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n");
      for (byte each : sealed) {
        peer.send(new byte[] {'1', '\r', '\n', each, '\r', '\n'});
      }
      peer.send("0\r\n\r\n");

      assertThat(opened(peer.read(), RESPONSE)).isEqualTo(bytes(50));
      assertThat(application.next().values("transfer-encoding")).containsExactly("chunked");
    }
  }

  @Test
  void whoWaitsToSendIsToldToAndTheApplicationIsNotAskedBefore() throws Exception {
    byte[] sealed = key.seal(bytes(50), REQUEST);
    try (HttpApplication application = application();
        RunningProxy proxy = proxy(application);
        HttpPeer peer = peer(proxy)) {
      peer.send(
          "POST /a HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: %d\r\n\r\n"
              .formatted(sealed.length));
      assertThat(peer.readHead()).startsWith("HTTP/1.1 100 ");
      assertThat(application.accepted()).isZero();
      peer.send(sealed);

      assertThat(peer.read().status()).isEqualTo(201);
      assertThat(application.next().values("expect")).isEmpty();
    }
  }

  @Test
  void aPeerThatGoesWithinARequestLeavesTheApplicationNoWholeOne() throws Exception {
    byte[] sealed = key.seal(bytes(LARGE), REQUEST);
    try (HttpApplication application = application();
        RunningProxy proxy = proxy(application);
        HttpPeer peer = peer(proxy)) {
      peer.send(
          "POST /a HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + sealed.length + "\r\n\r\n");
      peer.send(Arrays.copyOf(sealed, LARGE / 2));
      application.next();
      peer.close();

      assertThat(application.nextEnding()).isNotEmpty();
      assertThat(read).isEmpty();
      proxy.awaitActive("web", 0);
    }
  }

  private Curl http2(Path got) {
    return Curl.of(pki).as("client").with("--http2", "--output", got.toString());
  }

  @Test
  void aStreamOfHttp2CarriesItToo() throws Exception {
    byte[] plain = bytes(LARGE);
    Path sealed = Files.write(pki.file("sealed"), key.seal(plain, REQUEST));
    Path got = pki.file("got");
    try (HttpApplication application = application();
        RunningProxy proxy = proxy(application)) {
      Outcome outcome =
          http2(got)
              .with("--data-binary", "@" + sealed)
              .get("https://127.0.0.1:" + proxy.port("web") + "/a");

      assertThat(outcome.exitCode()).as(outcome.output()).isZero();
      assertThat(outcome.output()).contains("HTTP/2 201");
      assertThat(key.open(Files.readAllBytes(got), RESPONSE)).isEqualTo(plain);
      assertThat(application.next().values("content-length")).containsExactly("" + LARGE);
    }
  }

  /** What the application has stored sealed, and somebody has harmed. */
  @Test
  void aStreamOfHttp2ThatDoesNotOpenIsReset() throws Exception {
    byte[] stored = key.seal(bytes(LARGE), "path=/a");
    stored[stored.length - 1] ^= 1;
    Path got = pki.file("got");
    try (HttpApplication application =
            HttpApplication.answering(
                (request, out) -> {
                  HttpApplication.write(
                      out, "HTTP/1.1 200 OK\r\nContent-Length: " + stored.length + "\r\n\r\n");
                  out.write(stored);
                });
        RunningProxy proxy =
            RunningProxy.with(
                pki,
                keys()
                    + """
                    inbound.web {
                      listen = "127.0.0.1:0", forward = "%s", protocol = http, allow = any-trusted
                      envelope { key-ring = between, response = open, aad = [ path ] }
                    }
                    """
                        .formatted(application.address()))) {
      Outcome outcome = http2(got).get("https://127.0.0.1:" + proxy.port("web") + "/a");

      assertThat(outcome.exitCode()).as(outcome.output()).isNotZero();
      assertThat(outcome.output()).contains("HTTP/2 200", "INTERNAL_ERROR");
      assertThat(Files.size(got)).isLessThan(LARGE);
    }
  }

  @Test
  void betweenTwoSidecarsNobodyNoticesAnything() throws Exception {
    try (HttpApplication application = application();
        RunningProxy in = proxy(application);
        RunningProxy out =
            RunningProxy.with(
                pki,
                keys()
                    + """
                    outbound.out {
                      listen = "127.0.0.1:0", connect = "127.0.0.1:%d", identity = client
                      protocol = http
                      envelope {
                        key-ring = between, request = seal, response = open
                        response-to = [ GET, POST ], aad = [ path, method, direction ]
                      }
                    }
                    """
                        .formatted(in.port("web")));
        HttpPeer caller = HttpPeer.over(out.connect("out"))) {
      post(caller, "hello".getBytes(ISO_8859_1));

      assertThat(caller.read().text()).isEqualTo("hello");
      assertThat(caller.get("/a").text()).isEqualTo("page");
      assertThat(read.poll(20, TimeUnit.SECONDS)).isEqualTo("hello");
    }
  }

  @Test
  void anApplicationThatSpeaksHttp2IsServedTheSame() throws Exception {
    byte[] bad = key.seal(bytes(LARGE), REQUEST);
    bad[LARGE / 2] ^= 1;
    try (H2cApplication application =
            H2cApplication.answering(
                request -> {
                  String body = new String(request.body().readAllBytes(), ISO_8859_1);
                  read.add(body);
                  request.head(false, ":status", "200");
                  request.data("" + body.length(), true);
                });
        RunningProxy proxy =
            RunningProxy.with(pki, inbound(application.address(), "app-protocol = h2c"));
        HttpPeer one = peer(proxy);
        HttpPeer other = peer(proxy)) {
      post(one, bad);
      post(other, key.seal(bytes(LARGE), REQUEST));

      assertThat(one.read().status()).isEqualTo(400);
      // Its length cannot be foretold here: the application has told none.
      assertThat(other.readHead()).containsIgnoringCase("transfer-encoding: chunked");
      assertThat(read.poll(20, TimeUnit.SECONDS)).isEqualTo(new String(bytes(LARGE), ISO_8859_1));
      assertThat(read).isEmpty();
      assertThat(application.next().values("content-length")).containsExactly("" + LARGE);
    }
  }

  @Test
  void anApplicationThatBreaksOffLeavesNoWholeMessage() throws Exception {
    try (HttpApplication application =
            HttpApplication.answering(
                (request, out) -> {
                  HttpApplication.write(out, "HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\npart");
                  throw new IOException("enough");
                });
        RunningProxy proxy = proxy(application);
        HttpPeer peer = peer(proxy)) {
      peer.send("GET /a HTTP/1.1\r\nHost: localhost\r\n\r\n");

      assertThat(peer.readHead()).startsWith("HTTP/1.1 200");
      assertThatThrownBy(peer::rest).isInstanceOf(IOException.class);
    }
  }
}
