package io.sallyport;

import static org.assertj.core.api.Assertions.assertThat;

import io.sallyport.rig.FieldBlock;
import io.sallyport.rig.Http2Frame;
import io.sallyport.rig.Http2Peer;
import io.sallyport.rig.Http2Peer.Answer;
import io.sallyport.rig.HttpApplication;
import io.sallyport.rig.HttpPeer;
import io.sallyport.rig.HttpPeer.Response;
import io.sallyport.rig.ObjectStore;
import io.sallyport.rig.Pki;
import io.sallyport.rig.RecordedLog;
import io.sallyport.rig.RunningProxy;
import io.sallyport.rig.SealedMessages;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What an envelope would break or could not hold is refused in words, and never passed on. */
@TestInstance(Lifecycle.PER_CLASS) // each case is a request, of the same proxy
final class HttpEnvelopeRefusedIT {

  private static final String HASH =
      "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

  private final Pki pki;
  private final SealedMessages key;
  private final ObjectStore store;
  private final HttpApplication application = HttpApplication.start();
  private final RunningProxy proxy;

  HttpEnvelopeRefusedIT(@TempDir Path folder) throws IOException {
    pki = new Pki(folder);
    key = SealedMessages.by("k", folder.resolve("k.key"));
    store = ObjectStore.start(pki.context(pki.server()));
    proxy =
        RunningProxy.with(
            pki,
            """
            key-rings.bucket.keys = [
              { id = k, file = "FOLDER/k.key", encoding = base64, use = sealed, state = primary }
            ]
            outbound.out {
              listen = "127.0.0.1:0", connect = "%s", identity = client, protocol = http
              http.access-log = json
              envelope { key-ring = bucket, request = seal, response = open }
            }
            inbound.web {
              listen = "127.0.0.1:0", forward = "%s", protocol = http, allow = any-trusted
              envelope { key-ring = bucket, response = seal }
            }
            """
                .formatted(store.server().address(), application.address()));
  }

  @AfterAll
  void stop() throws IOException {
    proxy.close();
    store.close();
    application.close();
  }

  @BeforeEach
  void forgetWhatWasAsked() {
    store.server().others();
    application.others();
  }

  private static String request(String method, String target, String fields, String body) {
    return "%s %s HTTP/1.1\r\nHost: localhost\r\n%sContent-Length: %d\r\n\r\n%s"
        .formatted(method, target, fields, body.length(), body);
  }

  private void assertRefused(String method, String target, String fields, String cause, String says)
      throws IOException {
    double before = refusals("out");
    try (RecordedLog log = RecordedLog.start();
        HttpPeer caller = HttpPeer.over(proxy.connect("out"))) {
      Response refused = caller.ask(request(method, target, fields, "abc"));

      assertThat(refused.status()).isEqualTo(400);
      assertThat(refused.values("content-type")).containsExactly("application/problem+json");
      assertThat(refused.text()).contains("\"detail\":").contains(says);
      assertThat(store.server().others()).isEmpty();
      assertThat(refusals("out") - before).isOne();
      assertThat(log.lines("envelope refused"))
          .singleElement()
          .satisfies(
              line -> {
                assertThat(line.field("cause")).isEqualTo("envelope_" + cause);
                assertThat(line.field("method")).isEqualTo(method);
                assertThat(line.field("target")).isEqualTo(target);
              });
      assertThat(log.lines("request"))
          .singleElement()
          .satisfies(line -> assertThat(line.field("reason")).isEqualTo("envelope_refused"));
    }
  }

  private double refusals(String listener) {
    return proxy.metric(
        "sallyport_http_refusals_total{listener=\"%s\",reason=\"envelope_refused\"}"
            .formatted(listener));
  }

  @ParameterizedTest
  @CsvSource({
    "x-amz-content-sha256: " + HASH,
    "X-Amz-Content-SHA256: STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
    "x-amz-content-sha256: STREAMING-UNSIGNED-PAYLOAD-TRAILER",
    "x-amz-content-sha256:",
    "x-goog-content-sha256: " + HASH,
  })
  void aSignatureThatCoversTheBodyIsRefused(String field) throws Exception {
    assertRefused("PUT", "/b/k", field + "\r\n", "signed_body", "UNSIGNED-PAYLOAD");
  }

