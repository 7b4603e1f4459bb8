package io.sallyport.admin;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.embedded.EmbeddedChannel;
import org.junit.jupiter.api.Test;

class OpenConnectionsTest {

  private final OpenConnections connections = new OpenConnections(2);
  private final EmbeddedChannel first = new EmbeddedChannel();
  private final EmbeddedChannel second = new EmbeddedChannel();
  private final EmbeddedChannel third = new EmbeddedChannel();

  @Test
  void atTheLimitTheQuietestIsClosed() {
    connections.opened(first);
    connections.opened(second);
    connections.answered(first);

    connections.opened(third);

    assertThat(second.isOpen()).isFalse();
    assertThat(first.isOpen()).isTrue();
    assertThat(third.isOpen()).isTrue();
  }

  @Test
  void aClosedConnectionFreesItsPlace() {
    connections.opened(first);
    connections.opened(second);
    connections.closed(first);
    connections.answered(first);

    connections.opened(third);

    assertThat(second.isOpen()).isTrue();
  }

  @Test
  void closesAll() {
    connections.opened(first);
    connections.opened(second);

    connections.closeAll();

    assertThat(first.isOpen()).isFalse();
    assertThat(second.isOpen()).isFalse();
  }
}
