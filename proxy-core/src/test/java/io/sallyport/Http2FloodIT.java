package io.sallyport;

import static io.sallyport.rig.Buffers.WE_HOLD;
import static io.sallyport.rig.Buffers.held;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.handler.codec.http2.Http2Error;
import io.sallyport.rig.FieldBlock;
import io.sallyport.rig.Http2Frame;
import io.sallyport.rig.Http2Peer;
import io.sallyport.rig.HttpApplication;
import io.sallyport.rig.Pki;
import io.sallyport.rig.RecordedLog;
import io.sallyport.rig.RunningProxy;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.function.IntFunction;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Peers that send a great many frames, each of them in order and cheap for them: their connections
 * end before that has cost much, the application is hardly asked for anything, and others are
 * served meanwhile.
 */
final class Http2FloodIT {

  private static final int MANY = 10_000;
  private static final int VERY_MANY = 200_000;

  /** More requests than that of one flood are too many for an application. */
  private static final int FEW = 1000;

  private final Pki pki;
  private final RecordedLog log = RecordedLog.start();
  private HttpApplication application;
  private RunningProxy proxy;

  Http2FloodIT(@TempDir Path folder) throws IOException {
    pki = new Pki(folder);
  }

  @BeforeEach
  void start() {
    application =
        HttpApplication.answering(
            (request, out) -> {
              request.body().readAllBytes();
              HttpApplication.write(out, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
            });
    proxy =
        RunningProxy.with(
            pki,
            """
            inbound.web {
              listen = "127.0.0.1:0", forward = "%s", protocol = http, allow = any-trusted
            }
            """
                .formatted(application.address()));
  }

  @AfterEach
  void stop() throws IOException {
    proxy.close();
    application.close();
    assertThat(log.faults()).isEmpty();
    log.close();
  }

  private Http2Peer peer() throws IOException {
    return Http2Peer.open(pki, pki.client(), proxy.port("web"));
  }

  private void assertOthersAreServed() throws IOException {
    try (Http2Peer other = peer()) {
      assertThat(other.get("/").status()).isEqualTo(200);
    }
  }

  /**
   * @param first what is sent once
   * @param each what is sent again and again, by how often it has been
   */
  record Flood(String name, int times, String first, IntFunction<String> each) {
    @Override
    public String toString() {
      return times + " " + name;
    }
  }

  private static String get(int stream, String path) {
    return Http2Frame.request(stream, FieldBlock.request("GET", path)).wire();
  }

  private static String post(int stream) {
    return Http2Frame.head(stream, FieldBlock.request("POST", "/flood")).wire();
  }

  private static Flood flood(String name, int times, String first, Http2Frame each) {
    return new Flood(name, times, first, i -> each.wire());
  }

  private static Flood streams(String name, int times, IntFunction<String> stream) {
    return new Flood(name, times, "", i -> stream.apply(2 * i + 1));
  }

  /** Names of attacks as they are known; CVE-2019-9511 to 9518, 2023-44487, 2025-8671. */
  static Stream<Flood> endsTheConnection() {
    String begun = new Http2Frame(Http2Frame.HEADERS, Http2Frame.END_STREAM, 1, "").wire();
    return Stream.of(
        flood("empty CONTINUATIONs", VERY_MANY, begun, Http2Frame.continuation(1, 0, "")),
        flood(
            "CONTINUATIONs of a field each",
            VERY_MANY,
            begun,
            Http2Frame.continuation(1, 0, FieldBlock.of("x-a", "b"))),
        flood(
            "CONTINUATIONs as long as can be",
            1000,
            begun,
            Http2Frame.continuation(1, 0, FieldBlock.of("x-a", "b".repeat(16_000)))),
        flood(
            "CONTINUATIONs of one value",
            1000,
            new Http2Frame(
                    Http2Frame.HEADERS, Http2Frame.END_STREAM, 1, "\0\3x-a\177\200\200\200\10")
                .wire(),
            Http2Frame.continuation(1, 0, "b".repeat(16_000))),
        flood("PINGs", VERY_MANY, "", Http2Frame.ping("sallypor")),
        flood("SETTINGS of nothing", VERY_MANY, "", Http2Frame.settings()),
        flood(
            "SETTINGS that change the window",
            VERY_MANY,
            "",
            Http2Frame.settings(
                Http2Frame.INITIAL_WINDOW_SIZE, 0, Http2Frame.INITIAL_WINDOW_SIZE, 100_000)),
        flood("DATA frames of nothing", VERY_MANY, post(1), Http2Frame.data(1, "")),
        streams(
            "streams that are reset at once",
            MANY,
            stream -> get(stream, "/flood") + reset(stream)),
        streams(
            "streams with a body that are reset at once",
            MANY,
            stream -> post(stream) + Http2Frame.data(stream, "a").wire() + reset(stream)),
        streams(
            "streams that we are made to reset by a window of nothing",
            MANY,
            stream -> get(stream, "/flood") + Http2Frame.windowUpdate(stream, 0).wire()),
        streams(
            "streams that we are made to reset by a window too large",
            MANY,
            stream -> get(stream, "/flood") + Http2Frame.windowUpdate(stream, 0x7fffffff).wire()),
        streams(
            "streams that we are made to reset by half a PRIORITY",
            MANY,
            stream ->
                get(stream, "/flood")
                    + new Http2Frame(Http2Frame.PRIORITY, 0, stream, "\0\0\0\0").wire()),
        streams(
            "streams that we are made to reset by DATA behind their end",
            MANY,
            stream -> get(stream, "/flood") + Http2Frame.data(stream, "a").wire()),
        streams(
            "streams that we are made to reset by a length",
            MANY,
            stream ->
                Http2Frame.head(stream, FieldBlock.request("POST", "/flood", "content-length", "1"))
                        .wire()
                    + Http2Frame.lastData(stream, "ab").wire()),
        streams(
            "malformed heads",
            MANY,
            stream -> Http2Frame.request(stream, FieldBlock.of("x-a", "b")).wire()));
  }

  private static String reset(int stream) {
    return Http2Frame.reset(stream, Http2Error.CANCEL).wire();
  }

  /** Sends it on a thread of its own, until the other side takes no more. */
  private static CompletableFuture<Void> sending(Http2Peer peer, Flood flood) {
    return CompletableFuture.runAsync(
        () -> {
          try {
            StringBuilder some = new StringBuilder(flood.first());
            for (int i = 0; i < flood.times(); i++) {
              some.append(flood.each().apply(i));
              if (some.length() > 15_000 || i == flood.times() - 1) {
                peer.send(some.toString());
                some.setLength(0);
              }
            }
          } catch (IOException e) {
            // The connection has ended, as it should.
          }
        },
        task -> new Thread(task, "flood").start());
  }

  @ParameterizedTest
  @MethodSource
  void endsTheConnection(Flood flood) throws Exception {
    try (Http2Peer peer = peer()) {
      long before = held();
      CompletableFuture<Void> sending = sending(peer, flood);
      peer.awaitEnd();
      assertThat(held() - before).isLessThan(WE_HOLD);
      // It may be lost when we were still sending (RFC 9113 §5.4.1).
      assertThat(peer.goAways())
          .allMatch(each -> each.error() != Http2Error.INTERNAL_ERROR)
          .allMatch(
              each ->
                  each.error() == Http2Error.ENHANCE_YOUR_CALM
                      || each.error() == Http2Error.PROTOCOL_ERROR
                      || each.error() == Http2Error.STREAM_CLOSED
                      || each.error() == Http2Error.NO_ERROR);
      peer.abort();
      sending.join();
      assertThat(application.accepted()).isLessThan(FEW);
      assertThat(application.others()).hasSizeLessThan(FEW);
      assertOthersAreServed();
    }
  }

  /** What is cheap for us too may go on, as long as it costs nothing. */
  static Stream<Flood> costsNothing() {
    return Stream.of(
        flood(
            "DATA frames of padding",
            60_000, // what the first window allows
            post(1),
            new Http2Frame(Http2Frame.DATA, Http2Frame.PADDED, 1, "\0")),
        flood("PRIORITYs", VERY_MANY, "", Http2Frame.priority(1, 0)),
        new Flood(
            "PRIORITYs of as many streams",
            VERY_MANY,
            "",
            i -> Http2Frame.priority(2 * i + 1001, 2 * i + 999).wire()),
        flood("WINDOW_UPDATEs", VERY_MANY, "", Http2Frame.windowUpdate(0, 1)),
        flood("unknown frames", VERY_MANY, "", new Http2Frame(0x42, 0, 0, "")),
        flood(
            "acknowledgements of no PING",
            VERY_MANY,
            "",
            new Http2Frame(Http2Frame.PING, Http2Frame.ACK, 0, "sallypor")),
        flood("resets of a stream that has ended", MANY, get(1, "/") + reset(1), resetFrame()),
        flood(
            "unknown frames as long as can be",
            1000,
            "",
            new Http2Frame(0x42, 0, 0, "x".repeat(16_384))));
  }

  private static Http2Frame resetFrame() {
    return Http2Frame.reset(1, Http2Error.CANCEL);
  }

  @ParameterizedTest
  @MethodSource
  void costsNothing(Flood flood) throws Exception {
    try (Http2Peer peer = peer()) {
      long before = held();
      CompletableFuture<Void> sending = sending(peer, flood);
      while (!sending.isDone() && !peer.hasEnded()) {
        peer.roundTrip();
      }
      assertThat(held() - before).isLessThan(WE_HOLD);
      assertThat(peer.goAways()).allMatch(each -> each.error() != Http2Error.INTERNAL_ERROR);
      peer.abort();
      sending.join();
      assertThat(application.accepted()).isLessThan(2);
      assertOthersAreServed();
    }
  }

  @Test
  void aPeerThatReadsNoneOfItsAcknowledgementsIsNotHeldInMemory() throws Exception {
    try (Http2Peer peer = peer()) {
      long before = held();
      sending(peer, flood("PINGs", 2_000_000, "", Http2Frame.ping("sallypor"))).join();
      assertThat(held() - before).isLessThan(WE_HOLD);
      peer.abort();
      assertOthersAreServed();
    }
  }

  /** CVE-2016-6581: a table's entry, which is long, is referred to by a byte, again and again. */
  @Test
  void fieldsThatGrowManyTimesInTheirTableAreRefused() throws Exception {
    try (Http2Peer peer = peer()) {
      long before = held();
      String value = "b".repeat(4000);
      StringBuilder bomb = new StringBuilder(FieldBlock.request("GET", "/flood"));
      bomb.append(FieldBlock.remembered("x-a", value));
      bomb.append(FieldBlock.indexed(62).repeat(10_000));
      for (int i = 0; i < 50 && !peer.hasEnded(); i++) {
        int stream = peer.nextStream();
        peer.send(Http2Frame.request(stream, bomb.toString()));
        Http2Peer.Answer answer = peer.answer(stream);
        assertThat(answer.status()).isIn(0, 431);
        assertThat(held() - before).isLessThan(WE_HOLD);
      }
      assertThat(application.others()).isEmpty();
      assertOthersAreServed();
    }
  }

  @Test
  void aPeerThatChangesItsTableAllTheTimeIsServedOrSentAway() throws Exception {
    try (Http2Peer peer = peer()) {
      long before = held();
      for (int i = 0; i < 500 && !peer.hasEnded(); i++) {
        int stream = peer.nextStream();
        String updates = (FieldBlock.tableSize(0) + FieldBlock.tableSize(4096)).repeat(i % 3);
        peer.send(
            Http2Frame.settings(Http2Frame.HEADER_TABLE_SIZE, i % 2 == 0 ? 0 : 0xffffffffL),
            Http2Frame.request(stream, updates + FieldBlock.request("GET", "/")));
        assertThat(peer.answer(stream).status()).isIn(0, 200);
      }
      assertThat(held() - before).isLessThan(WE_HOLD);
      assertOthersAreServed();
    }
  }

  @Test
  void whatTheTableRemembersOfARefusedHeadIsThereForTheNextOne() throws Exception {
    try (Http2Peer peer = peer()) {
      for (String refused :
          new String[] {
            FieldBlock.of(":path", "none"), // malformed
            FieldBlock.request("GET", "/", "x-big", "b".repeat(40_000)), // too large
            FieldBlock.request("GET", "/", "x-big", "b".repeat(120_000)) // in any form
          }) {
        int first = peer.nextStream();
        String block = refused + FieldBlock.remembered("x-remembered", "of " + first);
        sendInFrames(peer, first, block);
        assertThat(peer.answer(first).status()).isNotEqualTo(200);
        int second = peer.nextStream();
        peer.send(
            Http2Frame.request(second, FieldBlock.request("GET", "/") + FieldBlock.indexed(62)));
        assertThat(peer.answer(second).status()).isEqualTo(200);
        assertThat(application.next().values("x-remembered")).containsExactly("of " + first);
      }
    }
  }

  /** A head of any length, in as many frames as it needs. */
  private static void sendInFrames(Http2Peer peer, int stream, String block) throws IOException {
    int most = 16_384;
    for (int from = 0; from < block.length(); from += most) {
      int to = Math.min(block.length(), from + most);
      int end = to == block.length() ? Http2Frame.END_HEADERS : 0;
      String part = block.substring(from, to);
      peer.send(
          from == 0
              ? new Http2Frame(Http2Frame.HEADERS, end | Http2Frame.END_STREAM, stream, part)
              : Http2Frame.continuation(stream, end, part));
    }
  }
}
