package io.sallyport;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.sallyport.rig.Application;
import io.sallyport.rig.Pki;
import io.sallyport.rig.RunningProxy;
import io.sallyport.rig.Stream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.Socket;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the application reads before the peer's first byte, taken apart by the specification. */
final class ProxyProtocolIT {

  private static final byte[] SIGNATURE = HexFormat.of().parseHex("0d0a0d0a000d0a515549540a");

  private final Pki pki;
  private final LinkedBlockingQueue<byte[]> headers = new LinkedBlockingQueue<>();

  ProxyProtocolIT(@TempDir Path folder) throws IOException {
    pki = new Pki(folder);
  }

  private static RunningProxy proxy(Pki pki, String listen, Application application, String more) {
    return RunningProxy.with(
        pki,
        """
        inbound.web {
          listen = "%s", forward = "%s", client-auth = request, allow = anyone, alpn = [ "h2" ]
          %s
        }
        """
            .formatted(listen, application.address(), more));
  }

  /** Speaks first, when it has read a header; so the header cannot wait for the peer. */
  private Application greeter(Header header) {
    return Application.serving(
        socket -> {
          headers.add(header.read(socket.getInputStream()));
          socket.getOutputStream().write("hello".getBytes(US_ASCII));
          headers.add(socket.getInputStream().readNBytes(4));
        });
  }

  @FunctionalInterface
  private interface Header {
    byte[] read(InputStream in) throws IOException;
  }

