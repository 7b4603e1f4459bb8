package io.sallyport.http;

import static io.sallyport.http.Http2ClientRig.all;
import static io.sallyport.http.Http2ClientRig.data;
import static io.sallyport.http.Http2ClientRig.frame;
import static io.sallyport.http.Http2ClientRig.head;
import static io.sallyport.http.Http2ClientRig.lastData;
import static io.sallyport.http.Http2ClientRig.lastHead;
import static io.sallyport.http.Http2ClientRig.numbers;
import static io.sallyport.http.Http2ClientRig.settings;
import static io.sallyport.rig.H2cConnection.CONTINUATION;
import static io.sallyport.rig.H2cConnection.DATA;
import static io.sallyport.rig.H2cConnection.GOAWAY;
import static io.sallyport.rig.H2cConnection.HEADERS;
import static io.sallyport.rig.H2cConnection.PING;
import static io.sallyport.rig.H2cConnection.PRIORITY;
import static io.sallyport.rig.H2cConnection.PUSH_PROMISE;
import static io.sallyport.rig.H2cConnection.RST_STREAM;
import static io.sallyport.rig.H2cConnection.SETTINGS;
import static io.sallyport.rig.H2cConnection.WINDOW_UPDATE;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.sallyport.rig.H2cConnection;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a server may send, when, and what becomes of a stream and its connection. */
final class Http2ClientTest {

  private static final int FIRST = 3; // Netty keeps 1 for an upgrade
  private static final String OK = "200";
  private static final String X100 = "x".repeat(100);

  private final Http2ClientRig rig = new Http2ClientRig();

  @AfterEach
  void close() {
    assertThat(rig.faults).isEmpty();
    rig.close();
  }

  @Test
  void saysWhatItTakesBeforeItIsAsked() {
    assertThat(rig.written()).containsExactly("PREFACE", "SETTINGS", "WINDOW_UPDATE 0 983041");
  }

  @Test
  void aRequestWithoutABodyIsOneFrame() {
    rig.written();
    Http2ClientRig.Asking asking = rig.ask("GET");
    assertThat(rig.written()).containsExactly("HEADERS 3 ends");

    rig.send(settings(), head(FIRST, ":status", OK, "a", "b"), data(FIRST, "x"));
    rig.send(lastHead(FIRST, "t", "u"));

    assertThat(asking.seen).containsExactly("200 a=b", "x", "end t=u", "over");
    assertThat(rig.client.isUnused()).isTrue();
    assertThat(rig.written()).containsExactly("SETTINGS ack");
  }