  @ParameterizedTest
  @ValueSource(strings = {"X-Amz-Content-Sha256=" + HASH, "a=b&x-amz-content-sha256=" + HASH})
  void soIsOneInTheTarget(String query) throws Exception {
    assertRefused("PUT", "/b/k?" + query, "", "signed_body", "UNSIGNED-PAYLOAD");
  }

  @Test
  void oneOfTwoThatSayWhatIsSignedIsEnough() throws Exception {
    assertRefused(
        "PUT",
        "/b/k",
        "x-amz-content-sha256: UNSIGNED-PAYLOAD\r\nx-amz-content-sha256: " + HASH + "\r\n",
        "signed_body",
        "UNSIGNED-PAYLOAD");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Content-Encoding: aws-chunked",
        "Content-Encoding: gzip, AWS-Chunked",
        "Content-Encoding: gzip\r\nContent-Encoding: aws-chunked",
        "x-amz-decoded-content-length: 3",
        "x-amz-trailer: x-amz-checksum-crc32",
      })
  void aBodyInSignedPiecesIsRefused(String fields) throws Exception {
    assertRefused("PUT", "/b/k", fields + "\r\n", "aws_chunked", "aws-chunked");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "x-amz-copy-source: /b/other",
        "x-goog-copy-source: b/other",
        "x-ms-copy-source: https://a.test/b/other",
      })
  void aCopyWithinTheStoreIsRefused(String field) throws Exception {
    assertRefused("PUT", "/b/k", field + "\r\n", "copy", "copy");
  }

  @ParameterizedTest
  @CsvSource({
    "PUT,  /b/k?partNumber=1&uploadId=x",
    "PUT,  /b/k?part%4Eumber=1&upload%49d=x",
    "PUT,  /b/k?x-id=UploadPart&uploadId&partNumber=2",
    "POST, /b/k?uploadId=x",
    "POST, /b/k?uploads",
    "POST, /b/k?uploads=",
    "PUT,  /b/k?comp=block&blockid=AAAA",
    "PUT,  /b/k?COMP=Block",
    "PUT,  /b/k?comp=blocklist",
    "PUT,  /b/k?comp=appendblock",
    "PUT,  /b/k?comp=page",
    "PUT,  /b/k?upload_id=x",
  })
  void aPieceOfAnObjectIsRefused(String method, String target) throws Exception {
    assertRefused(method, target, "", "part", "parts");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"Content-Range: bytes 0-2/9", "x-amz-write-offset-bytes: 3", "Upload-Offset: 3"})
  void aPieceThatAFieldTellsOfIsRefused(String field) throws Exception {
    assertRefused("PUT", "/b/k", field + "\r\n", "part", "parts");
  }

  @ParameterizedTest
  @CsvSource({
    "/b/k?xpartNumber=1&uploadIds,      ''",
    "/b/k?comp=metadata,                ''",
    "/b/k?blocklist=comp&%zz=1,         ''",
    "/b/k,                              x-amz-content-sha256: UNSIGNED-PAYLOAD",
    "/b/k?X-Amz-Content-Sha256=UNSIGNED-PAYLOAD, Content-Encoding: gzip",
  })
  void whatOnlyLooksLikeItIsStored(String target, String field) throws Exception {
    try (HttpPeer caller = HttpPeer.over(proxy.connect("out"))) {
      String fields = field.isEmpty() ? "" : field + "\r\n";

      assertThat(caller.ask(request("PUT", target, fields, "abc")).status()).isEqualTo(200);
      assertThat(key.open(store.at("/b/k"), "host=127.0.0.1 path=/b/k"))
          .asString()
          .isEqualTo("abc");
    }
  }

  /** Whose body nothing is done to: SDKs send the hash of nothing, and ask for lists of parts. */
  @Test
  void aRequestWithoutABodyMaySignItAndSpeakOfUploads() throws Exception {
    try (HttpPeer caller = HttpPeer.over(proxy.connect("out"))) {
      caller.ask(request("PUT", "/b/k", "", "abc"));

      Response got =
          caller.ask(
              request("GET", "/b/k?uploadId=x", "x-amz-content-sha256: " + HASH + "\r\n", ""));

      assertThat(got.text()).isEqualTo("abc");
    }
  }

  @Test
  void nothingGoesOnThatTellsOfTheBytesBefore() throws Exception {
    String[] fields = {
      "Content-MD5",
      "Digest",
      "Content-Digest",
      "Repr-Digest",
      "x-amz-checksum-crc32",
      "x-amz-checksum-sha256",
      "x-amz-checksum-type",
      "x-amz-sdk-checksum-algorithm",
      "x-goog-hash",
      "x-ms-content-crc64",
      "x-ms-content-md5",
      "x-ms-blob-content-md5",
      "x-ms-structured-body",
      "x-ms-structured-content-length",
      "x-oss-hash-crc64ecma",
      "x-cos-hash-crc64ecma",
      "x-bz-content-sha1",
    };
    try (HttpPeer caller = HttpPeer.over(proxy.connect("out"))) {
      caller.ask(request("PUT", "/b/k", String.join(": 1\r\n", fields) + ": 1\r\n", "abc"));
      caller.send(
          "PUT /b/k HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n"
              + String.join(": 1\r\n", fields)
              + ": 1\r\nx-kept: 1\r\n\r\n");
      assertThat(caller.read().status()).isEqualTo(200);

      HttpApplication.Request first = store.server().next();
      HttpApplication.Request second = store.server().next();
      for (String field : fields) {
        assertThat(first.values(field)).as(field).isEmpty();
        assertThat(second.trailers()).doesNotContainIgnoringCase(field);
      }
      assertThat(second.trailers()).containsIgnoringCase("x-kept");
    }
  }

  /** Azure asks so in place of Range. */
  @Test
  void noPartIsAskedForByAnotherName() throws Exception {
    try (HttpPeer caller = HttpPeer.over(proxy.connect("out"))) {
      caller.ask(request("PUT", "/b/k", "", "abc"));
      store.server().next();

      assertThat(caller.get("/b/k", "x-ms-range: bytes=0-1\r\n").text()).isEqualTo("abc");
      assertThat(store.server().next().values("x-ms-range")).isEmpty();
      Response part = caller.get("/b/k?partNumber=1");
      assertThat(part.status()).isEqualTo(400);
      assertThat(part.text()).contains("parts");
      assertThat(store.server().others()).isEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"websocket", "spdy/3"})
  void anUpgradeIsRefusedAndNothingIsTunnelled(String protocol) throws Exception {
    double before = refusals("out");
    try (RecordedLog log = RecordedLog.start();
        HttpPeer caller = HttpPeer.over(proxy.connect("out"))) {
      String upgrade = "Connection: Upgrade\r\nUpgrade: " + protocol + "\r\n";
      Response refused = caller.get("/b/k", upgrade);

      assertThat(refused.status()).isEqualTo(501);
      assertThat(refused.text()).contains("another protocol");
      assertThat(store.server().others()).isEmpty();
      assertThat(refusals("out") - before).isOne();
      assertThat(log.lines("envelope refused"))
          .singleElement()
          .satisfies(line -> assertThat(line.field("cause")).isEqualTo("envelope_upgrade"));
      // It spoke HTTP before, and does so still.
      assertThat(caller.get("/b/none").status()).isEqualTo(404);
    }
  }

  /** Which every server may pass over, and Java's client offers each time. */
  @Test
  void anOfferOfHttp2IsNoneOfAnotherProtocol() throws Exception {
    try (HttpPeer caller = HttpPeer.over(proxy.connect("out"))) {
      String offer =
          "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AA\r\n";

      assertThat(caller.get("/b/none", offer).status()).isEqualTo(404);
      assertThat(store.server().next().values("upgrade")).isEmpty();
    }
  }

  @Test
  void aStreamIsNoTunnelEither() throws Exception {
    double before = refusals("web");
    try (Http2Peer peer = Http2Peer.open(pki, pki.client(), proxy.port("web"))) {
      int stream = peer.nextStream();
      peer.send(
          Http2Frame.head(
              stream,
              FieldBlock.of(
                  ":method",
                  "CONNECT",
                  ":protocol",
                  "websocket",
                  ":scheme",
                  "https",
                  ":authority",
                  "localhost",
                  ":path",
                  "/chat",
                  "sec-websocket-version",
                  "13")));

      Answer refused = peer.answer(stream);
      assertThat(refused.status()).isEqualTo(501);
      assertThat(refused.body()).contains("another protocol");
      assertThat(application.others()).isEmpty();
      assertThat(refusals("web") - before).isOne();
      // Other streams are served, and sealed.
      Answer other = peer.get("/a");
      assertThat(other.status()).isEqualTo(200);
      assertThat(other.body()).doesNotContain("hello");
    }
  }
}