  private static byte[] line(InputStream in) throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    int b;
    do {
      b = in.read();
      line.write(b);
    } while (b != '\n');
    return line.toByteArray();
  }

  private static byte[] binary(InputStream in) throws IOException {
    DataInputStream data = new DataInputStream(in);
    byte[] start = data.readNBytes(16);
    int length = ByteBuffer.wrap(start).getShort(14) & 0xffff;
    return ByteBuffer.allocate(16 + length).put(start).put(data.readNBytes(length)).array();
  }

  private byte[] next() throws InterruptedException {
    byte[] header = headers.poll(20, TimeUnit.SECONDS);
    assertThat(header).isNotNull();
    return header;
  }

  private void exchange(Stream peer) throws IOException, InterruptedException {
    assertThat(peer.in().readNBytes(5)).asString().isEqualTo("hello");
    peer.out().write("PROX".getBytes(US_ASCII));
  }

  @Test
  void writesALineOfTextInVersionOne() throws Exception {
    try (Application application = greeter(ProxyProtocolIT::line);
        RunningProxy proxy = proxy(pki, "127.0.0.1:0", application, "proxy-protocol = v1");
        SSLSocket peer = pki.connect(null, proxy.port("web"), "TLSv1.3")) {
      exchange(Stream.of(peer));
      assertThat(next())
          .asString(US_ASCII)
          .isEqualTo(
              "PROXY TCP4 127.0.0.1 127.0.0.1 %d %d\r\n"
                  .formatted(peer.getLocalPort(), peer.getPort()));
      assertThat(next()).asString().isEqualTo("PROX");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
  void tellsAddressesAndWhatTlsSettledInVersionTwo(String protocol) throws Exception {
    try (Application application = greeter(ProxyProtocolIT::binary);
        RunningProxy proxy = proxy(pki, "127.0.0.1:0", application, "proxy-protocol = v2");
        SSLSocket peer = pki.connect(pki.client(), proxy.port("web"), protocol)) {
      SSLParameters parameters = peer.getSSLParameters();
      parameters.setApplicationProtocols(new String[] {"h2"});
      parameters.setServerNames(List.of(new SNIHostName("gate.test")));
      peer.setSSLParameters(parameters);
      exchange(Stream.of(peer));

      ByteBuffer header = v2(next(), 0x11);
      assertThat(address(header, 4)).isEqualTo(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}));
      assertThat(address(header, 4)).isEqualTo(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}));
      assertThat(header.getShort() & 0xffff).isEqualTo(peer.getLocalPort());
      assertThat(header.getShort() & 0xffff).isEqualTo(peer.getPort());
      Map<Integer, byte[]> tlvs = tlvs(header);
      assertThat(tlvs).containsOnlyKeys(0x01, 0x02, 0x20);
      assertThat(tlvs.get(0x01)).asString().isEqualTo("h2");
      assertThat(tlvs.get(0x02)).asString().isEqualTo("gate.test");
      assertTls(tlvs, 0x07, 0, protocol, "client");
    }
  }

  @Test
  void tellsOfAPeerThatShowedNoCertificate() throws Exception {
    try (Application application = greeter(ProxyProtocolIT::binary);
        RunningProxy proxy = proxy(pki, "127.0.0.1:0", application, "proxy-protocol = v2");
        SSLSocket peer = pki.connect(null, proxy.port("web"), "TLSv1.3")) {
      exchange(Stream.of(peer));
      ByteBuffer header = v2(next(), 0x11);
      header.position(header.position() + 12);
      assertTls(tlvs(header), 0x01, 1, "TLSv1.3", null);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"v1", "v2"})
  void tellsAddressesOfIpv6(String version) throws Exception {
    assumeThat(NetworkInterface.getByInetAddress(ipv6Loopback()))
        .as("IPv6 is available here")
        .isNotNull();
    try (Application application =
            greeter(version.equals("v1") ? ProxyProtocolIT::line : ProxyProtocolIT::binary);
        RunningProxy proxy = proxy(pki, "[::1]:0", application, "proxy-protocol = " + version);
        SSLSocket peer = pki.over(new Socket(ipv6Loopback(), proxy.port("web")), null, "TLSv1.3")) {
      exchange(Stream.of(peer));
      if (version.equals("v1")) {
        assertThat(next())
            .asString(US_ASCII)
            .matches("PROXY TCP6 0:0:0:0:0:0:0:1 0:0:0:0:0:0:0:1 \\d+ \\d+\r\n");
      } else {
        ByteBuffer header = v2(next(), 0x21);
        assertThat(address(header, 16)).isEqualTo(ipv6Loopback());
      }
    }
  }

  private static InetAddress ipv6Loopback() throws UnknownHostException {
    byte[] address = new byte[16];
    address[15] = 1;
    return InetAddress.getByAddress(address);
  }

  /** Through an outbound listener of ours, since Java has no TLS over Unix sockets. */
  @ParameterizedTest
  @ValueSource(strings = {"v1", "v2"})
  void tellsOfAPeerOverAUnixSocketThatItHasNoAddress(String version) throws Exception {
    try (Application application =
            greeter(version.equals("v1") ? ProxyProtocolIT::line : ProxyProtocolIT::binary);
        RunningProxy proxy =
            proxy(
                pki,
                "unix:FOLDER/peers.sock",
                application,
                """
                  proxy-protocol = %s
                }
                outbound.ledger {
                  listen = "127.0.0.1:0", connect = "unix:FOLDER/peers.sock"
                  identity = client, server-name = localhost
                """
                    .formatted(version));
        Socket local = proxy.connect("ledger")) {
      exchange(Stream.of(local));
      if (version.equals("v1")) {
        assertThat(next()).asString(US_ASCII).isEqualTo("PROXY UNKNOWN\r\n");
      } else {
        ByteBuffer header = v2(next(), 0x31);
        byte[] addresses = new byte[216];
        header.get(addresses);
        assertThat(addresses).containsOnly(0);
        assertTls(tlvs(header), 0x07, 0, "TLSv1.3", "client");
      }
      assertThat(next()).asString().isEqualTo("PROX");
    }
  }

  private static ByteBuffer v2(byte[] bytes, int familyAndProtocol) {
    ByteBuffer header = ByteBuffer.wrap(bytes);
    byte[] signature = new byte[SIGNATURE.length];
    header.get(signature);
    assertThat(signature).isEqualTo(SIGNATURE);
    assertThat(header.get()).isEqualTo((byte) 0x21);
    assertThat(header.get()).isEqualTo((byte) familyAndProtocol);
    assertThat(header.getShort() & 0xffff).isEqualTo(header.remaining());
    return header;
  }

  private static InetAddress address(ByteBuffer header, int length) throws IOException {
    byte[] address = new byte[length];
    header.get(address);
    return InetAddress.getByAddress(address);
  }

  private static Map<Integer, byte[]> tlvs(ByteBuffer rest) {
    Map<Integer, byte[]> tlvs = new TreeMap<>();
    while (rest.hasRemaining()) {
      int type = rest.get() & 0xff;
      byte[] value = new byte[rest.getShort() & 0xffff];
      rest.get(value);
      assertThat(tlvs.put(type, value)).isNull();
    }
    return tlvs;
  }

  private static void assertTls(
      Map<Integer, byte[]> tlvs,
      int client,
      int verify,
      String version,
      @Nullable String commonName) {
    ByteBuffer ssl = ByteBuffer.wrap(tlvs.getOrDefault(0x20, new byte[0]));
    assertThat(ssl.get()).isEqualTo((byte) client);
    assertThat(ssl.getInt()).isEqualTo(verify);
    Map<Integer, byte[]> about = tlvs(ssl);
    assertThat(new String(about.getOrDefault(0x21, new byte[0]), US_ASCII)).isEqualTo(version);
    if (commonName == null) {
      assertThat(about).containsOnlyKeys(0x21);
    } else {
      assertThat(new String(about.getOrDefault(0x22, new byte[0]), UTF_8)).isEqualTo(commonName);
    }
  }
}
