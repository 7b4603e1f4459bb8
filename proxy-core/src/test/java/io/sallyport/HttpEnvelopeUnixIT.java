package io.sallyport;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sallyport.envelope.EnvelopeFailed;
import io.sallyport.rig.HttpApplication;
import io.sallyport.rig.HttpPeer;
import io.sallyport.rig.Pki;
import io.sallyport.rig.RecordedLog;
import io.sallyport.rig.RunningProxy;
import io.sallyport.rig.SealedMessages;
import io.sallyport.rig.Stream;
import io.sallyport.rig.Transports;
import io.sallyport.rig.UnixApplication;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is opened over Unix sockets, whose close does not tell a break from an end. */
@TestInstance(Lifecycle.PER_CLASS) // each case is a request, of the same proxy
final class HttpEnvelopeUnixIT {

  /** Beyond what is withheld until the end is known. */
  private static final int LARGE = 300_000;

  private static final String KEYS =
      """
      key-rings.bucket.keys = [
        { id = k, file = "FOLDER/k.key", encoding = base64, use = sealed, state = primary }
      ]
      """;

  private final Pki pki;
  private final SealedMessages key;
  private final byte[] plain = new byte[LARGE];
  private final HttpApplication store;
  private final UnixApplication application;
  private final RunningProxy proxy;

  HttpEnvelopeUnixIT(@TempDir Path folder) throws IOException {
    pki = new Pki(folder);
    key = SealedMessages.by("k", folder.resolve("k.key"));
    new Random(LARGE).nextBytes(plain);
    store = HttpApplication.answeringTls(pki.context(pki.server()), this::answer);
    application = UnixApplication.serving(folder.resolve("app.sock"), this::answerAndClose);
    proxy =
        RunningProxy.with(
            pki,
            KEYS
                + outbound("out", "unix:FOLDER/store.sock")
                + outbound("tcp", "127.0.0.1:0")
                + """
                inbound.web {
                  listen = "127.0.0.1:0", forward = "%s", protocol = http, allow = any-trusted
                  envelope { key-ring = bucket, response = open, aad = [ path ] }
                }
                """
                    .formatted(application.address()));
  }

  private String outbound(String name, String listen) {
    return """
        outbound.%s {
          listen = "%s", connect = "%s", identity = client, protocol = http
          envelope { key-ring = bucket, request = seal, response = open, aad = [ path ] }
        }
        """
        .formatted(name, listen, store.address());
  }

  @AfterAll
  void stop() throws IOException {
    proxy.close();
    store.close();
    application.close();
  }

  /** What whoever has the store may do to an object, beyond its beginning. */
  enum Kept {
    WHOLE,
    CHANGED,
    CUT;

    byte[] of(byte[] sealed) {
      return switch (this) {
        case WHOLE -> sealed;
        case CHANGED -> {
          sealed[sealed.length - 1] ^= 1;
          yield sealed;
        }
        case CUT -> Arrays.copyOf(sealed, sealed.length / 2);
      };
    }
  }

  /** How a store or an application tells the length of an answer. */
  enum Told {
    LENGTH,
    CHUNKS,
    CLOSE;

    byte[] answer(byte[] body) {
      String head = this == CLOSE ? "HTTP/1.0 200 OK\r\n" : "HTTP/1.1 200 OK\r\n";
      String text = new String(body, ISO_8859_1);
      String answer =
          switch (this) {
            case LENGTH -> head + "Content-Length: " + body.length + "\r\n\r\n" + text;
            case CHUNKS ->
                head
                    + "Transfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n"
                        .formatted(body.length, text);
            case CLOSE -> head + "\r\n" + text;
          };
      return answer.getBytes(ISO_8859_1);
    }
  }

  /** By a target such as {@code /o?CHUNKS.CUT}. */
  private byte[] answerTo(String target) throws IOException {
    String[] asked = target.substring(target.indexOf('?') + 1).split("[.]", -1);
    try {
      byte[] sealed = key.seal(plain, "path=/o");
      return Told.valueOf(asked[0]).answer(Kept.valueOf(asked[1]).of(sealed));
    } catch (EnvelopeFailed e) {
      throw new IOException(e);
    }
  }

  private void answer(HttpApplication.Request request, OutputStream out) throws IOException {
    out.write(answerTo(request.target()));
    out.flush();
    if (request.target().contains("CLOSE")) {
      throw new IOException("which is the end of the answer");
    }
  }

  private void answerAndClose(Stream stream) throws IOException {
    String line = "";
    while (!line.endsWith(" HTTP/1.1\r\n")) {
      line += (char) stream.in().read();
    }
    stream.out().write(answerTo(line.split(" ", 3)[1]));
  }