  static Stream<Arguments> malformed() {
    String[] many = new String[2 * 20 + 2];
    for (int i = 0; i < many.length; i++) {
      many[i] = i % 2 == 0 ? "a" : "b";
    }
    many[0] = ":status";
    many[1] = OK;
    String[] tooMany = Arrays.copyOf(many, many.length + 2);
    tooMany[many.length] = "c";
    tooMany[many.length + 1] = "d";
    byte[] interims = all(interims(21));
    return Stream.of(
        arguments("no status", "pseudo_field", lastHead(FIRST, "a", "b")),
        arguments("no field at all", "pseudo_field", lastHead(FIRST)),
        arguments("status behind", "pseudo_field", lastHead(FIRST, "a", "b", ":status", OK)),
        arguments("two", "pseudo_field", lastHead(FIRST, ":status", OK, ":status", "201")),
        arguments("of request", "pseudo_field", lastHead(FIRST, ":status", OK, ":path", "/")),
        arguments("unknown", "pseudo_field", lastHead(FIRST, ":status", OK, ":state", "1")),
        arguments("only a colon", "pseudo_field", lastHead(FIRST, ":status", OK, ":", "1")),
        arguments("upper case", "pseudo_field", lastHead(FIRST, ":STATUS", OK)),
        arguments("empty", "status_line", lastHead(FIRST, ":status", "")),
        arguments("two digits", "status_line", lastHead(FIRST, ":status", "20")),
        arguments("four digits", "status_line", lastHead(FIRST, ":status", "2000")),
        arguments("sign", "status_line", lastHead(FIRST, ":status", "+20")),
        arguments("letters", "status_line", lastHead(FIRST, ":status", "2OO")),
        arguments("reason", "status_line", lastHead(FIRST, ":status", "200 OK")),
        arguments("below", "status_line", lastHead(FIRST, ":status", "099")),
        arguments("above", "status_line", lastHead(FIRST, ":status", "600")),
        arguments("switching", "upgrade_not_asked", head(FIRST, ":status", "101")),
        arguments("upper", "field_name", lastHead(FIRST, ":status", OK, "A", "b")),
        arguments("no name", "field_name", lastHead(FIRST, ":status", OK, "", "b")),
        arguments("colon", "field_name", lastHead(FIRST, ":status", OK, "a:b", "c")),
        arguments("blank", "field_name", lastHead(FIRST, ":status", OK, "a b", "c")),
        arguments("lf in name", "field_name", lastHead(FIRST, ":status", OK, "a\nb", "c")),
        arguments("lf in value", "field_value", lastHead(FIRST, ":status", OK, "a", "b\nc")),
        arguments("cr in value", "field_value", lastHead(FIRST, ":status", OK, "a", "b\rc")),
        arguments("nul in value", "field_value", lastHead(FIRST, ":status", OK, "a", "b\0c")),
        arguments("blank before", "field_value", lastHead(FIRST, ":status", OK, "a", " b")),
        arguments(
            "connection",
            "connection_field",
            lastHead(FIRST, ":status", OK, "connection", "close")),
        arguments(
            "coding",
            "connection_field",
            head(FIRST, ":status", OK, "transfer-encoding", "chunked")),
        arguments("upgrade", "connection_field", lastHead(FIRST, ":status", OK, "upgrade", "a")),
        arguments(
            "keep-alive", "connection_field", lastHead(FIRST, ":status", OK, "keep-alive", "5")),
        arguments("no length", "content_length", head(FIRST, ":status", OK, "content-length", "")),
        arguments("negative", "content_length", head(FIRST, ":status", OK, "content-length", "-1")),
        arguments(
            "two lengths",
            "content_length",
            head(FIRST, ":status", OK, "content-length", "1", "content-length", "1")),
        arguments("too many", "too_many_headers", lastHead(FIRST, tooMany)),
        arguments(
            "too large",
            "headers_too_large",
            lastHead(FIRST, ":status", OK, "a", "x".repeat(2100))),
        arguments(
            "far too large",
            "headers_too_large",
            lastHead(FIRST, ":status", OK, "a", "x".repeat(3200))),
        arguments("interim without end", "too_many_headers", interims),
        arguments(
            "large interims",
            "headers_too_large",
            all(
                head(FIRST, ":status", "103", "link", "x".repeat(1500)),
                head(FIRST, ":status", "103", "link", "x".repeat(1500)))),
        arguments("interim as end", "frames", lastHead(FIRST, ":status", "103")),
        arguments("body first", "frames", data(FIRST, "x")),
        arguments("no body and no head", "frames", lastData(FIRST, "")));
  }

