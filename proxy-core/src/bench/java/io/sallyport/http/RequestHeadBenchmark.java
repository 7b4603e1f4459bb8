package io.sallyport.http;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.util.AsciiString;
import io.netty.util.ReferenceCountUtil;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** What is done with the head of a request, as a browser sends one. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class RequestHeadBenchmark {

  private static final Http1Limits LIMITS = new Http1Limits(8192, 32768, 100);

  private static final String[] FIELDS = {
    "host: shop.example",
    "user-agent: Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
    "accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
    "accept-language: en-GB,en;q=0.5",
    "accept-encoding: gzip, deflate, br, zstd",
    "connection: keep-alive",
    "cookie: session=0123456789abcdef0123456789abcdef; theme=dark",
    "x-forwarded-for: 192.0.2.1",
    "x-request-id: 01234567-89ab-cdef-0123-456789abcdef",
    "priority: u=0, i"
  };

  private final ByteBuf bytes =
      Unpooled.copiedBuffer(
          "GET /orders?page=2 HTTP/1.1\r\n" + String.join("\r\n", FIELDS) + "\r\n\r\n", US_ASCII);
  private final Rewriting rewriting = RewritingTest.plain();
  private final HttpHeaders fields = Spellings.headers(FIELDS);
  private final FieldSection section = section();
  private EmbeddedChannel server;
  private RequestHead head;

  @Setup
  public void connect() throws BadRequest {
    server = new EmbeddedChannel(new ServerCodec(LIMITS, 1, () -> {}));
    head = RequestHead.of(HttpMethod.GET, "/orders?page=2", fields);
  }

  private static FieldSection section() {
    FieldSection section = new FieldSection();
    section.add(AsciiString.of(":method"), AsciiString.of("GET"));
    section.add(AsciiString.of(":scheme"), AsciiString.of("https"));
    section.add(AsciiString.of(":authority"), AsciiString.of("shop.example"));
    section.add(AsciiString.of(":path"), AsciiString.of("/orders?page=2"));
    for (String field : FIELDS) {
      int colon = field.indexOf(':');
      AsciiString name = AsciiString.of(field.substring(0, colon));
      // Those are not of HTTP/2.
      if (!name.contentEquals("connection") && !name.contentEquals("host")) {
        section.add(name, AsciiString.of(field.substring(colon + 2)));
      }
    }
    return section;
  }

  @TearDown
  public void close() {
    server.finishAndReleaseAll();
    bytes.release();
  }

  /** Reads one of HTTP/1.1 and writes an answer, which makes room for the next. */
  @Benchmark
  public Object read() {
    server.writeInbound(bytes.retainedDuplicate());
    Object request = server.readInbound();
    ReferenceCountUtil.release(server.readInbound());
    server.writeOutbound(
        new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.NO_CONTENT));
    for (Object out = server.readOutbound(); out != null; out = server.readOutbound()) {
      ReferenceCountUtil.release(out);
    }
    return request;
  }

  /** Understands one of HTTP/2, as it comes from HPACK. */
  @Benchmark
  public Object readOfHttp2() throws Exception {
    return Http2Request.of(section, true, LIMITS);
  }

  /** Makes the fields of one, of which a copy is made first, those that the application gets. */
  @Benchmark
  public HttpHeaders rewrite() {
    HttpHeaders copy = fields.copy();
    rewriting.request(head, copy, true, HttpVersion.HTTP_1_1);
    return copy;
  }
}
