package io.sallyport;

import static org.assertj.core.api.Assertions.assertThat;

import io.sallyport.admin.ProxyView.Connections;
import io.sallyport.admin.ProxyView.PeerConnections;
import io.sallyport.listener.ConnectionView;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class WhoIsConnectedTest {

  private static ConnectionView of(String listener, @Nullable String peer, long ageMillis) {
    return new ConnectionView(
        listener, "id" + ageMillis, peer, "10.0.0.1:1", null, ageMillis, 0L, 0L, null);
  }

  @Test
  void namesTheNewestAndThoseWhoHaveMostAndCountsAll() {
    WhoIsConnected who = new WhoIsConnected(2);
    who.add(of("web", "a", 5));
    who.add(of("web", "b", 3));
    who.add(of("web", "b", 9));
    who.add(of("api", "b", 1));
    who.add(of("web", null, 7));
    who.add(of("web", null, 8));
    who.add(of("web", null, 6));

    Connections all = who.all();

    assertThat(all.total()).isEqualTo(7);
    assertThat(all.newest()).extracting(ConnectionView::id).containsExactly("id1", "id3");
    assertThat(all.peers())
        .containsExactly(new PeerConnections("web", null, 3), new PeerConnections("web", "b", 2));
  }

  @Test
  void namesNobodyWhereNobodyIsToBeNamed() {
    WhoIsConnected who = new WhoIsConnected(0);
    who.add(of("web", "a", 5));

    assertThat(who.all().newest()).isEmpty();
    assertThat(who.all().peers()).isEmpty();
    assertThat(who.all().total()).isEqualTo(1);
  }
}