  private static byte[][] interims(int count) {
    byte[][] interims = new byte[count][];
    for (int i = 0; i < count; i++) {
      interims[i] = head(FIRST, ":status", "103");
    }
    return interims;
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("malformed")
  void aMalformedHeadIsNoAnswerAndEndsItsStreamAlone(String name, String fault, byte[] frames) {
    for (boolean each : new boolean[] {false, true}) {
      Http2ClientRig fresh = new Http2ClientRig();
      Http2ClientRig.Asking asking = fresh.ask("GET");
      fresh.written();

      if (each) {
        fresh.sendEachByte(settings(), frames);
      } else {
        fresh.send(all(settings(), frames));
      }

      String last = asking.seen.get(asking.seen.size() - 1);
      assertThat(last)
          .startsWith(
              "refused "
                  + (fault.endsWith("_headers") || fault.startsWith("headers")
                      ? "response_fields_too_large"
                      : "malformed_response")
                  + ", "
                  + fault
                  + ": ");
      assertThat(asking.seen).noneMatch(seen -> seen.startsWith("2"));
      assertThat(fresh.written()).anyMatch(frame -> frame.startsWith("RST_STREAM 3 "));
      assertThat(fresh.client.isUnused()).isTrue();
      assertThat(fresh.client.hasRoom()).isTrue();
      answersAnother(fresh, FIRST + 2);
      fresh.close();
    }
  }

  private static void answersAnother(Http2ClientRig rig, int stream) {
    Http2ClientRig.Asking other = rig.ask("GET");
    rig.send(lastHead(stream, ":status", "204"));
    assertThat(other.seen).containsExactly("204", "end", "over");
  }

  @Test
  void asManyFieldsAsMayBeAreTaken() {
    String[] fields = new String[2 * 21];
    for (int i = 2; i < fields.length; i++) {
      fields[i] = "a";
    }
    fields[0] = ":status";
    fields[1] = OK;
    Http2ClientRig.Asking asking = rig.ask("GET");
    rig.send(settings(), lastHead(FIRST, fields));

    assertThat(asking.seen).hasSize(3);
  }

  static Stream<Arguments> broken() {
    byte[] head = head(FIRST, ":status", OK);
    byte[] five = head(FIRST, ":status", OK, "content-length", "5");
    return Stream.of(
        arguments("less", "body_length", all(five, lastData(FIRST, "1234"))),
        arguments("none", "body_length", all(five, lastData(FIRST, ""))),
        arguments("none but trailers", "body_length", all(five, lastHead(FIRST, "a", "b"))),
        arguments("more", "body_length", all(five, data(FIRST, "12345"), data(FIRST, "6"))),
        arguments("more at once", "body_length", all(five, lastData(FIRST, "123456"))),
        arguments(
            "body of 204", "body_length", all(head(FIRST, ":status", "204"), data(FIRST, "x"))),
        arguments(
            "body of 304", "body_length", all(head(FIRST, ":status", "304"), data(FIRST, "x"))),
        arguments("pseudo trailer", "pseudo_field", all(head, lastHead(FIRST, ":status", OK))),
        arguments("trailer", "trailer_field", all(head, lastHead(FIRST, "content-length", "1"))),
        arguments("upper trailer", "field_name", all(head, lastHead(FIRST, "A", "1"))),
        arguments("second head", "frames", all(head, head(FIRST, ":status", OK))),
        arguments("late interim", "frames", all(head, head(FIRST, ":status", "103"))),
        arguments("fields between", "frames", all(head, head(FIRST, "a", "b"))),
        arguments("no padding", "frames", all(head, frame(DATA, 8, FIRST, new byte[0]))));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("broken")
  void aResponseThatGoesWrongIsCutOffAndEndsItsStreamAlone(
      String name, String fault, byte[] frames) {
    for (boolean each : new boolean[] {false, true}) {
      Http2ClientRig fresh = new Http2ClientRig();
      Http2ClientRig.Asking asking = fresh.ask("GET");
      fresh.written();

      if (each) {
        fresh.sendEachByte(settings(), frames);
      } else {
        fresh.send(all(settings(), frames));
      }

      assertThat(asking.seen.get(asking.seen.size() - 1))
          .startsWith("cut bad_response, " + fault + ": ");
      assertThat(asking.seen).noneMatch(seen -> seen.startsWith("end") || seen.equals("over"));
      assertThat(fresh.written()).anyMatch(frame -> frame.startsWith("RST_STREAM 3 "));
      answersAnother(fresh, FIRST + 2);
      fresh.close();
    }
  }

  @Test
  void theBodyOfAnAnswerToHeadIsNone() {
    Http2ClientRig.Asking asking = rig.ask("HEAD");
    rig.send(settings(), head(FIRST, ":status", OK, "content-length", "5"), data(FIRST, "12345"));

    assertThat(asking.seen)
        .containsExactly(
            "200 content-length=5", "cut bad_response, body_length: more than there is to be");
  }

  static Stream<Arguments> connectionFaults() {
    byte[] push = numbers(PUSH_PROMISE, FIRST, 2);
    push[4] = H2cConnection.END_HEADERS;
    return Stream.of(
        arguments("no frames", "HTTP/1.1 400 Bad Request\r\n\r\n".getBytes(US_ASCII)),
        arguments("no settings first", head(FIRST, ":status", OK)),
        arguments("push", all(settings(), push)),
        arguments("a stream of its own", all(settings(), lastHead(2, ":status", OK))),
        arguments("a body of its own", all(settings(), lastData(2, "x"))),
        arguments("a stream to come", all(settings(), head(FIRST + 2, ":status", OK))),
        arguments("reset of one to come", all(settings(), numbers(RST_STREAM, FIRST + 2, 7))),
        arguments("fields without a stream", all(settings(), head(0, ":status", OK))),
        arguments("settings on a stream", all(settings(), frame(SETTINGS, 0, FIRST, new byte[0]))),
        arguments("push allowed", settings(2, 1)),
        arguments("window too large", settings(4, -1)),
        arguments("frame size", settings(5, 100)),
        arguments("no increment", all(settings(), numbers(WINDOW_UPDATE, 0, 0))),
        arguments("overflow", all(settings(), numbers(WINDOW_UPDATE, 0, Integer.MAX_VALUE))),
        arguments("too long", all(settings(), frame(DATA, 0, FIRST, new byte[16_385]))),
        arguments("short ping", all(settings(), frame(PING, 0, 0, new byte[7]))),
        arguments("short goaway", all(settings(), frame(GOAWAY, 0, 0, new byte[7]))),
        arguments(
            "hpack index", all(settings(), frame(HEADERS, 4, FIRST, new byte[] {(byte) 0xff, 0}))),
        arguments(
            "data within fields",
            all(settings(), frame(HEADERS, 0, FIRST, new byte[0]), data(FIRST, "x"))),
        arguments(
            "continuation of nothing", all(settings(), frame(CONTINUATION, 4, 3, new byte[0]))),
        arguments("continuations without end", all(settings(), continuations())),
        arguments("pings", all(settings(), many(1100, frame(PING, 0, 0, new byte[8])))),
        arguments(
            "acknowledged pings", all(settings(), many(1100, frame(PING, 1, 0, new byte[8])))),
        arguments("settings", many(1100, settings())),
        arguments(
            "acknowledgements", all(settings(), many(1100, frame(SETTINGS, 1, 0, new byte[0])))),
        arguments(
            "priorities", all(settings(), many(1100, frame(PRIORITY, 0, FIRST, new byte[5])))),
        arguments("unknown frames", all(settings(), many(1100, frame(99, 0, FIRST, new byte[0])))),
        arguments("going away", all(settings(), many(1100, numbers(GOAWAY, 0, 100, 0)))),
        arguments(
            "empty data",
            all(settings(), head(FIRST, ":status", OK), many(1100, data(FIRST, "")))));
  }

  private static byte[] many(int count, byte[] frame) {
    byte[][] frames = new byte[count][];
    Arrays.fill(frames, frame);
    return all(frames);
  }

  private static byte[] continuations() {
    byte[] part = H2cConnection.block("a", "b");
    return all(
        frame(HEADERS, 0, FIRST, H2cConnection.block(":status", OK)),
        many(40, frame(CONTINUATION, 0, FIRST, part)));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("connectionFaults")
  void whereTheConnectionIsBrokenAllEndThatIsOnIt(String name, byte[] frames) {
    Http2ClientRig.Asking first = rig.ask("GET");
    Http2ClientRig.Asking second = rig.begin("POST");
    // Not begun, and so it has no stream to end.
    rig.written();

    rig.send(frames);

    assertThat(first.seen.get(first.seen.size() - 1))
        .matches("(refused malformed_response|cut bad_response), frames: .*");
    assertThat(second.seen).singleElement().asString().startsWith("refused malformed_response, ");
    assertThat(rig.gone).isEqualTo(1);
    assertThat(rig.written())
        .anyMatch(frame -> frame.startsWith("GOAWAY ") && !frame.endsWith(" 0"));
    assertThat(rig.channel.isOpen()).isFalse();
    assertThat(rig.client.hasRoom()).isFalse();
  }

  @Test
  void pingsAtTheirLeisureAreAnswered() {
    rig.ask("GET");
    rig.send(settings());
    rig.written();
    for (int i = 0; i < 50; i++) {
      rig.send(many(900, frame(PING, 0, 0, new byte[8])));
      rig.pass(2);
    }
    assertThat(rig.written()).hasSize(50 * 900).containsOnly("PING ack");
  }

  // Windows.

  @Test
  void theWindowOfAStreamIsGivenBackAsItsAskerTakesMore() {
    Http2ClientRig.Asking slow = rig.ask("GET");
    Http2ClientRig.Asking quick = rig.ask("GET");
    rig.send(settings(), head(FIRST, ":status", OK), head(FIRST + 2, ":status", OK));
    rig.written();
    slow.takesMore = false;
    String part = "x".repeat(16_000);
    for (int i = 0; i < 4; i++) {
      rig.send(data(FIRST, part));
    }
    // Of the stream nothing: one part was passed on, the others are held.
    assertThat(rig.written()).noneMatch(frame -> frame.startsWith("WINDOW_UPDATE 3 "));
    assertThat(slow.seen).hasSize(2);

    for (int i = 0; i < 4; i++) {
      rig.send(data(FIRST + 2, part));
    }
    assertThat(rig.written()).anyMatch(frame -> frame.startsWith("WINDOW_UPDATE 5 "));
    assertThat(quick.seen).hasSize(5);

    int flushes = slow.flushes;
    slow.takesMore = true;
    slow.exchange.askerTakesMore(true);
    rig.send();
    assertThat(slow.seen).hasSize(3);
    assertThat(slow.seen.get(2)).hasSize(3 * 16_000);
    assertThat(slow.flushes).isGreaterThan(flushes);
    assertThat(rig.written()).containsExactly("WINDOW_UPDATE 3 64000");
  }

  @Test
  void whatIsHeldComesBeforeTheEnd() {
    Http2ClientRig.Asking asking = rig.ask("GET");
    asking.takesMore = false;
    rig.send(settings(), head(FIRST, ":status", OK), data(FIRST, "a"), data(FIRST, "b"));
    rig.send(data(FIRST, "c"), lastHead(FIRST, "t", "u"));

    assertThat(asking.seen).containsExactly("200", "a", "bc", "end t=u", "over");
  }

  @Test
  void whatIsHeldOfAResponseThatBreaksOffIsNotPassedOn() {
    Http2ClientRig.Asking asking = rig.ask("GET");
    asking.takesMore = false;
    rig.send(settings(), head(FIRST, ":status", OK), data(FIRST, "a"), data(FIRST, "b"));
    rig.send(numbers(RST_STREAM, FIRST, 2));

    assertThat(asking.seen)
        .containsExactly("200", "a", "cut application_reset, the stream was reset with error 2");
  }

  /** One byte in each frame shall not take more memory than the window says. */
  @Test
  void smallPartsAreHeldTogether() {
    Http2ClientRig.Asking asking = rig.ask("GET");
    asking.takesMore = false;
    rig.send(settings(), head(FIRST, ":status", OK), many(5000, data(FIRST, "x")));
    asking.takesMore = true;
    asking.exchange.askerTakesMore(true);

    assertThat(asking.seen).hasSize(3);
    assertThat(asking.seen.get(2)).hasSize(4999);
  }

  @Test
  void moreThanTheWindowIsAFault() {
    Http2ClientRig.Asking asking = rig.ask("GET");
    asking.takesMore = false;
    byte[] part = data(FIRST, "x".repeat(16_000));
    rig.send(settings(), head(FIRST, ":status", OK), many(5, part));

    assertThat(asking.seen.get(asking.seen.size() - 1)).startsWith("cut bad_response, frames: ");
    answersAnother(rig, FIRST + 2);
  }

  @Test
  void paddingIsGivenBackThoughNothingIsTaken() {
    Http2ClientRig.Asking asking = rig.ask("GET");
    asking.takesMore = false;
    rig.send(settings(), head(FIRST, ":status", OK), data(FIRST, "x"));
    rig.written();
    byte[] padded = new byte[257];
    padded[0] = (byte) 255;
    rig.send(many(130, frame(DATA, 8, FIRST, padded)));

    assertThat(rig.written()).anyMatch(frame -> frame.startsWith("WINDOW_UPDATE 3 "));
  }

  @Test
  void aBodyWaitsForTheWindowOfItsStream() {
    rig.send(settings(4, 10));
    Http2ClientRig.Asking asking = rig.begin("POST");
    rig.written();
    asking.body("0123456789abcdef");

    assertThat(asking.exchange.takesMore()).isFalse();
    assertThat(rig.written()).containsExactly("HEADERS 3", "DATA 3 10");
    asking.mayAsk = false;
    rig.send(numbers(WINDOW_UPDATE, FIRST, 100));
    assertThat(asking.mayAsk).isTrue();
    assertThat(rig.written()).containsExactly("DATA 3 6");
    asking.end();
    assertThat(rig.written()).containsExactly("DATA 3 0 ends");
  }

  @Test
  void whatTheServerTakesOfABodyShowsThoughItOpensNoMoreThanItTakes() {
    rig.send(settings(4, 3));
    Http2ClientRig.Asking asking = rig.begin("POST");
    asking.body("12345678");
    long before = asking.exchange.taken();
    asking.body("9");
    assertThat(asking.exchange.taken()).isEqualTo(before);

    rig.send(numbers(WINDOW_UPDATE, FIRST, 1));

    assertThat(asking.exchange.taken()).isNotEqualTo(before);
    assertThat(rig.written()).contains("DATA 3 1");
  }

  @Test
  void aBodyWaitsForTheWindowOfTheConnection() {
    rig.send(settings(4, 1 << 20));
    Http2ClientRig.Asking first = rig.begin("POST");
    first.body("x".repeat(65_535));
    Http2ClientRig.Asking second = rig.begin("POST");
    second.body("y");

    assertThat(first.exchange.takesMore()).isFalse();
    assertThat(second.exchange.takesMore()).isFalse();
    first.mayAsk = false;
    second.mayAsk = false;
    rig.written();
    rig.send(numbers(WINDOW_UPDATE, 0, 1000));
    assertThat(rig.written()).containsExactly("DATA 5 1");
    assertThat(first.mayAsk).isTrue();
    assertThat(second.mayAsk).isTrue();
  }

  @Test
  void aBodyWaitsForTheSocket() {
    rig.send(settings());
    Http2ClientRig.Asking asking = rig.begin("POST");
    asking.body("x");
    rig.writable(false);
    assertThat(asking.mayAsk).isFalse();
    assertThat(asking.exchange.takesMore()).isFalse();
    rig.writable(true);
    assertThat(asking.mayAsk).isTrue();
  }

  // Ends.

  @Test
  void aResetOfOneWhoseBodyWaitsIsNotAnsweredWithAnother() {
    rig.send(settings(4, 0));
    Http2ClientRig.Asking asking = rig.begin("POST");
    asking.body("body");
    rig.written();
    rig.send(numbers(RST_STREAM, FIRST, 8));

    assertThat(asking.seen)
        .containsExactly("refused connection_terminated, the stream was reset with error 8");
    assertThat(rig.written()).isEmpty();
    assertThat(rig.client.isUnused()).isTrue();
  }

  @Test
  void whatComesAfterACancellationIsDropped() {
    Http2ClientRig.Asking asking = rig.ask("GET");
    rig.send(settings(), head(FIRST, ":status", OK));
    rig.written();
    asking.exchange.abandon();
    rig.send(data(FIRST, "x"), lastHead(FIRST, "a", "b"), numbers(RST_STREAM, FIRST, 0));

    assertThat(asking.seen).containsExactly("200");
    assertThat(rig.written()).containsExactly("RST_STREAM 3 8");
    answersAnother(rig, FIRST + 2);
  }

  @Test
  void oneThatIsAbandonedBeforeItHasBegunLeavesNoTrace() {
    rig.written();
    Http2ClientRig.Asking asking = rig.begin("GET");
    assertThat(rig.client.isUnused()).isFalse();
    asking.exchange.abandon();

    assertThat(rig.client.isUnused()).isTrue();
    assertThat(rig.written()).isEmpty();
  }

  @Test
  void noServerSeesSoManyResetsThatItEndsTheConnection() {
    rig.send(settings());
    Http2ClientRig.Asking stays = rig.ask("GET");
    for (int i = 0; i < 99; i++) {
      rig.ask("GET").exchange.abandon();
      rig.send(settings());
    }
    assertThat(rig.gone).isZero();
    rig.ask("GET").exchange.abandon();

    assertThat(rig.gone).isEqualTo(1);
    rig.send(lastHead(FIRST, ":status", "204"));
    assertThat(stays.seen).containsExactly("204", "end", "over");
    assertThat(rig.channel.isOpen()).isFalse();
  }

  @Test
  void aServerOfWhichNothingIsHeardGetsNoMoreRequests() {
    rig.send(settings());
    Http2ClientRig.Asking asking = rig.ask("GET");
    Http2ClientRig.Asking other = rig.ask("GET");
    rig.written();
    asking.exchange.abandon();
    other.exchange.abandon();
    rig.send();
    assertThat(rig.written()).containsExactlyInAnyOrder("RST_STREAM 3 8", "PING", "RST_STREAM 5 8");
    rig.pass(4);
    assertThat(rig.gone).isZero();
    rig.pass(2);

    assertThat(rig.gone).isEqualTo(1);
    assertThat(rig.channel.isOpen()).isFalse();
  }

  @Test
  void aServerThatIsOnlySlowStays() {
    rig.send(settings());
    Http2ClientRig.Asking asking = rig.ask("GET");
    asking.exchange.abandon();
    rig.send(frame(PING, 1, 0, new byte[8]));
    rig.pass(6);

    assertThat(rig.gone).isZero();
    answersAnother(rig, FIRST + 2);
  }

  @Test
  void aChannelThatIsClosedAlreadyTellsSo() {
    Http2ClientRig late = new Http2ClientRig(true);
    assertThat(late.gone).isEqualTo(1);
    late.close();
  }

  @Test
  void aStreamThatIsRefusedAfterAnInterimResponseIsNotAskedForAgain() {
    Http2ClientRig.Asking asking = rig.ask("GET");
    rig.send(settings(), head(FIRST, ":status", "103"), numbers(RST_STREAM, FIRST, 7));

    assertThat(asking.seen)
        .hasSize(2)
        .last()
        .asString()
        .startsWith("refused connection_terminated");
    assertThat(asking.diallings).isZero();
  }

  @Test
  void aRequestThatNobodyTakesToItsEndHoldsItsStreamForATimeAlone() {
    rig.send(settings(4, 0));
    Http2ClientRig.Asking asking = rig.begin("POST");
    asking.body("body");
    rig.send(lastHead(FIRST, ":status", OK));
    asking.end();
    assertThat(asking.seen).containsExactly("200", "end", "over");
    assertThat(rig.client.isUnused()).isFalse();
    rig.written();

    rig.pass(6);

    assertThat(rig.written()).containsExactly("RST_STREAM 3 8");
    assertThat(rig.client.isUnused()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"GET", "POST"})
  void oneThatWasNotBegunWhenTheServerWentAwayGoesElsewhere(String method) {
    rig.ask("GET");
    rig.send(settings());
    Http2ClientRig.Asking asking = rig.begin(method);
    rig.send(numbers(GOAWAY, 0, FIRST, 0));
    asking.end();

    assertThat(asking.diallings).isEqualTo(1);
    assertThat(asking.seen).isEmpty();
    assertThat(rig.client.isUnused()).isFalse();
  }

  @Test
  void onlyThoseThatAServerHasNotSeenGoElsewhereWhenItGoesAway() {
    Http2ClientRig.Asking seen = rig.ask("GET");
    Http2ClientRig.Asking unseen = rig.ask("POST");
    rig.send(settings(), numbers(GOAWAY, 0, FIRST, 0));

    assertThat(unseen.diallings).isEqualTo(1);
    assertThat(rig.gone).isEqualTo(1);
    assertThat(rig.channel.isOpen()).isTrue();
    rig.send(lastHead(FIRST, ":status", "204"));
    assertThat(seen.seen).containsExactly("204", "end", "over");
    assertThat(rig.channel.isOpen()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"GET", "POST"})
  void oneThatHasHadAnInterimResponseIsNotUnseenWhateverAServerSaysThatGoesAway(String method) {
    Http2ClientRig.Asking asking = rig.ask(method);
    rig.send(settings(), head(FIRST, ":status", "103"), numbers(GOAWAY, 0, 0, 0));

    assertThat(asking.seen)
        .hasSize(2)
        .last()
        .asString()
        .startsWith("refused connection_terminated");
    assertThat(asking.diallings).isZero();
  }

  @Test
  void aStreamThatIsRefusedAfterItHasAnsweredIsCutOff() {
    Http2ClientRig.Asking asking = rig.ask("GET");
    rig.send(settings(), head(FIRST, ":status", OK), numbers(RST_STREAM, FIRST, 7));

    assertThat(asking.seen.get(1)).startsWith("cut application_reset, ");
    assertThat(asking.diallings).isZero();
  }

  @Test
  void whenTheConnectionEndsAllEndThatIsOnIt() {
    Http2ClientRig.Asking first = rig.ask("GET");
    rig.send(settings(), head(FIRST, ":status", OK));
    Http2ClientRig.Asking second = rig.ask("POST");
    Http2ClientRig.Asking third = rig.begin("POST");
    rig.hangUp();

    assertThat(first.seen).hasSize(2).last().asString().startsWith("cut response_incomplete, ");
    assertThat(second.seen).singleElement().asString().startsWith("refused connection_terminated");
    assertThat(third.seen).singleElement().asString().startsWith("refused connection_terminated");
    assertThat(rig.gone).isEqualTo(1);
  }

  @Test
  void fieldsThatTheServerDoesNotTakeAreNotSent() {
    rig.send(settings(6, 200));
    rig.written();
    Http2ClientRig.Asking asking = rig.begin("GET", "a", X100, "b", X100);
    asking.end();

    assertThat(asking.seen).singleElement().asString().startsWith("refused fields_too_large, ");
    assertThat(rig.written()).isEmpty();
    assertThat(rig.client.isUnused()).isTrue();
    answersAnother(rig, FIRST + 2);
  }

  // Room.

  @Test
  void thereIsRoomForAsManyAsTheServerTakes() {
    rig.send(settings(3, 2));
    Http2ClientRig.Asking first = rig.ask("GET");
    assertThat(rig.client.hasRoom()).isTrue();
    rig.begin("GET");
    assertThat(rig.client.hasRoom()).isFalse();

    int changed = rig.changed;
    rig.send(lastHead(FIRST, ":status", "204"));
    assertThat(first.seen).hasSize(3);
    assertThat(rig.changed).isGreaterThan(changed);
    assertThat(rig.client.hasRoom()).isTrue();
    rig.send(settings(3, 0));
    assertThat(rig.client.hasRoom()).isFalse();
  }

  @Test
  void whereThereAreNoMoreIdentifiersOfStreamsTheConnectionIsLeft() throws Exception {
    rig.send(settings());
    int last = Integer.MAX_VALUE - 2;
    rig.client.connection().local().createStream(last - 2, false).close();
    Http2ClientRig.Asking asking = rig.ask("GET");

    assertThat(rig.gone).isEqualTo(1);
    assertThat(rig.client.hasRoom()).isFalse();
    rig.send(lastHead(last, ":status", "204"));
    assertThat(asking.seen).containsExactly("204", "end", "over");
    assertThat(rig.channel.isOpen()).isFalse();
  }
}
