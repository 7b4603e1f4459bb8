package io.sallyport.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.util.NetUtil;
import io.sallyport.config.Address;
import io.sallyport.config.TransportKind;
import io.sallyport.transport.Transport;
import io.sallyport.transport.TransportUnavailable;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class ResolverTest {

  /** A loop on which no resolver can send: whoever asked one would learn nothing. */
  private final EmbeddedChannel channel = new EmbeddedChannel();

  @ParameterizedTest
  @ValueSource(strings = {"localhost", "LocalHost", "localhost.", "LOCALHOST."})
  void takesLocalhostForThisHostAndAsksNobody(String name) throws TransportUnavailable {
    List<SocketAddress> found = new ArrayList<>();
    try (Resolver resolver = new Resolver(Transport.of(TransportKind.NIO))) {
      resolver.resolve(
          channel.eventLoop(),
          new Address.Tcp(name, 8080),
          (addresses, cause) -> {
            if (addresses != null) {
              found.addAll(addresses);
            }
          });
    }

    assertThat(found).first().isEqualTo(new InetSocketAddress(NetUtil.LOCALHOST4, 8080));
    assertThat(found)
        .allMatch(address -> ((InetSocketAddress) address).getAddress().isLoopbackAddress())
        .allMatch(address -> ((InetSocketAddress) address).getPort() == 8080);
  }
}
