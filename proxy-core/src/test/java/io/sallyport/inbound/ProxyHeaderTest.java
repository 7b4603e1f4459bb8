package io.sallyport.inbound;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.sallyport.config.InboundConfig.ProxyProtocol;
import io.sallyport.listener.TlsSession;
import io.sallyport.policy.Peer;
import io.sallyport.testcerts.TestCa;
import java.io.ByteArrayOutputStream;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.net.UnknownHostException;
import java.security.cert.X509Certificate;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Byte for byte, against "The PROXY protocol", sections 2.1 and 2.2. */
final class ProxyHeaderTest {

  private static final String SIGNATURE = "0d0a0d0a000d0a515549540a";

  /** Nothing settled but the version; the peer showed no certificate. */
  private static final TlsSession BARE =
      new TlsSession("TLSv1.3", "TLS_AES_128_GCM_SHA256", null, null, List.of(), false, null);

  /** ssl(client_ssl, not verified), with the version and nothing else. */
  private static final String BARE_TLV = "20000f" + "01" + "00000001" + "210007" + ascii("TLSv1.3");

  private static final class Accepted extends EmbeddedChannel {
    private final SocketAddress from;
    private final SocketAddress to;

    Accepted(SocketAddress from, SocketAddress to) {
      this.from = from;
      this.to = to;
    }

    @Override
    protected SocketAddress remoteAddress0() {
      return from;
    }

    @Override
    protected SocketAddress localAddress0() {
      return to;
    }
  }

  private static String ascii(String text) {
    return HexFormat.of().formatHex(text.getBytes(US_ASCII));
  }

  private static InetSocketAddress at(String address, int port) throws UnknownHostException {
    return new InetSocketAddress(InetAddress.getByName(address), port);
  }

  /** All that the application reads, and a byte that follows. */
  private static byte[] written(
      ProxyProtocol version, SocketAddress from, SocketAddress to, TlsSession session)
      throws Exception {
    EmbeddedChannel accepted = new Accepted(from, to);
    EmbeddedChannel application = new EmbeddedChannel();
    ProxyHeader.write(
        version, accepted.remoteAddress(), accepted.localAddress(), session, application);
    application.writeOutbound(Unpooled.copiedBuffer("!", US_ASCII));
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (ByteBuf part = application.readOutbound();
        part != null;
        part = application.readOutbound()) {
      part.readBytes(all, part.readableBytes());
      part.release();
    }
    accepted.finishAndReleaseAll();
    application.finishAndReleaseAll();
    return all.toByteArray();
  }

  private static String hex(SocketAddress from, SocketAddress to, TlsSession session)
      throws Exception {
    return HexFormat.of().formatHex(written(ProxyProtocol.V2, from, to, session));
  }

  private static String line(SocketAddress from, SocketAddress to) throws Exception {
    return new String(written(ProxyProtocol.V1, from, to, BARE), US_ASCII);
  }

  @Test
  void versionOneIsALineOfTextWithBothEnds() throws Exception {
    assertThat(line(at("192.0.2.7", 50123), at("198.51.100.1", 8443)))
        .isEqualTo("PROXY TCP4 192.0.2.7 198.51.100.1 50123 8443\r\n!");
    assertThat(line(at("2001:db8::7", 50123), at("2001:db8::1", 8443)))
        .isEqualTo("PROXY TCP6 2001:db8:0:0:0:0:0:7 2001:db8:0:0:0:0:0:1 50123 8443\r\n!");
  }

  @Test
  void theZoneOfALinkLocalAddressIsLeftOut() throws Exception {
    byte[] bytes = HexFormat.of().parseHex("fe800000000000000000000000000007");
    InetSocketAddress zoned =
        new InetSocketAddress(Inet6Address.getByAddress(null, bytes, 2), 50123);
    assertThat(zoned.getAddress().getHostAddress()).contains("%");

    assertThat(line(zoned, zoned))
        .isEqualTo("PROXY TCP6 fe80:0:0:0:0:0:0:7 fe80:0:0:0:0:0:0:7 50123 50123\r\n!");
    assertThat(hex(zoned, zoned, BARE)).startsWith(SIGNATURE + "21" + "21" + "0036" + "fe80");
  }

  @Test
  void overAUnixSocketThereIsNoAddressToTell() throws Exception {
    UnixDomainSocketAddress path = UnixDomainSocketAddress.of("/run/peers.sock");

    assertThat(line(path, path)).isEqualTo("PROXY UNKNOWN\r\n!");
    assertThat(hex(path, path, BARE))
        .isEqualTo(SIGNATURE + "21" + "31" + "00ea" + "00".repeat(216) + BARE_TLV + ascii("!"));
  }

  @Test
  void versionTwoTellsOfAPeerWithoutACertificateThatItIsNotVerified() throws Exception {
    assertThat(hex(at("192.0.2.7", 50123), at("198.51.100.1", 8443), BARE))
        .isEqualTo(
            SIGNATURE
                + ("21" + "11" + "001e")
                + ("c0000207" + "c6336401" + "c3cb" + "20fb")
                + BARE_TLV
                + ascii("!"));
    assertThat(hex(at("2001:db8::7", 50123), at("2001:db8::1", 8443), BARE))
        .isEqualTo(
            SIGNATURE
                + ("21" + "21" + "0036")
                + "20010db8000000000000000000000007"
                + "20010db8000000000000000000000001"
                + ("c3cb" + "20fb")
                + BARE_TLV
                + ascii("!"));
  }

  @Test
  void versionTwoTellsWhatTlsSettledAndTheCommonNameInUtf8() throws Exception {
    X509Certificate leaf = TestCa.create().issue(spec -> spec.cn("Zoë")).leaf();
    TlsSession session =
        new TlsSession(
            "TLSv1.2",
            "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
            "h2",
            "gate.test",
            List.of(leaf),
            false,
            Peer.of(leaf));
    assertThat(hex(at("192.0.2.7", 50123), at("198.51.100.1", 8443), session))
        .isEqualTo(
            SIGNATURE
                + ("21" + "11" + "0036")
                + ("c0000207" + "c6336401" + "c3cb" + "20fb")
                + ("01" + "0002" + ascii("h2"))
                + ("02" + "0009" + ascii("gate.test"))
                + ("20" + "0016" + "07" + "00000000")
                + ("21" + "0007" + ascii("TLSv1.2"))
                + ("22" + "0004" + "5a6fc3ab")
                + ascii("!"));
  }

  @Test
  void aCertificateWithoutACommonNameIsVerifiedAllTheSame() throws Exception {
    X509Certificate leaf =
        TestCa.create().issue(spec -> spec.subject("O=shop").dns("shop.test")).leaf();
    TlsSession session =
        new TlsSession(
            "TLSv1.3", "TLS_AES_128_GCM_SHA256", null, null, List.of(leaf), false, Peer.of(leaf));
    assertThat(hex(at("192.0.2.7", 1), at("198.51.100.1", 2), session))
        .endsWith("20000f" + "07" + "00000000" + "210007" + ascii("TLSv1.3") + ascii("!"));
  }
}
