package io.sallyport.inbound;

import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.handler.codec.haproxy.HAProxyCommand;
import io.netty.handler.codec.haproxy.HAProxyMessage;
import io.netty.handler.codec.haproxy.HAProxyMessageEncoder;
import io.netty.handler.codec.haproxy.HAProxyProtocolVersion;
import io.netty.handler.codec.haproxy.HAProxyProxiedProtocol;
import io.netty.handler.codec.haproxy.HAProxySSLTLV;
import io.netty.handler.codec.haproxy.HAProxyTLV;
import io.sallyport.config.InboundConfig.ProxyProtocol;
import io.sallyport.listener.TlsSession;
import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Tells the application where a connection came from, before its first byte: HAProxy's PROXY
 * protocol, version 1 (a line of text) or 2 (binary, with what TLS settled).
 */
final class ProxyHeader {

  // "The PROXY protocol", section 2.2.6, the bits of the client field.
  private static final byte CLIENT_SSL = 0x01;
  private static final byte CLIENT_CERT_CONN = 0x02;
  private static final byte CLIENT_CERT_SESS = 0x04;

  private ProxyHeader() {}

  /**
   * Writes it at once: an application in which the server speaks first waits for it. Without it
   * nothing may follow, for the peer's own first bytes could pass for one.
   *
   * @param remote the peer
   * @param calledAt where it meant to go
   */
  static void write(
      ProxyProtocol version,
      @Nullable SocketAddress remote,
      @Nullable SocketAddress calledAt,
      TlsSession session,
      Channel application) {
    application.pipeline().addFirst(HAProxyMessageEncoder.INSTANCE);
    application
        .writeAndFlush(header(version, remote, calledAt, session))
        .addListener(ChannelFutureListener.FIRE_EXCEPTION_ON_FAILURE);
    application.pipeline().remove(HAProxyMessageEncoder.INSTANCE);
  }

  private static Object header(
      ProxyProtocol version,
      @Nullable SocketAddress remote,
      @Nullable SocketAddress calledAt,
      TlsSession session) {
    HAProxyProtocolVersion wire =
        version == ProxyProtocol.V1 ? HAProxyProtocolVersion.V1 : HAProxyProtocolVersion.V2;
    if (remote instanceof InetSocketAddress from && calledAt instanceof InetSocketAddress to) {
      if (from.getAddress() instanceof Inet4Address && to.getAddress() instanceof Inet4Address) {
        return message(wire, HAProxyProxiedProtocol.TCP4, from, to, session);
      }
      if (from.getAddress() instanceof Inet6Address && to.getAddress() instanceof Inet6Address) {
        return message(wire, HAProxyProxiedProtocol.TCP6, from, to, session);
      }
    }
    // A peer over a Unix socket has no address to tell, and Netty can write neither this line nor
    // TLVs behind a family that is unknown.
    return version == ProxyProtocol.V1
        ? Unpooled.copiedBuffer("PROXY UNKNOWN\r\n", StandardCharsets.US_ASCII)
        : new HAProxyMessage(
            wire,
            HAProxyCommand.PROXY,
            HAProxyProxiedProtocol.UNIX_STREAM,
            "",
            "",
            0,
            0,
            tlvs(session));
  }

  private static HAProxyMessage message(
      HAProxyProtocolVersion version,
      HAProxyProxiedProtocol protocol,
      InetSocketAddress from,
      InetSocketAddress to,
      TlsSession session) {
    return new HAProxyMessage(
        version,
        HAProxyCommand.PROXY,
        protocol,
        literal(from),
        literal(to),
        from.getPort(),
        to.getPort(),
        version == HAProxyProtocolVersion.V1 ? List.of() : tlvs(session));
  }

  /** Without the zone of a link-local address, which means nothing elsewhere. */
  private static String literal(InetSocketAddress address) {
    String text = address.getAddress().getHostAddress();
    int zone = text.indexOf('%');
    return zone < 0 ? text : text.substring(0, zone);
  }

  private static List<HAProxyTLV> tlvs(TlsSession session) {
    List<HAProxyTLV> tlvs = new ArrayList<>(3);
    add(tlvs, HAProxyTLV.Type.PP2_TYPE_ALPN, session.alpn());
    add(tlvs, HAProxyTLV.Type.PP2_TYPE_AUTHORITY, session.serverName());
    List<HAProxyTLV> about = new ArrayList<>(2);
    add(about, HAProxyTLV.Type.PP2_TYPE_SSL_VERSION, session.version());
    byte client = CLIENT_SSL;
    int verify = 1; // "zero if the client presented a certificate and it was successfully verified"
    if (session.peer() != null) {
      client |= CLIENT_CERT_CONN | CLIENT_CERT_SESS;
      verify = 0;
      add(about, HAProxyTLV.Type.PP2_TYPE_SSL_CN, session.peer().commonName().orElse(null));
    }
    tlvs.add(new HAProxySSLTLV(verify, client, about));
    return tlvs;
  }

  private static void add(List<HAProxyTLV> tlvs, HAProxyTLV.Type type, @Nullable String value) {
    if (value != null) {
      tlvs.add(
          new HAProxyTLV(type, Unpooled.wrappedBuffer(value.getBytes(StandardCharsets.UTF_8))));
    }
  }
}
