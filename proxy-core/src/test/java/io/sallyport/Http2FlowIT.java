package io.sallyport;

import static io.sallyport.rig.Buffers.KERNEL_HOLDS;
import static io.sallyport.rig.Buffers.WE_HOLD;
import static io.sallyport.rig.Buffers.held;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.handler.codec.http2.Http2Error;
import io.sallyport.rig.Eventually;
import io.sallyport.rig.FieldBlock;
import io.sallyport.rig.Http2Frame;
import io.sallyport.rig.Http2Peer;
import io.sallyport.rig.Http2Peer.Answer;
import io.sallyport.rig.HttpApplication;
import io.sallyport.rig.Payload;
import io.sallyport.rig.Pki;
import io.sallyport.rig.RecordedLog;
import io.sallyport.rig.RunningProxy;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Bodies of any length over HTTP/2, in memory that does not grow with them, however a peer opens
 * its windows, reads or leaves; what is stuck on one stream is stuck on that stream alone.
 */
final class Http2FlowIT {

  private static final long BYTES = 64L * Payload.MIB;
  private static final int STREAMS = 50;

  /** What each of the streams may add to {@link io.sallyport.rig.Buffers#WE_HOLD}. */
  private static final long STREAM_HOLDS = 256 * 1024;

  private static final long LARGEST_WINDOW = 0x7fffffff;

  private final Pki pki;
  private final RecordedLog log = RecordedLog.start();
  private final Payload payload = new Payload(7, BYTES);

  Http2FlowIT(@TempDir Path folder) throws IOException {
    pki = new Pki(folder);
  }

  @AfterEach
  void stop() {
    assertThat(log.faults()).isEmpty();
    log.close();
  }

  private RunningProxy proxy(HttpApplication application) {
    return RunningProxy.with(
        pki,
        """
        inbound.web {
          listen = "127.0.0.1:0", forward = "%s", protocol = http, allow = any-trusted
        }
        """
            .formatted(application.address()));
  }

  private Http2Peer peer(RunningProxy proxy, long... settings) throws IOException {
    return Http2Peer.open(pki, pki.client(), proxy.port("web"), settings);
  }

