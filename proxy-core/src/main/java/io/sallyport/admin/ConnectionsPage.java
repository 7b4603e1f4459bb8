package io.sallyport.admin;

import io.netty.handler.codec.http.HttpResponseStatus;
import io.sallyport.listener.ConnectionView;
import java.time.Instant;

/** Who is connected, as JSON. */
final class ConnectionsPage {

  private ConnectionsPage() {}

  static Reply of(ProxyView.Connections open, Instant now) {
    String json =
        new JsonObject()
            .put("total", open.total())
            .putObjects("peers", open.peers(), ConnectionsPage::peer)
            .putObjects(
                "connections",
                open.newest(),
                (connection, object) -> connection(connection, now, object))
            .end();
    return Reply.of(HttpResponseStatus.OK, Reply.JSON, json);
  }

  private static void peer(ProxyView.PeerConnections peer, JsonObject json) {
    json.put("listener", peer.listener())
        .put("peer", peer.peer())
        .put("connections", peer.connections());
  }

  private static void connection(ConnectionView connection, Instant now, JsonObject json) {
    Instant notAfter = connection.peerNotAfter();
    json.put("id", connection.id())
        .put("listener", connection.listener())
        .put("peer", connection.peer())
        .put("remote", connection.remote())
        .put("endpoint", connection.endpoint())
        .put("opened_at", now.minusMillis(connection.ageMillis()))
        .put("bytes_to_application", connection.bytesToApplication())
        .put("bytes_to_peer", connection.bytesToPeer())
        .put("peer_not_after", notAfter == null ? null : notAfter.toString());
  }
}
