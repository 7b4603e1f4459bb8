package io.sallyport;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sallyport.envelope.Sealed;
import io.sallyport.relay.CloseReason;
import io.sallyport.rig.Curl;
import io.sallyport.rig.HttpApplication;
import io.sallyport.rig.HttpPeer;
import io.sallyport.rig.HttpPeer.Response;
import io.sallyport.rig.ObjectStore;
import io.sallyport.rig.Pki;
import io.sallyport.rig.Program.Outcome;
import io.sallyport.rig.RecordedLog;
import io.sallyport.rig.RunningProxy;
import io.sallyport.rig.SealedMessages;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** An application that knows of nothing stores in an object store, through an outbound listener. */
final class HttpEnvelopeIT {

  private static final String PLACE = "host=127.0.0.1 path=/bucket/key";

  /** Beyond what is withheld until the end is known. */
  private static final int LARGE = 3_000_000;

  private final Pki pki;
  private final SealedMessages keyA;
  private final SealedMessages keyB;
  private final ObjectStore store;

  HttpEnvelopeIT(@TempDir Path folder) throws IOException {
    pki = new Pki(folder);
    keyA = SealedMessages.by("2026-a", folder.resolve("a.key"));
    keyB = SealedMessages.by("2026-b", folder.resolve("b.key"));
    store = ObjectStore.start(pki.context(pki.server()));
  }

  @AfterEach
  void stop() throws IOException {
    store.close();
  }

  private String config(String a, String b) {
    return """
        reload.interval = off
        key-rings.bucket.keys = [
          { id = 2026-a, file = "FOLDER/a.key", encoding = base64, use = sealed, state = %s }
          { id = 2026-b, file = "FOLDER/b.key", encoding = base64, use = sealed, state = %s }
        ]
        outbound.out {
          listen = "127.0.0.1:0", connect = "%s", identity = client, protocol = http
          envelope { key-ring = bucket, request = seal, response = open }
        }
        """
        .formatted(a, b, store.server().address());
  }

  private RunningProxy proxy() {
    return RunningProxy.with(pki, config("primary", "enabled"));
  }

  private static HttpPeer application(RunningProxy proxy) throws IOException {
    return HttpPeer.over(proxy.connect("out"));
  }

  private static byte[] bytes(int count) {
    byte[] bytes = new byte[count];
    new Random(count).nextBytes(bytes);
    return bytes;
  }

  private static Response put(HttpPeer application, String path, byte[] body, String... fields)
      throws IOException {
    application.send(
        "PUT %s HTTP/1.1\r\nHost: localhost:9000\r\nContent-Length: %d\r\n%s\r\n"
            .formatted(path, body.length, String.join("", fields)));
    application.send(body);
    return application.read();
  }

