package io.sallyport;

import io.sallyport.admin.ProxyView.Connections;
import io.sallyport.admin.ProxyView.PeerConnections;
import io.sallyport.listener.ConnectionView;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/** Goes through the open connections once, and keeps no more of them than are to be named. */
final class WhoIsConnected {

  private static final Comparator<ConnectionView> OLDEST_FIRST =
      Comparator.comparingLong(ConnectionView::ageMillis).reversed();

  private static final Comparator<PeerConnections> MOST_FIRST =
      Comparator.comparingInt(PeerConnections::connections)
          .reversed()
          .thenComparing(PeerConnections::listener)
          .thenComparing(each -> String.valueOf(each.peer()));

  private final int most;
  private final PriorityQueue<ConnectionView> newest = new PriorityQueue<>(OLDEST_FIRST);
  private final Map<Of, Integer> byPeer = new HashMap<>();
  private int total;

  private record Of(String listener, @Nullable String peer) {}

  WhoIsConnected(int most) {
    this.most = most;
  }

  void add(ConnectionView connection) {
    total++;
    byPeer.merge(new Of(connection.listener(), connection.peer()), 1, Integer::sum);
    newest.add(connection);
    if (newest.size() > most) {
      newest.poll();
    }
  }

  Connections all() {
    List<ConnectionView> named = new ArrayList<>(newest);
    named.sort(OLDEST_FIRST.reversed());
    return new Connections(
        total,
        byPeer.entrySet().stream()
            .map(
                entry ->
                    new PeerConnections(
                        entry.getKey().listener(), entry.getKey().peer(), entry.getValue()))
            .sorted(MOST_FIRST)
            .limit(most)
            .toList(),
        named);
  }
}
