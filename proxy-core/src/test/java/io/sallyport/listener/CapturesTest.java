package io.sallyport.listener;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.embedded.EmbeddedChannel;
import io.sallyport.policy.Denial;
import io.sallyport.upstream.OwnConnections;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Who may go on to where it was going; how that is learnt is the kernel's, and tested with it. */
final class CapturesTest {

  private static final int OURS = 9901;

  private final Captures captures =
      new Captures(channel -> Optional.empty(), new OwnConnections(), port -> port == OURS);

  private static final class Accepted extends EmbeddedChannel {
    @Override
    protected SocketAddress localAddress0() {
      return new InetSocketAddress(InetAddress.getLoopbackAddress(), 15_006);
    }

    @Override
    protected SocketAddress remoteAddress0() {
      return new InetSocketAddress("192.0.2.1", 40_000);
    }
  }

  private @Nullable Denial denial(@Nullable InetSocketAddress destination, boolean inbound) {
    return captures.denial(new Accepted(), destination, inbound);
  }

  @ParameterizedTest
  @CsvSource(
      nullValues = "-",
      value = {
        "127.0.0.1, 8080, true, -",
        "::1, 8080, true, -",
        "127.0.0.9, 8080, true, -",
        "192.0.2.7, 8080, true, NOT_THIS_HOST",
        "2001:db8::7, 8080, true, NOT_THIS_HOST",
        "192.0.2.7, 9901, true, NOT_THIS_HOST",
        "127.0.0.1, 9901, true, LOOP",
        "::1, 9901, true, LOOP",
        "127.0.0.1, 15006, true, NOT_REDIRECTED",
        "127.0.0.1, 15006, false, NOT_REDIRECTED",
        "127.0.0.1, 9901, false, LOOP",
        "192.0.2.7, 9901, false, -",
        "192.0.2.7, 443, false, -"
      })
  void goesOnUnlessItWouldComeBackOrLeaveFromOutside(
      String host, int port, boolean inbound, @Nullable Denial denial) {
    assertThat(denial(new InetSocketAddress(host, port), inbound)).isEqualTo(denial);
  }

  @Test
  void isRefusedWhereNothingIsKnownOfWhereItWasGoing() {
    assertThat(denial(null, true)).isEqualTo(Denial.NOT_REDIRECTED);
    assertThat(denial(null, false)).isEqualTo(Denial.NOT_REDIRECTED);
  }
}
