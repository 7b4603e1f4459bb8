package io.sallyport.admin;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoop;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.util.NetUtil;
import io.netty.util.concurrent.Future;
import io.sallyport.config.AppProbe;
import io.sallyport.config.AppProbe.Grpc;
import io.sallyport.config.AppProbe.HttpGet;
import io.sallyport.transport.Transport;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Asks the application on loopback what a kubelet would, at most once at a time: all who ask
 * meanwhile get that answer. Belongs to the admin server's event loop.
 *
 * <p>On Netty's codecs and that loop: the JDK's client speaks no HTTP/2 by prior knowledge and
 * takes threads of its own, and what the room {@code http} has is made for many requests of others
 * on connections that are kept, under limits that are counted. This is one question to our own
 * application, and the connection ends with it.
 */
final class AppCheck {

  private final AppProbe probe;
  private final EventLoop loop;
  private final Transport transport;
  private @Nullable CompletableFuture<Reply> asked;

  AppCheck(AppProbe probe, EventLoop loop, Transport transport) {
    this.probe = probe;
    this.loop = loop;
    this.transport = transport;
  }

  /** 200, or 503 with one line that says why; within the probe's timeout. */
  CompletionStage<Reply> ask() {
    CompletableFuture<Reply> current = asked;
    if (current == null) {
      Finding finding = new Finding();
      current = finding.reply();
      asked = current;
      current.whenComplete((reply, fault) -> asked = null);
      begin(finding);
    }
    return current;
  }

  private void begin(Finding finding) {
    InetSocketAddress address = new InetSocketAddress(NetUtil.LOCALHOST4, probe.question().port());
    ChannelFuture connecting =
        new Bootstrap()
            .group(loop)
            .channelFactory(transport.clients(address))
            .handler(
                new ChannelInitializer<Channel>() {
                  @Override
                  protected void initChannel(Channel channel) {
                    prepare(channel, finding);
                  }
                })
            .connect(address);
    Future<?> deadline =
        loop.schedule(
            () -> finding.unwell("no answer within " + probe.timeout().toMillis() + " ms"),
            probe.timeout().toNanos(),
            TimeUnit.NANOSECONDS);
    finding
        .reply()
        .whenComplete(
            (reply, fault) -> {
              deadline.cancel(false);
              connecting.cancel(false);
              connecting.channel().close();
            });
    connecting.addListener(
        done -> {
          if (!done.isSuccess()) {
            finding.unwell(
                done.cause() instanceof ConnectException
                    ? "connection refused"
                    : "cannot be connected to");
          } else if (probe.question() instanceof AppProbe.TcpSocket) {
            finding.well();
          }
        });
  }

  private void prepare(Channel channel, Finding finding) {
    if (probe.question() instanceof HttpGet get) {
      HttpCheck.prepare(channel, get, probe.timeout(), finding);
    } else if (probe.question() instanceof Grpc grpc) {
      GrpcCheck.prepare(channel, grpc, finding);
    }
  }

  /** What came of it; the first word counts. */
  static final class Finding {

    private final CompletableFuture<Reply> reply = new CompletableFuture<>();

    private CompletableFuture<Reply> reply() {
      return reply;
    }

    void well() {
      reply.complete(Reply.text(HttpResponseStatus.OK, "ok"));
    }

    /**
     * @param why one line, in words of ours: anybody may read it, and the application's are not for
     *     all
     */
    void unwell(String why) {
      reply.complete(Reply.text(HttpResponseStatus.SERVICE_UNAVAILABLE, why));
    }
  }
}