  private static void answer(OutputStream out, String body) throws IOException {
    HttpApplication.write(
        out, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s".formatted(body.length(), body));
  }

  /** Answers {@code /big} with the payload, and everything else in a word. */
  private HttpApplication large() {
    return HttpApplication.answering(
        (request, out) -> {
          if (!request.target().equals("/big")) {
            answer(out, "small");
            return;
          }
          HttpApplication.write(out, "HTTP/1.1 200 OK\r\nContent-Length: " + BYTES + "\r\n\r\n");
          payload.write(out);
        });
  }

  private static void get(Http2Peer peer, int stream, String path) throws IOException {
    peer.send(Http2Frame.request(stream, FieldBlock.request("GET", path)));
  }

  @Test
  void aPeerThatOpensNoWindowStopsTheApplication() throws Exception {
    try (HttpApplication application = large();
        RunningProxy proxy = proxy(application);
        Http2Peer peer = peer(proxy).keepingNoBodies().givingNoWindows()) {
      long before = held();
      int stream = peer.nextStream();
      get(peer, stream, "/big");
      peer.readUntil(() -> peer.bodyBytes(stream) == 65_535);
      payload.awaitStandstill();
      assertThat(payload.sent()).isLessThan(KERNEL_HOLDS);
      assertThat(held() - before).isLessThan(WE_HOLD);

      peer.send(
          Http2Frame.windowUpdate(0, LARGEST_WINDOW - 65_535),
          Http2Frame.windowUpdate(stream, LARGEST_WINDOW - 65_535));
      Answer answer = peer.answer(stream);
      assertThat(answer.ended()).isTrue();
      assertThat(peer.bodyBytes(stream)).isEqualTo(BYTES);
    }
  }

  /** As many programs do, some thousands of times for a body like this. */
  @Test
  void aPeerMayGiveBackEveryFrameOfABody() throws Exception {
    try (HttpApplication application = large();
        RunningProxy proxy = proxy(application);
        Http2Peer peer = peer(proxy).keepingNoBodies()) {
      assertThat(peer.get("/big").ended()).isTrue();
      assertThat(peer.bodyBytes(1)).isEqualTo(BYTES);
    }
  }

  @Test
  void streamsWithoutAWindowAreHeldInLittleMemoryAndStopNoOther() throws Exception {
    try (HttpApplication application = large();
        RunningProxy proxy = proxy(application);
        Http2Peer peer = peer(proxy, Http2Frame.INITIAL_WINDOW_SIZE, 0).keepingNoBodies()) {
      long before = held();
      for (int i = 0; i < STREAMS; i++) {
        get(peer, peer.nextStream(), "/big");
      }
      for (int i = 0; i < STREAMS; i++) {
        assertThat(peer.answerBegun(2 * i + 1).status()).isEqualTo(200);
      }
      payload.awaitStandstill();
      assertThat(held() - before).isLessThan(WE_HOLD + STREAMS * STREAM_HOLDS);

      int small = peer.nextStream();
      get(peer, small, "/");
      peer.send(Http2Frame.windowUpdate(small, 5));
      assertThat(peer.answer(small).ended()).isTrue();
      assertThat(peer.bodyBytes(small)).isEqualTo(5);
      assertThat(peer.bodyBytes(1)).isZero();
    }
  }

  @Test
  void aPeerThatReadsNothingThoughItsWindowsAreOpenStopsTheApplication() throws Exception {
    try (HttpApplication application = large();
        RunningProxy proxy = proxy(application);
        Http2Peer peer = peer(proxy, Http2Frame.INITIAL_WINDOW_SIZE, LARGEST_WINDOW)) {
      long before = held();
      peer.send(Http2Frame.windowUpdate(0, LARGEST_WINDOW - 65_535));
      for (int i = 0; i < STREAMS; i++) {
        get(peer, peer.nextStream(), "/big");
      }
      for (int i = 0; i < STREAMS; i++) {
        application.next();
      }
      payload.awaitStandstill();
      assertThat(held() - before).isLessThan(WE_HOLD + STREAMS * STREAM_HOLDS);
      peer.abort();
      Eventually.holds("the application has nobody", () -> application.open() == 0);
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 100})
  void aWindowOfAFewBytesIsFilledAgainAndAgain(long window) throws Exception {
    try (HttpApplication application =
            HttpApplication.answering((request, out) -> answer(out, "0123456789".repeat(50)));
        RunningProxy proxy = proxy(application);
        Http2Peer peer = peer(proxy, Http2Frame.INITIAL_WINDOW_SIZE, window)) {
      assertThat(peer.get("/").body()).isEqualTo("0123456789".repeat(50));
    }
  }

  @Test
  void aWindowThatShrinksBelowNothingIsHeldTo() throws Exception {
    try (HttpApplication application = large();
        RunningProxy proxy = proxy(application);
        Http2Peer peer = peer(proxy).keepingNoBodies().givingNoWindows()) {
      int stream = peer.nextStream();
      get(peer, stream, "/big");
      peer.readUntil(() -> peer.bodyBytes(stream) == 65_535);
      peer.send(
          Http2Frame.settings(Http2Frame.INITIAL_WINDOW_SIZE, 0), // now it is -65535
          Http2Frame.windowUpdate(0, 1_000_000),
          Http2Frame.windowUpdate(stream, 65_535)); // and now nothing
      peer.roundTrip();
      peer.roundTrip();
      assertThat(peer.bodyBytes(stream)).isEqualTo(65_535);

      peer.send(Http2Frame.windowUpdate(stream, 7));
      peer.readUntil(() -> peer.bodyBytes(stream) > 65_535);
      peer.roundTrip();
      assertThat(peer.bodyBytes(stream)).isEqualTo(65_535 + 7);
    }
  }

  /** Sends as much of a body as we are let, until no more is taken. */
  private static long sendUntilStuck(Http2Peer peer, int stream) throws IOException {
    long sent = 0;
    while (sent < BYTES) {
      long soFar = sent;
      if (!peer.readsUntil(() -> peer.window(stream, soFar, soFar) > 0)) {
        return sent;
      }
      int next = (int) Math.min(16_384, peer.window(stream, sent, sent));
      peer.send(Http2Frame.data(stream, "x".repeat(next)));
      sent += next;
    }
    return sent;
  }

  @Test
  void anApplicationThatDoesNotReadStopsItsStreamAndNoOther() throws Exception {
    CountDownLatch read = new CountDownLatch(1);
    try (HttpApplication application =
            HttpApplication.answering(
                (request, out) -> {
                  if (request.target().equals("/stuck")) {
                    read.await(60, TimeUnit.SECONDS);
                  }
                  answer(out, String.valueOf(request.body().readAllBytes().length));
                });
        RunningProxy proxy = proxy(application);
        Http2Peer peer = peer(proxy)) {
      long before = held();
      int stuck = peer.nextStream();
      peer.send(Http2Frame.head(stuck, FieldBlock.request("PUT", "/stuck")));
      peer.settings();
      long sent = sendUntilStuck(peer, stuck);
      assertThat(sent).isLessThan(KERNEL_HOLDS);
      assertThat(held() - before).isLessThan(WE_HOLD);

      assertThat(peer.get("/").body()).isEqualTo("0");
      int other = peer.nextStream();
      peer.send(
          Http2Frame.head(other, FieldBlock.request("PUT", "/")),
          Http2Frame.lastData(other, "abc"));
      assertThat(peer.answer(other).body()).isEqualTo("3");

      read.countDown();
      peer.send(Http2Frame.trailers(stuck, FieldBlock.of("x-a", "b")));
      assertThat(peer.answer(stuck).body()).isEqualTo(String.valueOf(sent));
    }
  }

  @Test
  void whoSendsMoreThanTheWindowLetsHimIsStopped() throws Exception {
    CountDownLatch over = new CountDownLatch(1);
    try (HttpApplication application =
            HttpApplication.answering(
                (request, out) -> {
                  if (request.method().equals("PUT")) {
                    over.await(60, TimeUnit.SECONDS);
                  }
                  answer(out, "ok");
                });
        RunningProxy proxy = proxy(application);
        Http2Peer peer = peer(proxy)) {
      long before = held();
      int stream = peer.nextStream();
      peer.send(Http2Frame.head(stream, FieldBlock.request("PUT", "/")));
      CompletableFuture<Void> sending =
          CompletableFuture.runAsync(
              () -> {
                Http2Frame much = Http2Frame.data(stream, "x".repeat(16_384));
                try {
                  for (int i = 0; i < 10_000; i++) {
                    peer.send(much);
                  }
                } catch (IOException e) {
                  // The connection has ended, as it may.
                }
              },
              task -> new Thread(task, "flood").start());
      Answer answer = peer.answer(stream);

      assertThat(held() - before).isLessThan(WE_HOLD);
      if (answer.reset() != null) {
        assertThat(answer.reset()).isEqualTo(Http2Error.FLOW_CONTROL_ERROR);
      } else {
        // Its GOAWAY may be lost while we are still sending.
        assertThat(peer.hasEnded()).isTrue();
        assertThat(peer.goAways()).allMatch(each -> each.error() == Http2Error.FLOW_CONTROL_ERROR);
      }
      peer.abort();
      sending.join();
      over.countDown();
      try (Http2Peer other = peer(proxy)) {
        assertThat(other.get("/").body()).isEqualTo("ok");
      }
    }
  }

  @Test
  void aStreamThatIsResetStopsItsApplicationWithinTheAnswer() throws Exception {
    try (HttpApplication application = large();
        RunningProxy proxy = proxy(application);
        Http2Peer peer = peer(proxy).givingNoWindows()) {
      int stream = peer.nextStream();
      get(peer, stream, "/big");
      assertThat(peer.answerBegun(stream).status()).isEqualTo(200);
      peer.send(Http2Frame.reset(stream, Http2Error.CANCEL));

      assertThat(application.nextEnding()).containsAnyOf("Broken pipe", "reset");
      assertThat(payload.sent()).isLessThan(BYTES);
    }
  }

  @Test
  void moreStreamsThanWeAllowAreRefusedAndTheOthersServed() throws Exception {
    CountDownLatch answer = new CountDownLatch(1);
    try (HttpApplication application =
            HttpApplication.answering(
                (request, out) -> {
                  answer.await(20, TimeUnit.SECONDS);
                  answer(out, "ok");
                });
        RunningProxy proxy = proxy(application);
        Http2Peer peer = peer(proxy)) {
      int most =
          peer.settings()
              .getOrDefault(Http2Frame.MAX_CONCURRENT_STREAMS, Long.MAX_VALUE)
              .intValue();
      assertThat(most).isBetween(100, 1000);
      List<Integer> streams = new ArrayList<>();
      for (int i = 0; i < most; i++) {
        streams.add(peer.nextStream());
        get(peer, streams.get(i), "/");
      }
      int more = peer.nextStream();
      get(peer, more, "/");
      assertThat(peer.answer(more).reset())
          .isIn(Http2Error.REFUSED_STREAM, Http2Error.PROTOCOL_ERROR);

      answer.countDown();
      for (int stream : streams) {
        assertThat(peer.answer(stream).body()).isEqualTo("ok");
      }
      assertThat(peer.get("/").body()).isEqualTo("ok");
    }
  }

  @Test
  void fourHundredPeersThatLeaveWithinTheirRequestsLeaveNothingBehind() throws Exception {
    try (HttpApplication application =
            HttpApplication.answering((request, out) -> request.body().readAllBytes());
        RunningProxy proxy = proxy(application)) {
      for (int round = 0; round < 100; round++) {
        List<Http2Peer> peers = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
          Http2Peer peer = peer(proxy);
          peer.send(
              Http2Frame.head(1, FieldBlock.request("PUT", "/")),
              Http2Frame.data(1, "half"),
              Http2Frame.head(3, FieldBlock.request("PUT", "/", "content-length", "100")),
              Http2Frame.data(3, "half"));
          peers.add(peer);
        }
        for (int i = 0; i < peers.size(); i++) {
          if (i % 2 == 0) {
            peers.get(i).close();
          } else {
            peers.get(i).abort();
          }
        }
      }
      proxy.awaitActive("web", 0);
      Eventually.holds("the application has nobody", () -> application.open() == 0);
    }
  }
}