  private static double messages(RunningProxy proxy, String operation, String result) {
    return proxy.metric(
        "sallyport_envelope_messages_total{listener=\"out\",operation=\"%s\",result=\"%s\"}"
            .formatted(operation, result));
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 16_383, 16_384, 16_385, 32_768, LARGE})
  void whatIsPutLiesSealedAndIsPlainAgain(int length) throws Exception {
    byte[] plain = bytes(length);
    try (RunningProxy proxy = proxy();
        HttpPeer application = application(proxy)) {
      Response stored =
          put(
              application,
              "/bucket/key?x-id=PutObject",
              plain,
              "Content-Type: text/csv\r\nContent-MD5: x\r\nDigest: y\r\n",
              "x-amz-checksum-crc32: z\r\nContent-Digest: z\r\nRepr-Digest: z\r\n");

      assertThat(stored.status()).isEqualTo(200);
      assertThat(stored.values("etag")).containsExactly("\"1\"");
      byte[] sealed = store.at("/bucket/key");
      var request = store.server().next();
      assertThat(request.values("content-length")).containsExactly("" + sealed.length);
      assertThat(request.values("transfer-encoding")).isEmpty();
      assertThat(request.values("content-type")).containsExactly("text/csv");
      assertThat(request.head().toLowerCase(Locale.ROOT))
          .doesNotContain("digest", "md5", "checksum");
      assertThat(keyA.open(sealed, PLACE)).isEqualTo(plain);

      application.send("GET /bucket/key HTTP/1.1\r\nHost: other\r\nConnection: close\r\n\r\n");
      String head = application.readHead();

      assertThat(head)
          .startsWith("HTTP/1.1 200 OK")
          .containsIgnoringCase("\r\ncontent-length: " + length + "\r\n")
          .contains("ETag: \"1\"", "Content-Type: text/csv")
          .containsIgnoringCase("accept-ranges: none")
          .doesNotContain("MD5", "checksum");
      assertThat(application.rest()).isEqualTo(plain);
      assertThat(messages(proxy, "seal", "success")).isOne();
      assertThat(messages(proxy, "open", "success")).isOne();
    }
  }

  @Test
  void aBodyOfNoToldLengthGoesOnWithoutOne() throws Exception {
    try (RunningProxy proxy = proxy();
        HttpPeer application = application(proxy)) {
      application.send("PUT /bucket/key HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
      application.send("3\r\nabc\r\n2\r\nde\r\n0\r\nContent-MD5: x\r\n\r\n");
      assertThat(application.read().status()).isEqualTo(200);

      assertThat(store.server().next().values("transfer-encoding")).containsExactly("chunked");
      assertThat(keyA.open(store.at("/bucket/key"), PLACE)).asString().isEqualTo("abcde");
    }
  }

  @Test
  void headTellsTheLengthThatGetHas() throws Exception {
    store.put("/bucket/key", keyB.seal(bytes(70_000), PLACE));
    try (RunningProxy proxy = proxy();
        HttpPeer application = application(proxy)) {
      application.send("HEAD /bucket/key HTTP/1.1\r\nHost: a\r\n\r\n");

      Response head = application.readWithoutBody();

      assertThat(head.values("content-length")).containsExactly("70000");
      assertThat(head.values("accept-ranges")).containsExactly("none");
      assertThat(head.values("content-md5")).isEmpty();
    }
  }

  @Test
  void rangesAreNotAskedForAndConditionsAre() throws Exception {
    store.put("/bucket/key", keyA.seal(bytes(5), PLACE));
    try (RunningProxy proxy = proxy();
        HttpPeer application = application(proxy)) {
      Response whole =
          application.get(
              "/bucket/key",
              "Range: bytes=0-1\r\nIf-Range: \"1\"\r\nWant-Repr-Digest: sha-256=1\r\n",
              "Accept-Encoding: gzip\r\n");
      assertThat(whole.status()).isEqualTo(200);
      assertThat(whole.text()).isEqualTo(new String(bytes(5), ISO_8859_1));
      var request = store.server().next();
      assertThat(request.head().toLowerCase(Locale.ROOT))
          .doesNotContain("range", "want")
          .contains("accept-encoding: identity");

      application.send("GET /bucket/key HTTP/1.1\r\nHost: a\r\nIf-None-Match: \"1\"\r\n\r\n");
      Response same = application.readWithoutBody();
      assertThat(same.status()).isEqualTo(304);
      assertThat(same.values("content-length")).isEmpty();
    }
  }

  @Test
  void errorsOfTheStorePassAsTheyAre() throws Exception {
    try (RunningProxy proxy = proxy();
        HttpPeer application = application(proxy)) {
      Response missing = application.get("/bucket/none");

      assertThat(missing.status()).isEqualTo(404);
      assertThat(missing.text()).isEqualTo(ObjectStore.NOT_FOUND);
    }
  }

  @Test
  void aPartIsNotPutIntoWhatIsSealedAsAWhole() throws Exception {
    String range = "Content-Range: bytes 0-2/9\r\n";
    try (RunningProxy proxy = proxy()) {
      assertThat(statusOfPut(proxy, "/bucket/key", range)).isEqualTo(400);
      assertThat(statusOfPut(proxy, "/bucket/key?partNumber=1&uploadId=x")).isEqualTo(400);
      assertThat(statusOfPut(proxy, "/bucket/key?x-id=UploadPart&uploadId&partNumber=2"))
          .isEqualTo(400);
      assertThat(store.server().others()).isEmpty();
      assertThat(statusOfPut(proxy, "/bucket/key?xpartNumber=1&uploadIds")).isEqualTo(200);
    }
  }

  private static int statusOfPut(RunningProxy proxy, String target, String... fields)
      throws IOException {
    try (HttpPeer application = application(proxy)) {
      return put(application, target, bytes(3), fields).status();
    }
  }

  /** What a store says that has not kept what it was given, or says nothing of it. */
  @ParameterizedTest
  @CsvSource({
    "GET,    200 OK,                   x, 502",
    "GET,    203 Other,                x, 502",
    "GET,    201 Created,              x, 502",
    "GET,    204 No Content,          '', 502",
    "GET,    206 Partial Content,      x, 502",
    "GET,    302 Found,                x, 302",
    "GET,    500 Internal,             x, 500",
    "PUT,    200 OK,              stored, 200",
    "DELETE, 204 No Content,          '', 204",
    "POST,   206 Partial Content,      x, 206",
  })
  void onlyWhatIsSealedIsAnAnswerToGet(String method, String line, String body, int status)
      throws Exception {
    HttpApplication.Script script =
        (request, out) -> {
          request.body().readAllBytes();
          HttpApplication.write(
              out,
              "HTTP/1.1 %s\r\n%s\r\n%s"
                  .formatted(
                      line,
                      line.startsWith("204") ? "" : "Content-Length: " + body.length() + "\r\n",
                      body));
        };
    try (HttpApplication peer = HttpApplication.answeringTls(pki.context(pki.server()), script);
        RunningProxy proxy =
            RunningProxy.with(
                pki,
                config("primary", "enabled")
                    + "outbound.out.connect = \"%s\"\n".formatted(peer.address()));
        HttpPeer application = application(proxy)) {
      Response response = application.ask(method + " /bucket/key HTTP/1.1\r\nHost: a\r\n\r\n");

      assertThat(response.status()).isEqualTo(status);
      if (status != 502) {
        assertThat(response.text()).isEqualTo(body);
      }
    }
  }

  @Test
  void aDisabledKeyOpensNothing() throws Exception {
    store.put("/bucket/key", keyB.seal(bytes(9), PLACE));
    try (RunningProxy proxy = RunningProxy.with(pki, config("primary", "disabled"));
        RecordedLog log = RecordedLog.start();
        HttpPeer application = application(proxy)) {
      assertThat(application.get("/bucket/key").status()).isEqualTo(502);

      assertThat(messages(proxy, "open", "key_disabled")).isOne();
      assertThat(log.lines("envelope refused"))
          .singleElement()
          .satisfies(
              line -> {
                assertThat(line.field("cause")).isEqualTo("key_disabled");
                assertThat(line.field("operation")).isEqualTo("open");
                assertThat(line.field("target")).isEqualTo("/bucket/key");
              });
    }
  }

  @Test
  void theStoreIsAskedBeforeABodyIsSent() throws Exception {
    try (RunningProxy proxy = proxy();
        HttpPeer application = application(proxy)) {
      application.send(
          "PUT /bucket/key HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
      assertThat(application.readHead()).startsWith("HTTP/1.1 100 ");
      application.send("hi");

      assertThat(application.read().status()).isEqualTo(200);
      assertThat(keyA.open(store.at("/bucket/key"), PLACE)).asString().isEqualTo("hi");
    }
  }

  @Test
  void aRotatedKeySealsWhatComesAndOpensWhatWasThere() throws Exception {
    try (RunningProxy proxy = proxy();
        HttpPeer application = application(proxy)) {
      put(application, "/bucket/key", bytes(9));
      proxy.rewrite(config("open-only", "primary"));
      proxy.reload();

      assertThat(application.get("/bucket/key").text()).isEqualTo(new String(bytes(9), ISO_8859_1));
      put(application, "/bucket/key", bytes(8));
      assertThat(keyB.open(store.at("/bucket/key"), PLACE)).isEqualTo(bytes(8));
    }
  }

  /** What whoever has the store may do to an object. */
  enum Harm {
    PLAINTEXT,
    EMPTIED,
    CUT_IN_ITS_HEADER,
    CUT,
    CUT_BETWEEN_CHUNKS,
    /** A length results that a whole message could have, with the end in a chunk of nothing. */
    CUT_AND_ENDED_WITH_JUNK,
    LENGTHENED,
    CHANGED_AT_THE_END;

    byte[] done(byte[] sealed) {
      int length = sealed.length;
      return switch (this) {
        case PLAINTEXT -> "no envelope at all".getBytes(ISO_8859_1);
        case EMPTIED -> new byte[0];
        case CUT_IN_ITS_HEADER -> Arrays.copyOf(sealed, 30);
        case CUT -> Arrays.copyOf(sealed, length - 1);
        case CUT_BETWEEN_CHUNKS -> Arrays.copyOf(sealed, boundary(sealed));
        case CUT_AND_ENDED_WITH_JUNK -> Arrays.copyOf(sealed, boundary(sealed) + 16);
        case LENGTHENED -> Arrays.copyOf(sealed, length + 1);
        case CHANGED_AT_THE_END -> {
          sealed[length - 1] ^= 1;
          yield sealed;
        }
      };
    }

    /** Of the last whole chunk. */
    private static int boundary(byte[] sealed) {
      int start = 8 + "2026-a".length() + 2 + 24 + 32;
      int chunk = Sealed.SEALED_CHUNK_BYTES;
      return start + (sealed.length - start) / chunk * chunk;
    }
  }

  @ParameterizedTest
  @EnumSource
  void ofAShortObjectThatDoesNotOpenNothingIsSeen(Harm harm) throws Exception {
    store.put("/bucket/key", harm.done(keyA.seal(bytes(20_000), PLACE)));
    try (RunningProxy proxy = proxy();
        HttpPeer application = application(proxy)) {
      Response refused = application.get("/bucket/key");

      assertThat(refused.status()).isEqualTo(502);
      assertThat(refused.values("proxy-status"))
          .containsExactly("sallyport; error=http_response_content_coding");
      // The connection is good for the next one.
      assertThat(application.get("/bucket/none").status()).isEqualTo(404);
    }
  }

  @ParameterizedTest
  @EnumSource
  void nobodyTakesALongObjectThatDoesNotOpenForAWholeOne(Harm harm) throws Exception {
    store.put("/bucket/key", harm.done(keyA.seal(bytes(LARGE), PLACE)));
    Path got = pki.file("got");
    try (RunningProxy proxy = proxy()) {
      Outcome outcome =
          Curl.of(pki)
              .with("--fail", "--output", got.toString())
              .get("http://127.0.0.1:" + proxy.port("out") + "/bucket/key");

      assertThat(outcome.exitCode()).as(outcome.output()).isNotZero();
      if (Files.exists(got)) {
        byte[] seen = Files.readAllBytes(got);
        assertThat(seen).isEqualTo(Arrays.copyOf(bytes(LARGE), seen.length));
        assertThat(seen.length).isLessThan(LARGE);
      }
    }
  }

  /** The last byte that was told is there only when the end is good. */
  @Test
  void notEvenALengthThatFitsEndsWhatHasNoGoodEnd() throws Exception {
    store.put("/bucket/key", Harm.CUT_AND_ENDED_WITH_JUNK.done(keyA.seal(bytes(LARGE), PLACE)));
    try (RunningProxy proxy = proxy();
        HttpPeer application = application(proxy)) {
      application.send("GET /bucket/key HTTP/1.1\r\nHost: a\r\n\r\n");

      String head = application.readHead();

      assertThat(head).containsIgnoringCase("content-length: " + LARGE / 16_384 * 16_384);
      assertThatThrownBy(() -> application.read(LARGE / 16_384 * 16_384))
          .isInstanceOf(IOException.class);
      proxy.awaitClosed("out", CloseReason.ENVELOPE_REFUSED, 1);
      assertThat(messages(proxy, "open", "damaged")).isOne();
    }
  }

  @Test
  void anObjectOfAnotherPathDoesNotOpen() throws Exception {
    store.put("/bucket/key", keyA.seal(bytes(10), "host=127.0.0.1 path=/bucket/other"));
    try (RunningProxy proxy = proxy();
        HttpPeer application = application(proxy)) {
      assertThat(application.get("/bucket/key").status()).isEqualTo(502);
      assertThat(messages(proxy, "open", "wrong_key_or_aad")).isOne();
    }
  }
}
