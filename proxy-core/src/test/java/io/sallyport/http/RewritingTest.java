package io.sallyport.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.handler.codec.http.DefaultHttpHeadersFactory;
import io.netty.handler.codec.http.HttpHeaders;
import io.sallyport.config.Http2Limits;
import io.sallyport.config.HttpConfig;
import io.sallyport.config.HttpLimits;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What trailers may bring that fields may not. */
final class RewritingTest {

  private static final Duration TIMEOUT = Duration.ofSeconds(1);

  static Rewriting plain() {
    HttpLimits limits =
        new HttpLimits(
            1024,
            4096,
            20,
            0,
            100,
            TIMEOUT,
            TIMEOUT,
            TIMEOUT,
            TIMEOUT,
            0,
            TIMEOUT,
            1,
            new Http2Limits(100, 65536, 200, 200, 4096, 16));
    HttpConfig config =
        new HttpConfig(
            HttpConfig.AppProtocol.HTTP1,
            Set.of(),
            false,
            false,
            false,
            List.of(),
            false,
            false,
            HttpConfig.AccessLog.OFF,
            limits);
    SocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), 1);
    return Rewriting.of(config, null, List.of(), null, address, address);
  }

  @Test
  void whatIsRemovedFromTheFieldsDoesNotComeInATrailer() {
    HttpHeaders trailers = DefaultHttpHeadersFactory.trailersFactory().newHeaders();
    trailers
        .add("X-Peer-Spiffe-Id", "spiffe://test/root")
        .add("X_Forwarded_For", "10.1.2.3")
        .add("X-HTTP-Method-Override", "DELETE")
        .add("X_Method_Override", "DELETE")
        .add("X-Sum", "7");

    plain().requestTrailers(trailers);

    assertThat(trailers.names()).containsExactly("X-Sum");
  }
}
