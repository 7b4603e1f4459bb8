package io.sallyport.cli.inspect;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.handler.ssl.SslCloseCompletionEvent;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.netty.util.ReferenceCountUtil;
import io.sallyport.cli.CommandFailed;
import io.sallyport.cli.inspect.Handshake.Agreed;
import io.sallyport.cli.inspect.Handshake.Parting;
import io.sallyport.cli.log.Escaped;
import io.sallyport.identity.CipherSuites;
import io.sallyport.identity.FailedHandshake;
import io.sallyport.identity.HandshakeFailure;
import io.sallyport.identity.IdentityGeneration;
import io.sallyport.identity.TlsHandlers;
import io.sallyport.tls.Settled;
import io.sallyport.tls.TlsHandler;
import io.sallyport.upstream.DialFailure;
import io.sallyport.upstream.Dialer;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One connection: shakes hands, waits a moment for what the server says to that, says goodbye and
 * reads to the end, so that a ticket or a refusal under way is not missed. On one event loop.
 */
final class Visit extends ChannelInboundHandlerAdapter implements Dialer.Outcome {

  private static final Duration HANDSHAKE = Duration.ofSeconds(5);

  /**
   * And twice as long as the handshake took: long enough for a server that hangs up by itself, and
   * for the tickets of TLS 1.3, which BoringSSL drops after its goodbye. Not for a refusal, which
   * it reads all the same.
   */
  private static final long LISTEN_NANOS = Duration.ofMillis(500).toNanos();

  /** For the server to answer the goodbye. */
  private static final long GOODBYE_MILLIS = 2_000;

  private final String server;
  private final IdentityGeneration generation;
  private final String host;
  private final int port;
  private final CompletableFuture<Handshake> outcome = new CompletableFuture<>();
  private final FirstWords firstWords = new FirstWords();

  private long connectedAt;
  private @Nullable TlsHandler tls;
  private @Nullable Agreed agreed;
  private @Nullable FailedHandshake refusal;
  private boolean reset;
  private boolean saidGoodbye;

  /**
   * @param server as in messages
   * @param host whom we mean to reach; with the port, what a session is kept for
   */
  Visit(String server, IdentityGeneration generation, String host, int port) {
    this.server = server;
    this.generation = generation;
    this.host = host;
    this.port = port;
  }

  /** Completes exceptionally, with {@link CommandFailed}, when no TLS server is there. */
  CompletableFuture<Handshake> outcome() {
    return outcome;
  }

  @Override
  public void failed(DialFailure failure, Throwable cause) {
    String why = failure.label().replace('_', ' ');
    outcome.completeExceptionally(
        CommandFailed.failed(server, "no connection: " + why, "check host and port"));
  }

  @Override
  public void connected(Channel channel) {
    try {
      shakeHands(channel);
    } catch (RuntimeException e) {
      outcome.completeExceptionally(e);
      channel.close();
    }
  }

  private void shakeHands(Channel channel) {
    connectedAt = System.nanoTime();
    TlsHandler made = TlsHandlers.client(generation, host, port, HANDSHAKE);
    tls = made;
    channel.config().setOption(ChannelOption.ALLOW_HALF_CLOSURE, false);
    channel.pipeline().addLast(firstWords, made, this);
    channel.config().setAutoRead(true);
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (event instanceof SslHandshakeCompletionEvent completion && tls != null) {
      if (completion.isSuccess()) {
        agreed = agreed(tls);
        long listenNanos = LISTEN_NANOS + 2 * (System.nanoTime() - connectedAt);
        ctx.executor().schedule(() -> sayGoodbye(ctx), listenNanos, TimeUnit.NANOSECONDS);
      } else {
        unfinished(FailedHandshake.of(completion.cause(), tls));
      }
    } else if (event == SslCloseCompletionEvent.SUCCESS) {
      ctx.close();
    }
  }

  private static Agreed agreed(TlsHandler tls) {
    Settled settled = tls.settled();
    String group = tls.group();
    return new Agreed(
        settled.version(),
        group == null ? "unknown" : group, // RSA key transport has none
        CipherSuites.ianaName(settled.cipher()),
        settled.alpn() == null ? "none" : settled.alpn(),
        settled.resumed(),
        settled.chain().size());
  }

  private void unfinished(FailedHandshake failed) {
    HandshakeFailure why = failed.failure();
    if (why == HandshakeFailure.NOT_TLS || why == HandshakeFailure.PLAIN_HTTP) {
      outcome.completeExceptionally(
          CommandFailed.failed(
              server,
              "no handshake, " + failed + ": " + Escaped.quoted(firstWords.words()),
              "name a port on which TLS comes first, without STARTTLS"));
    } else {
      outcome.complete(Handshake.unfinished(failed));
    }
  }

  private void sayGoodbye(ChannelHandlerContext ctx) {
    saidGoodbye = true;
    if (tls != null) {
      tls.finishOutput();
    }
    ctx.executor().schedule(() -> ctx.close(), GOODBYE_MILLIS, TimeUnit.MILLISECONDS);
  }

  /** Whatever the application behind the server says. */
  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    ReferenceCountUtil.release(message);
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    FailedHandshake failed = FailedHandshake.of(cause);
    if (failed.failure() == HandshakeFailure.REFUSED_BY_PEER) {
      refusal = failed;
    } else if (!saidGoodbye) {
      reset = true;
    }
    ctx.close();
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    outcome.complete(new Handshake(agreed, refusal, parting())); // unless it has failed
  }

  private Parting parting() {
    if (refusal != null) {
      return Parting.REFUSED;
    }
    if (reset) {
      return Parting.RESET;
    }
    return saidGoodbye ? Parting.STAYED : Parting.CLOSED;
  }
}