  /** All that an application is sent that asks once and reads to the end of the connection. */
  private String asked(String socket, String target, String version) throws IOException {
    try (Stream caller = Stream.unix(pki.file(socket))) {
      caller.out().write(request(target, version).getBytes(ISO_8859_1));
      return new String(caller.in().readAllBytes(), ISO_8859_1);
    }
  }

  private static String request(String target, String version) {
    return "GET %s %s\r\nHost: localhost\r\nConnection: close\r\n\r\n".formatted(target, version);
  }

  private static String head(String answer) {
    return answer.substring(0, answer.indexOf("\r\n\r\n") + 4);
  }

  /** Nothing where not even the head has come before the connection broke. */
  private static byte[] body(String answer) {
    return answer.isEmpty()
        ? new byte[0]
        : answer.substring(head(answer).length()).getBytes(ISO_8859_1);
  }

  @ParameterizedTest
  @EnumSource
  void whereTheCloseAloneWouldTellTheEndNoAnswerIsBegun(Kept kept) throws Exception {
    String refusals = "sallyport_http_refusals_total{listener=\"out\",reason=\"envelope_refused\"}";
    double before = proxy.metric(refusals);
    try (RecordedLog log = RecordedLog.start()) {
      String answer = asked("store.sock", "/o?CHUNKS." + kept, "HTTP/1.0");

      assertThat(answer).startsWith("HTTP/1.1 502 ").endsWith("ask in HTTP/1.1\"}\n");
      assertThat(body(answer).length).isLessThan(500);
      assertThat(proxy.metric(refusals) - before).isOne();
      assertThat(log.lines("envelope refused"))
          .singleElement()
          .satisfies(line -> assertThat(line.field("cause")).isEqualTo("envelope_end_not_told"));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"nio", "io_uring"})
  void noTransportBeginsSuchAnAnswer(String transport) throws Exception {
    Transports.assumeAvailable(transport);
    try (RunningProxy other =
        RunningProxy.with(
            pki,
            "transport = " + transport + "\n" + KEYS + outbound("out", "unix:FOLDER/other.sock"))) {
      assertThat(asked("other.sock", "/o?CLOSE.CUT", "HTTP/1.0")).startsWith("HTTP/1.1 502 ");
      other.awaitActive("out", 0);
    }
  }

  @ParameterizedTest
  @CsvSource({"HTTP/1.0, LENGTH", "HTTP/1.1, LENGTH", "HTTP/1.1, CHUNKS", "HTTP/1.1, CLOSE"})
  void whereTheMessageTellsItsEndABreakShows(String version, Told told) throws Exception {
    for (Kept kept : Kept.values()) {
      String answer = asked("store.sock", "/o?" + told + "." + kept, version);

      boolean whole =
          told == Told.LENGTH
              ? Arrays.equals(body(answer), plain)
              : answer.endsWith("\r\n0\r\n\r\n");
      assertThat(whole).as(kept + " of " + answer.length()).isEqualTo(kept == Kept.WHOLE);
      if (told == Told.LENGTH && kept == Kept.CHANGED && !answer.isEmpty()) {
        assertThat(head(answer)).containsIgnoringCase("content-length: " + LARGE);
        assertThat(body(answer).length).isLessThan(LARGE);
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void overTcpAResetTellsItAndTheAnswerIsGiven(Kept kept) throws Exception {
    try (HttpPeer caller = HttpPeer.over(proxy.connect("tcp"))) {
      caller.send(request("/o?CHUNKS." + kept, "HTTP/1.0"));

      if (kept == Kept.WHOLE) {
        assertThat(caller.readHead()).startsWith("HTTP/1.1 200 ");
        assertThat(caller.rest()).isEqualTo(plain);
      } else {
        assertThatThrownBy(caller::rest).isInstanceOf(IOException.class);
      }
    }
  }

  /** The application keeps what is sealed, and its own end is no proof of anything. */
  @ParameterizedTest
  @CsvSource({"HTTP/1.0, CHANGED", "HTTP/1.0, CUT", "HTTP/1.1, CHANGED", "HTTP/1.1, CUT"})
  void anApplicationThatEndsByTheCloseOfItsUnixSocketIsNoWholeAnswer(String version, Kept kept)
      throws Exception {
    try (HttpPeer peer = HttpPeer.over(pki.connect(pki.client(), proxy.port("web"), "TLSv1.3"))) {
      peer.send(request("/o?CLOSE." + kept, version));

      assertThatThrownBy(peer::rest).isInstanceOf(IOException.class);
    }
  }
}
