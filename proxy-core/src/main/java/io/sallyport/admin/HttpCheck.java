package io.sallyport.admin;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpClientCodec;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpStatusClass;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.sallyport.admin.AppCheck.Finding;
import io.sallyport.config.AppProbe.Header;
import io.sallyport.config.AppProbe.HttpGet;
import io.sallyport.identity.UnprovenTls;
import java.time.Duration;

/**
 * One GET as a kubelet sends it, judged as a kubelet judges it: 200 to 399, and all of its body, or
 * as much of it as a kubelet reads.
 */
final class HttpCheck extends SimpleChannelInboundHandler<HttpObject> {

  /** The kubelet's own bound. */
  private static final int MOST_BODY_BYTES = 10 * 1024;

  private static final int LOWEST_SUCCESS = 200;
  private static final int LOWEST_FAILURE = 400;

  private final HttpGet get;
  private final Finding finding;
  private int status;
  private int bodyBytes;

  private HttpCheck(HttpGet get, Finding finding) {
    this.get = get;
    this.finding = finding;
  }

  /** Has the channel ask when it is connected. */
  static void prepare(Channel channel, HttpGet get, Duration timeout, Finding finding) {
    if (get.tls()) {
      channel.pipeline().addLast(UnprovenTls.client(timeout));
    }
    channel.pipeline().addLast(new HttpClientCodec(), new HttpCheck(get, finding));
  }

  @Override
  public void channelActive(ChannelHandlerContext ctx) {
    ctx.writeAndFlush(request());
  }

  private FullHttpRequest request() {
    FullHttpRequest request =
        new DefaultFullHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.GET, get.path());
    HttpHeaders headers = request.headers();
    // Applications tell by this name what need not be in their access log.
    headers
        .set(HttpHeaderNames.USER_AGENT, "kube-probe/sallyport")
        .set(HttpHeaderNames.ACCEPT, "*/*");
    get.headers().forEach(header -> headers.remove(header.name()));
    for (Header header : get.headers()) {
      headers.add(header.name(), header.value());
    }
    headers
        .set(HttpHeaderNames.HOST, get.host() == null ? "localhost:" + get.port() : get.host())
        .set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
    return request;
  }

  @Override
  protected void channelRead0(ChannelHandlerContext ctx, HttpObject message) {
    if (message.decoderResult().isFailure()) {
      finding.unwell("its answer is no HTTP/1.1");
      return;
    }
    if (message instanceof HttpResponse response) {
      begin(response.status());
    }
    // What stands before the answer proper (1xx) has no body, and ends all the same.
    if (message instanceof HttpContent content && status != 0) {
      bodyBytes += content.content().readableBytes();
      if (content instanceof LastHttpContent || bodyBytes >= MOST_BODY_BYTES) {
        finding.well();
      }
    }
  }

  private void begin(HttpResponseStatus answered) {
    boolean first = answered.codeClass() == HttpStatusClass.INFORMATIONAL;
    if (first && !answered.equals(HttpResponseStatus.SWITCHING_PROTOCOLS)) {
      return;
    }
    status = answered.code();
    if (status < LOWEST_SUCCESS || status >= LOWEST_FAILURE) {
      finding.unwell("status " + status);
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    finding.unwell("it closed the connection before the end of an answer");
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    finding.unwell("the connection failed");
  }
}
