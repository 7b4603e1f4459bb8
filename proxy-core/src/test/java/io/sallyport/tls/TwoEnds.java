package io.sallyport.tls;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.sallyport.testcerts.TestCa;
import io.sallyport.testcerts.TestIdentity;
import io.sallyport.tls.TlsSettings.Own;
import io.sallyport.tls.TlsSettings.PeerCertificate;
import java.io.ByteArrayOutputStream;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Executor;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/** A client and a server of ours that show each other certificates, and the wire between them. */
final class TwoEnds implements AutoCloseable {

  private static final TestCa CA = TestCa.create();
  private static final TestIdentity SERVER = CA.issue(leaf -> leaf.dns("app.test"));
  private static final TestIdentity CLIENT = CA.issue(leaf -> leaf.dns("shop.test"));

  PeerJudge judgeOfServer = (chain, host) -> {};
  @Nullable Executor judgesAt;
  Duration handshakeTimeout = Duration.ZERO;
  int port = 443;
  End client;
  End server;

  private @Nullable TlsContext clientContext;
  private @Nullable TlsContext serverContext;
  private int piece = Integer.MAX_VALUE;

  TwoEnds() {
    client = new End();
    server = new End();
  }

  /** What is delivered comes in pieces of so many bytes. */
  void inPiecesOf(int bytes) {
    piece = bytes;
  }

  /** Both ends are there, and nothing has been delivered. */
  void begin() {
    try {
      if (clientContext == null) {
        clientContext = TlsContext.of(settings(false, CLIENT, judgeOfServer));
        serverContext = TlsContext.of(settings(true, SERVER, (chain, host) -> {}));
      }
    } catch (SSLException e) {
      throw new IllegalStateException(e);
    }
    server.join(TlsHandler.server(serverContext(), handshakeTimeout));
    client.join(
        TlsHandler.client(
            Objects.requireNonNull(clientContext), "app.test", port, "app.test", Duration.ZERO));
  }

  private TlsSettings settings(boolean isServer, TestIdentity own, PeerJudge judge) {
    return new TlsSettings(
        isServer,
        "ECDHE-ECDSA-AES128-GCM-SHA256",
        List.of("X25519"),
        List.of(),
        PeerCertificate.REQUIRED,
        List.of(CA.certificate()),
        16 * 1024,
        judge,
        isServer ? judgesAt : null,
        List.of(new Own(own.chain(), own.key())),
        isServer ? null : handshake -> 0,
        false);
  }

  void shakeHands() {
    begin();
    deliver();
    if (!client.tls.isEstablished() || !server.tls.isEstablished()) {
      throw new AssertionError("no handshake: " + client.caught + " " + server.caught);
    }
  }

  /** New connections on the same terms. */
  void again() {
    client.leave();
    server.leave();
    client = new End();
    server = new End();
  }

  TlsContext serverContext() {
    return Objects.requireNonNull(serverContext);
  }

  List<X509Certificate> serverChain() {
    return SERVER.chain();
  }

  List<X509Certificate> clientChain() {
    return CLIENT.chain();
  }

  /** Delivers what is under way, both ways, until nothing is. */
  void deliver() {
    boolean moved = true;
    while (moved) {
      moved = client.deliverTo(server, piece);
      moved |= server.deliverTo(client, piece);
    }
  }

  void runTasks() {
    client.channel.runPendingTasks();
    server.channel.runPendingTasks();
  }

  @Override
  public void close() {
    client.leave();
    server.leave();
    if (clientContext != null) {
      clientContext.release();
      serverContext().release();
      if (clientContext.refCnt() + serverContext().refCnt() != 0) {
        throw new AssertionError("a connection was not freed");
      }
    }
  }

  static final class End {
    final EmbeddedChannel channel = new EmbeddedChannel();
    final List<Object> events = new ArrayList<>();
    final List<Throwable> caught = new ArrayList<>();
    TlsHandler tls = TlsRig.handler();
    int flushes;
    int readsAsked;
    int reads;
    int said;
    private final ByteArrayOutputStream taken = new ByteArrayOutputStream();

    void join(TlsHandler handler) {
      tls = handler;
      channel.freezeTime();
      channel
          .pipeline()
          .addLast(
              new ChannelOutboundHandlerAdapter() {
                @Override
                public void read(ChannelHandlerContext ctx) {
                  readsAsked++;
                  ctx.read();
                }

                @Override
                public void flush(ChannelHandlerContext ctx) {
                  flushes++;
                  ctx.flush();
                }
              })
          .addLast(handler)
          .addLast(
              new ChannelInboundHandlerAdapter() {
                @Override
                public void channelRead(ChannelHandlerContext ctx, Object message) {
                  ByteBuf bytes = (ByteBuf) message;
                  reads++;
                  byte[] read = new byte[bytes.readableBytes()];
                  bytes.readBytes(read).release();
                  taken.writeBytes(read);
                }

                @Override
                public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
                  events.add(event);
                }

                @Override
                public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
                  caught.add(cause);
                }
              });
    }

    void leave() {
      channel.finishAndReleaseAll();
    }

    void say(String text) {
      said++;
      send(Unpooled.copiedBuffer(text, US_ASCII));
    }

    void send(ByteBuf bytes) {
      channel.writeAndFlush(bytes);
    }

    String heard() {
      return new String(taken(), US_ASCII);
    }

    byte[] taken() {
      byte[] all = taken.toByteArray();
      taken.reset();
      return all;
    }

    boolean shookHands() {
      return events.stream().anyMatch(SslHandshakeCompletionEvent.class::isInstance);
    }

    /** How the handshake ended. */
    SslHandshakeCompletionEvent handshake() {
      return events.stream()
          .filter(SslHandshakeCompletionEvent.class::isInstance)
          .map(SslHandshakeCompletionEvent.class::cast)
          .findFirst()
          .orElseThrow(() -> new AssertionError("the handshake has not ended"));
    }

    int recordsUnderWay() {
      int records = 0;
      for (Object each : channel.outboundMessages()) {
        ByteBuf bytes = (ByteBuf) each;
        for (int at = 0; at < bytes.readableBytes(); records++) {
          at += 5 + bytes.getUnsignedShort(bytes.readerIndex() + at + 3);
        }
      }
      return records;
    }

    void spoilLastByteUnderWay() {
      ByteBuf last = null;
      for (Object each : channel.outboundMessages()) {
        last = (ByteBuf) each;
      }
      if (last == null) {
        throw new AssertionError("nothing is under way");
      }
      int at = last.writerIndex() - 1;
      last.setByte(at, last.getByte(at) ^ 1);
    }

    private boolean deliverTo(End other, int piece) {
      boolean moved = false;
      for (ByteBuf bytes = channel.readOutbound(); bytes != null; bytes = channel.readOutbound()) {
        moved |= bytes.isReadable();
        while (bytes.isReadable() && other.channel.isOpen()) {
          int length = Math.min(piece, bytes.readableBytes());
          other.channel.writeInbound(
              other.channel.alloc().directBuffer(length).writeBytes(bytes, length));
        }
        bytes.release();
      }
      return moved;
    }
  }
}
