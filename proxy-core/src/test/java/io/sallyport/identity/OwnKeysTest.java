package io.sallyport.identity;

import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.sallyport.config.InboundConfig.ClientAuth;
import io.sallyport.rig.Leaks;
import io.sallyport.testcerts.TestCa;
import io.sallyport.testcerts.TestIdentity;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Our keys in native memory. */
final class OwnKeysTest {

  private static final int GENERATIONS = 2000;
  private static final int LOOPS = 2;

  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void goWithTheirGenerationThoughItsFirstHandshakesWereAtOnce(int identities) throws Exception {
    TestIdentity issued = TestCa.create().issue(leaf -> leaf.dns("ledger"));
    List<Identity> ours =
        Stream.of("one", "two")
            .limit(identities)
            .map(name -> new Identity(name, issued.chain(), issued.key(), null))
            .toList();
    byte[] hello = clientHello();
    CyclicBarrier atOnce = new CyclicBarrier(LOOPS);
    ExecutorService loops = Executors.newFixedThreadPool(LOOPS);
    try {
      for (int i = 0; i < GENERATIONS; i++) {
        ServerNames names = new ServerNames(ours, false);
        IdentityGeneration generation =
            new IdentityGeneration(
                1,
                TlsContexts.server(
                    TestSetup.inbound(ClientAuth.NONE, TestSetup.TLS_1_2_AND_1_3),
                    names,
                    TrustBundle.EMPTY,
                    PeerCheck.ANY_TRUSTED),
                names,
                TrustBundle.EMPTY);
        Callable<Void> handshake =
            () -> {
              EmbeddedChannel channel =
                  new EmbeddedChannel(TlsHandlers.server(generation, Duration.ZERO));
              atOnce.await();
              channel.writeInbound(Unpooled.wrappedBuffer(hello));
              channel.finishAndReleaseAll();
              return null;
            };
        List<Future<Void>> handshakes = loops.invokeAll(List.of(handshake, handshake));
        for (Future<Void> each : handshakes) {
          each.get();
        }
        generation.release();
      }
    } finally {
      loops.shutdown();
    }

    Leaks.awaitNone();
  }

  private static byte[] clientHello() throws Exception {
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, null, null);
    SSLEngine client = context.createSSLEngine();
    client.setUseClientMode(true);
    ByteBuffer hello = ByteBuffer.allocate(client.getSession().getPacketBufferSize());
    client.wrap(ByteBuffer.allocate(0), hello);
    byte[] bytes = new byte[hello.flip().remaining()];
    hello.get(bytes);
    return bytes;
  }
}
