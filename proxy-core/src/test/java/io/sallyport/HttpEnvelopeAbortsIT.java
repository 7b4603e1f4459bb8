package io.sallyport;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.handler.codec.http2.Http2Error;
import io.sallyport.envelope.EnvelopeFailed;
import io.sallyport.rig.FieldBlock;
import io.sallyport.rig.Http2Frame;
import io.sallyport.rig.Http2Peer;
import io.sallyport.rig.Http2Peer.Answer;
import io.sallyport.rig.HttpApplication;
import io.sallyport.rig.HttpPeer;
import io.sallyport.rig.HttpPeer.Response;
import io.sallyport.rig.Pki;
import io.sallyport.rig.RunningProxy;
import io.sallyport.rig.SealedMessages;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.Random;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.io.TempDir;

/** Bodies that are sealed or opened, and break off, lie, or have something behind them. */
@TestInstance(Lifecycle.PER_CLASS) // each case is a request, of the same proxy
final class HttpEnvelopeAbortsIT {

  private static final int LARGE = 300_000;

  private final Pki pki;
  private final SealedMessages key;
  private final HttpApplication application = HttpApplication.answering(this::answer);
  private final HttpApplication store;
  private final RunningProxy proxy;

  /** The bodies of requests that have come whole. */
  private final LinkedBlockingQueue<String> whole = new LinkedBlockingQueue<>();

  HttpEnvelopeAbortsIT(@TempDir Path folder) throws IOException {
    pki = new Pki(folder);
    key = SealedMessages.by("k", folder.resolve("k.key"));
    store = HttpApplication.answeringTls(pki.context(pki.server()), this::answerOfStore);
    proxy =
        RunningProxy.with(
            pki,
            """
            key-rings.r.keys = [
              { id = k, file = "FOLDER/k.key", encoding = base64, use = sealed, state = primary }
            ]
            inbound.web {
              listen = "127.0.0.1:0", forward = "%s", protocol = http, allow = any-trusted
              envelope { key-ring = r, request = open, response = seal, aad = [ path ] }
            }
            outbound.out {
              listen = "127.0.0.1:0", connect = "%s", identity = client, protocol = http
              envelope { key-ring = r, request = seal, response = open, aad = [ path ] }
            }
            """
                .formatted(application.address(), store.address()));
  }

  @AfterAll
  void stop() throws IOException {
    proxy.close();
    store.close();
    application.close();
  }

  @BeforeEach
  void forgetWhatWasAsked() {
    application.others();
    store.others();
    whole.clear();
  }

  private void answer(HttpApplication.Request request, OutputStream out) throws IOException {
    whole.add(new String(request.body().readAllBytes(), ISO_8859_1));
    HttpApplication.write(out, "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\npage");
  }

