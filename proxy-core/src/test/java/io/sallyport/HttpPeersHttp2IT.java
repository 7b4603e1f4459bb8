package io.sallyport;

import static org.assertj.core.api.Assertions.assertThat;

import io.sallyport.rig.Eventually;
import io.sallyport.rig.FieldBlock;
import io.sallyport.rig.H2cApplication;
import io.sallyport.rig.H2cApplication.Script;
import io.sallyport.rig.Http2Frame;
import io.sallyport.rig.Http2Peer;
import io.sallyport.rig.HttpPeer;
import io.sallyport.rig.Pki;
import io.sallyport.rig.RunningProxy;
import io.sallyport.rig.WebSocketApplication;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What peers of HTTP/2 may do to those who ask, and what connections they are left with. */
final class HttpPeersHttp2IT {

  private static final String ELSE = "spiffe://test/else";
  private static final String SERVER = "spiffe://test/server";
  private static final String UPSTREAM = "sallyport_upstream_";
  private static final int MAX_CONCURRENT_STREAMS = 3;

  private final Pki pki;

  HttpPeersHttp2IT(@TempDir Path folder) throws IOException {
    pki = new Pki(folder);
  }

  /** One event loop has one pool. */
  private static String outbound(String more, String... endpoints) {
    return """
        workers = 1
        reload.interval = off
        outbound.out {
          listen = "127.0.0.1:0", connect = [ "%s" ], identity = client, protocol = http
          %s
        }
        """
        .formatted(String.join("\", \"", endpoints), more);
  }

  private H2cApplication peer(Script script, int... settings) {
    return H2cApplication.overTls(pki.context(pki.server()), script, settings);
  }

  private static HttpPeer application(RunningProxy proxy) throws IOException {
    return HttpPeer.over(proxy.connect("out"));
  }

  private static void awaitUpstream(RunningProxy proxy, String metric, int value) {
    proxy.awaitMetric(UPSTREAM + metric + "{listener=\"out\"}", value);
  }

  private static int openWebSocket(Http2Peer application) throws IOException {
    int stream = application.nextStream();
    application.send(
        Http2Frame.head(
            stream,
            FieldBlock.of(
                ":method",
                "CONNECT",
                ":protocol",
                "websocket",
                ":scheme",
                "http",
                ":authority",
                "localhost",
                ":path",
                "/",
                "sec-websocket-version",
                "13")));
    assertThat(application.answerBegun(stream).status()).isEqualTo(200);
    return stream;
  }

  @Test
  void eachWebSocketOfAnApplicationStandsAndFallsWithItsOwnPeer() throws Exception {
    try (WebSocketApplication one = WebSocketApplication.echoTls(pki.context(pki.server()));
        WebSocketApplication other =
            WebSocketApplication.echoTls(
                pki.context(pki.issue("else", leaf -> leaf.ip("127.0.0.1").uri(ELSE))))) {
      String both = "allow = [ { uri = [ \"" + SERVER + "\", \"" + ELSE + "\" ] } ]";
      String before = outbound(both, one.address(), other.address());
      try (RunningProxy proxy = RunningProxy.with(pki, before);
          Http2Peer application = Http2Peer.plain(proxy.connect("out"))) {
        int first = openWebSocket(application);
        boolean firstIsOne = one.accepted() == 1;
        int second = openWebSocket(application);
        assertThat(List.of(one.accepted(), other.accepted())).containsExactly(1, 1);
        String refused = firstIsOne ? SERVER : ELSE;
        proxy.rewrite(before.replace("\"" + refused + "\"", "\"spiffe://test/nobody\""));

        assertThat(proxy.reload().connections()).isOne();

        assertThat(application.answer(first).reset()).isNotNull();
        application.send(Http2Frame.data(second, WebSocketApplication.message("on")));
        assertThat(application.answerWith(second, 4).body())
            .isEqualTo(WebSocketApplication.answer("on"));
        assertThat((firstIsOne ? one : other).nextEnding()).isNotNull();
      }
    }
  }

  @Test
  void aPeerThatTakesNoRequestsIsLeftWithNoConnections() throws Exception {
    try (H2cApplication peer = peer(H2cApplication::hello, MAX_CONCURRENT_STREAMS, 0);
        RunningProxy proxy = RunningProxy.with(pki, outbound("alpn = [ h2 ]", peer.address()));
        HttpPeer caller = application(proxy)) {
      for (int i = 0; i < 5; i++) {
        assertThat(caller.get("/").status()).isEqualTo(200);
      }

      awaitUpstream(proxy, "connections_active", 0);
      Eventually.holds("the peer has nobody", () -> peer.open() == 0);
    }
  }
}
