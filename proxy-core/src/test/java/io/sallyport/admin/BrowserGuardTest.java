package io.sallyport.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpVersion;
import io.sallyport.config.Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class BrowserGuardTest {

  private static final InetSocketAddress LOOPBACK =
      new InetSocketAddress(InetAddress.getLoopbackAddress(), 9901);

  private final BrowserGuard listen =
      BrowserGuard.forListen(new Address.Tcp("admin.example", 9901));
  private final BrowserGuard probes = BrowserGuard.forProbes();

  @ParameterizedTest
  @ValueSource(
      strings = {
        "localhost",
        "LocalHost:9901",
        "127.0.0.1",
        "127.0.0.1:9901",
        "127.1.2.3:1",
        "[::1]",
        "[::1]:9901",
        "[0:0:0:0:0:0:0:1]:9901",
        "[::ffff:127.0.0.1]:9901",
        "admin.example:80",
        "ADMIN.example"
      })
  void loopbackAndTheConfiguredHostMayPass(String host) {
    assertThat(listen.refusal(get(HttpVersion.HTTP_1_1, host), LOOPBACK)).isNull();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "evil.example",
        "evil.example:9901",
        "localhost.evil.example",
        "127.0.0.1.evil.example",
        "localhost@evil.example",
        "evil.example@localhost",
        "localhost:80:80",
        "localhost:99999999",
        "localhost evil",
        "localhost.",
        "0x7f000001",
        "2130706433",
        "127.1",
        "10.0.0.1",
        "::1",
        "[::1",
        "[::1]evil",
        "[evil.example]",
        "[localhost]x",
        "",
        ":9901"
      })
  void noOtherHostMayPass(String host) {
    assertRefused(403, listen, get(HttpVersion.HTTP_1_1, host));
  }

  @Test
  void theAddressThatTheConnectionCameInOnMayPass() throws UnknownHostException {
    InetAddress ip = InetAddress.getByAddress(new byte[] {10, 1, 2, 3});
    InetSocketAddress pod = new InetSocketAddress(ip, 9901);
    BrowserGuard wildcard = BrowserGuard.forListen(new Address.Tcp("0.0.0.0", 9901));

    assertThat(wildcard.refusal(get(HttpVersion.HTTP_1_1, "10.1.2.3:9901"), pod)).isNull();
    assertThat(wildcard.refusal(get(HttpVersion.HTTP_1_1, "10.1.2.4:9901"), pod)).isNotNull();
  }

  @Test
  void aUnixSocketIsCalledLocalhost() {
    BrowserGuard unix = BrowserGuard.forListen(new Address.Unix(Path.of("/run/admin.sock")));

    assertThat(unix.refusal(get(HttpVersion.HTTP_1_1, "localhost"), LOOPBACK)).isNull();
    assertRefused(403, unix, get(HttpVersion.HTTP_1_1, "evil.example"));
  }

  @Test
  void aRequestHasOneHost() {
    HttpRequest none = new DefaultHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.GET, "/livez");
    HttpRequest two = get(HttpVersion.HTTP_1_1, "localhost");
    two.headers().add("host", "localhost");

    assertRefused(400, listen, none);
    assertRefused(400, listen, two);
    assertRefused(400, probes, none);
    assertRefused(400, probes, two);
  }

  @Test
  void onlyProbesServeHttp10WithoutAHost() {
    HttpRequest old = new DefaultHttpRequest(HttpVersion.HTTP_1_0, HttpMethod.GET, "/livez");

    assertThat(probes.refusal(old, LOOPBACK)).isNull();
    assertRefused(403, listen, old);
  }

  @Test
  void probesTakeAnyHost() {
    assertThat(probes.refusal(get(HttpVersion.HTTP_1_1, "10.244.0.7:9902"), LOOPBACK)).isNull();
  }

  @ParameterizedTest
  @CsvSource({
    "localhost:9901, http://evil.example",
    "localhost:9901, null",
    "localhost:9901, ''",
    "localhost:9901, http://localhost",
    "localhost:9901, http://localhost:8080",
    "localhost:9901, https://localhost:9901",
    "localhost:9901, http://localhost:9901.evil.example",
    "localhost:9901, http://127.0.0.1:9901"
  })
  void noOtherSiteMayPass(String host, String origin) {
    HttpRequest request = get(HttpVersion.HTTP_1_1, host);
    request.headers().add("origin", origin);

    assertRefused(403, listen, request);
    assertRefused(403, probes, request);
  }

  @Test
  void aSecondOriginIsCheckedToo() {
    HttpRequest request = get(HttpVersion.HTTP_1_1, "localhost:9901");
    request.headers().add("origin", "http://localhost:9901").add("origin", "http://evil.example");

    assertRefused(403, listen, request);
  }

  @Test
  void ourOwnPagesMayPass() {
    HttpRequest request = get(HttpVersion.HTTP_1_1, "localhost:9901");
    request.headers().add("origin", "http://LOCALHOST:9901");

    assertThat(listen.refusal(request, LOOPBACK)).isNull();
    assertThat(probes.refusal(request, LOOPBACK)).isNull();
  }

  private static HttpRequest get(HttpVersion version, String host) {
    HttpRequest request = new DefaultHttpRequest(version, HttpMethod.GET, "/livez");
    request.headers().add("host", host);
    return request;
  }

  private static void assertRefused(int status, BrowserGuard guard, HttpRequest request) {
    Reply reply = guard.refusal(request, LOOPBACK);
    if (reply == null) {
      fail("passed: " + request);
    } else {
      assertThat(reply.status().code()).isEqualTo(status);
    }
  }
}