  private void answerOfStore(HttpApplication.Request request, OutputStream out) throws IOException {
    if (request.method().equals("PUT")) {
      if (request.target().equals("/forbidden")) {
        HttpApplication.write(out, "HTTP/1.1 403 No\r\nContent-Length: 2\r\n\r\nno");
        throw new IOException("enough");
      }
      whole.add(new String(request.body().readAllBytes(), ISO_8859_1));
      HttpApplication.write(out, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
      return;
    }
    switch (request.target()) {
      case "/plain" -> HttpApplication.write(out, "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx");
      case "/small", "/large" -> {
        byte[] object = sealed(request.target(), request.target().equals("/small") ? 9 : LARGE);
        HttpApplication.write(
            out, "HTTP/1.1 200 OK\r\nContent-Length: " + object.length + "\r\n\r\n");
        out.write(object, 0, object.length - 1);
        if (!request.values("x-whole").isEmpty()) {
          out.write(object, object.length - 1, 1);
        } else if (!request.values("x-cut").isEmpty()) {
          out.flush();
          throw new IOException("enough");
        } else {
          out.write(object[object.length - 1] ^ 1);
        }
      }
      default -> {
        String object = new String(sealed(request.target(), 5), ISO_8859_1);
        HttpApplication.write(
            out,
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n"
                    .formatted(object.length(), object)
                + "Content-MD5: x\r\nx-amz-checksum-crc32: y\r\nx-kept: z\r\n\r\n");
      }
    }
  }

  private static byte[] bytes(int count) {
    byte[] bytes = new byte[count];
    new Random(count).nextBytes(bytes);
    return bytes;
  }

  private byte[] sealed(String path, int length) throws IOException {
    try {
      return key.seal(bytes(length), "path=" + path);
    } catch (EnvelopeFailed e) {
      throw new IOException(e);
    }
  }

  private HttpPeer peer() throws IOException {
    return HttpPeer.over(pki.connect(pki.client(), proxy.port("web"), "TLSv1.3"));
  }

  private HttpPeer caller() throws IOException {
    return HttpPeer.over(proxy.connect("out"));
  }

  private static String post(String framing) {
    return "POST /a HTTP/1.1\r\nHost: localhost\r\n" + framing + "\r\n\r\n";
  }

  private static final String GET = "GET /b HTTP/1.1\r\nHost: localhost\r\n\r\n";

  @Test
  void whatFollowsWithinABodyThatDoesNotOpenIsNoRequest() throws Exception {
    try (HttpPeer peer = peer()) {
      peer.send(
          post("Transfer-Encoding: chunked")
              + "5\r\nplain\r\n%x\r\n%s\r\n".formatted(GET.length(), GET));

      Response refused = peer.read();
      assertThat(refused.status()).isEqualTo(400);
      assertThat(refused.values("connection")).containsExactly("close");
      assertThat(peer.rest()).isEmpty();
      assertThat(application.others()).isEmpty();
    }
  }

  @Test
  void whatWasSentAheadIsServedWhereTheEndOfTheBodyIsKnown() throws Exception {
    try (HttpPeer peer = peer()) {
      peer.send(post("Content-Length: 5") + "plain" + GET + post("Content-Length: 0") + GET);

      assertThat(peer.read().status()).isEqualTo(400);
      Response got = peer.read();
      assertThat(key.open(got.text().getBytes(ISO_8859_1), "path=/b")).asString().isEqualTo("page");
      assertThat(peer.read().status()).isEqualTo(400);
      assertThat(peer.read().status()).isEqualTo(200);
      assertThat(application.others()).hasSize(2);
    }
  }

  private static String fields(String... more) {
    return FieldBlock.of(
            ":method", "POST", ":scheme", "https", ":authority", "localhost", ":path", "/a")
        + FieldBlock.of(more);
  }

  @Test
  void aStreamOfSingleBytesIsOpenedAndOneThatDoesNotOpenLeavesTheOthers() throws Exception {
    String good = new String(sealed("/a", 50), ISO_8859_1);
    String bad = good.substring(0, good.length() - 1) + (char) (good.charAt(good.length() - 1) ^ 1);
    try (Http2Peer peer = Http2Peer.open(pki, pki.client(), proxy.port("web"))) {
      int first = peer.nextStream();
      int second = peer.nextStream();
      peer.send(Http2Frame.head(first, fields()), Http2Frame.head(second, fields()));
      for (int i = 0; i < good.length(); i++) {
        boolean last = i == good.length() - 1;
        String one = bad.substring(i, i + 1);
        String other = good.substring(i, i + 1);
        peer.send(
            last ? Http2Frame.lastData(first, one) : Http2Frame.data(first, one),
            last ? Http2Frame.lastData(second, other) : Http2Frame.data(second, other));
      }

      assertThat(peer.answer(first).status()).isEqualTo(400);
      assertThat(peer.answer(second).status()).isEqualTo(200);
      assertThat(whole).containsExactly(new String(bytes(50), ISO_8859_1));
    }
  }

  @Test
  void aStreamThatIsResetOrLongerThanItToldIsNoWholeRequest() throws Exception {
    String good = new String(sealed("/a", LARGE), ISO_8859_1);
    try (Http2Peer peer = Http2Peer.open(pki, pki.client(), proxy.port("web"))) {
      int reset = peer.nextStream();
      peer.send(Http2Frame.head(reset, fields()));
      for (int i = 0; i < 3; i++) {
        peer.send(Http2Frame.data(reset, good.substring(i * 16_000, (i + 1) * 16_000)));
      }
      application.next();
      peer.send(Http2Frame.reset(reset, Http2Error.CANCEL));
      assertThat(application.nextEnding()).isNotEmpty();

      int lying = peer.nextStream();
      peer.send(Http2Frame.head(lying, fields("content-length", "40000")));
      for (int i = 0; i < 3; i++) {
        peer.send(Http2Frame.data(lying, good.substring(i * 16_000, (i + 1) * 16_000)));
      }
      Answer answer = peer.answer(lying);
      assertThat(answer.reset()).isEqualTo(Http2Error.PROTOCOL_ERROR);
      assertThat(whole).isEmpty();
    }
  }

  @Test
  void aCallerThatGoesWithinAPutLeavesTheStoreNoWholeObject() throws Exception {
    try (HttpPeer caller = caller()) {
      caller.send("PUT /o HTTP/1.1\r\nHost: a\r\nContent-Length: " + LARGE + "\r\n\r\n");
      caller.send(bytes(LARGE / 2));
      store.next();
      caller.close();

      assertThat(store.nextEnding()).isNotEmpty();
      assertThat(whole).isEmpty();
    }
  }

  @Test
  void anAnswerThatDoesNotOpenEndsTheConnectionWhereItHasBegunAndElseServesTheNext()
      throws Exception {
    String get = "GET %s HTTP/1.1\r\nHost: a\r\n%s\r\n";
    try (HttpPeer caller = caller()) {
      caller.send(
          get.formatted("/plain", "")
              + get.formatted("/small", "")
              + get.formatted("/small", "x-whole: 1\r\n")
              + get.formatted("/large", "")
              + get.formatted("/small", "x-whole: 1\r\n"));

      assertThat(caller.read().status()).isEqualTo(502);
      assertThat(caller.read().status()).isEqualTo(502);
      assertThat(caller.read().text()).isEqualTo(new String(bytes(9), ISO_8859_1));
      assertThatThrownBy(caller::rest).isInstanceOf(IOException.class);
    }
  }

  @Test
  void aStoreThatToldMoreThanItSendsIsNoWholeAnswer() throws Exception {
    try (HttpPeer caller = caller()) {
      assertThat(caller.get("/small", "x-cut: 1\r\n").status()).isEqualTo(502);
      caller.send("GET /large HTTP/1.1\r\nHost: a\r\nx-cut: 1\r\n\r\n");

      assertThatThrownBy(caller::rest).isInstanceOf(IOException.class);
    }
  }

  @Test
  void whatTellsOfSealedBytesBehindABodyIsLeftOut() throws Exception {
    try (HttpPeer caller = caller()) {
      caller.send("GET /t HTTP/1.1\r\nHost: a\r\nTE: trailers\r\nConnection: TE, close\r\n\r\n");

      assertThat(caller.readHead()).containsIgnoringCase("transfer-encoding: chunked");
      assertThat(new String(caller.rest(), ISO_8859_1))
          .startsWith("5\r\n" + new String(bytes(5), ISO_8859_1) + "\r\n0\r\n")
          .containsIgnoringCase("x-kept: z")
          .doesNotContainIgnoringCase("md5", "checksum");
    }
  }

  @Test
  void whoWaitsToSendWhatIsRefusedIsNotToldTo() throws Exception {
    String waits = "Expect: 100-continue\r\nContent-Length: 9\r\n";
    try (HttpPeer caller = caller()) {
      Response refused =
          caller.ask(
              "PUT /o HTTP/1.1\r\nHost: a\r\nContent-Range: bytes 0-8/99\r\n" + waits + "\r\n");

      assertThat(refused.status()).isEqualTo(400);
      assertThat(caller.rest()).isEmpty();
      assertThat(store.others()).isEmpty();
    }
    try (HttpPeer caller = caller()) {
      Response forbidden = caller.ask("PUT /forbidden HTTP/1.1\r\nHost: a\r\n" + waits + "\r\n");

      assertThat(forbidden.status()).isEqualTo(403);
      assertThat(forbidden.text()).isEqualTo("no");
      assertThat(whole).isEmpty();
    }
  }
}
