package io.sallyport.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.embedded.EmbeddedChannel;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import org.junit.jupiter.api.Test;

final class OwnConnectionsTest {

  private static final InetSocketAddress HERE = new InetSocketAddress("10.0.0.1", 40_000);
  private static final InetSocketAddress THERE = new InetSocketAddress("10.0.0.2", 80);
  private static final InetSocketAddress LISTENER =
      new InetSocketAddress(InetAddress.getLoopbackAddress(), 15_001);
  private static final InetSocketAddress ELSEWHERE = new InetSocketAddress("10.0.0.3", 80);

  private final OwnConnections ours = new OwnConnections();

  private static final class Between extends EmbeddedChannel {
    private final InetSocketAddress local;
    private final InetSocketAddress remote;

    Between(InetSocketAddress local, InetSocketAddress remote) {
      this.local = local;
      this.remote = remote;
    }

    @Override
    protected SocketAddress localAddress0() {
      return local;
    }

    @Override
    protected SocketAddress remoteAddress0() {
      return remote;
    }
  }

  private boolean accepts(InetSocketAddress from, InetSocketAddress destination) {
    return ours.isOurs(new Between(LISTENER, from), destination);
  }

  @Test
  void areKnownWhenTheyComeBackToUs() {
    assertThat(accepts(ELSEWHERE, THERE)).isFalse(); // from now on it is looked for them
    assertThat(ours.comesBack(new Between(HERE, THERE))).isFalse();
    assertThat(accepts(HERE, THERE)).isTrue();
  }

  @Test
  void areKnownWhenTheyHaveBeenAcceptedBeforeTheyAreMade() {
    assertThat(accepts(HERE, THERE)).isFalse();
    assertThat(ours.comesBack(new Between(HERE, THERE))).isTrue();
  }

  @Test
  void areNotTakenForAnothersThatHasTheSamePortToAnotherDestination() {
    assertThat(accepts(HERE, ELSEWHERE)).isFalse();
    assertThat(ours.comesBack(new Between(HERE, THERE))).isFalse();
    assertThat(accepts(HERE, new InetSocketAddress("10.0.0.2", 81))).isFalse();
  }

  @Test
  void areForgottenWhenTheyAreClosed() {
    Between accepted = new Between(LISTENER, HERE);
    assertThat(ours.isOurs(accepted, THERE)).isFalse();
    accepted.close().syncUninterruptibly();
    Between made = new Between(HERE, THERE);
    assertThat(ours.comesBack(made)).isFalse();
    made.close().syncUninterruptibly();
    assertThat(accepts(HERE, THERE)).isFalse();
  }
}
