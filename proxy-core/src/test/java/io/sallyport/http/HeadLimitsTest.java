package io.sallyport.http;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.embedded.EmbeddedChannel;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Where the limits are, and that what never ends takes no memory beyond them. */
final class HeadLimitsTest {

  private static final int LINE_BYTES = 100;
  private static final int HEADER_BYTES = 4096;
  private static final int HEADERS = 20;
  private static final Http1Limits LIMITS = new Http1Limits(LINE_BYTES, HEADER_BYTES, HEADERS);

  private static final String LINE = "POST / HTTP/1.1\r\n";
  private static final String HOST = "Host: app.example\r\n";
  private static final String CHUNKED = LINE + HOST + "Transfer-Encoding: chunked\r\n\r\n";

  private final UnpooledByteBufAllocator allocator = new UnpooledByteBufAllocator(false);
  private final EmbeddedChannel channel = new EmbeddedChannel();

  HeadLimitsTest() {
    channel.config().setAllocator(allocator);
    channel.pipeline().addLast(new RequestDecoder(LIMITS, Integer.MAX_VALUE, () -> {}));
  }

  @AfterEach
  void close() {
    channel.finishAndReleaseAll();
    assertThat(allocator.metric().usedHeapMemory()).isZero();
  }

  private String sent(String text) {
    return new Transcript(channel).send(text.getBytes(US_ASCII)).toString();
  }

  @Test
  void aRequestLineMayHaveAsManyBytesAsTheLimitSays() {
    String target = "/" + "a".repeat(LINE_BYTES - "GET / HTTP/1.1".length());

    assertThat(sent("GET " + target + " HTTP/1.1\r\n" + HOST + "\r\n"))
        .isEqualTo("GET app.example " + target + "[]");
    assertThat(sent("GET " + target + "a HTTP/1.1\r\n")).isEqualTo("!REQUEST_LINE_TOO_LONG");
  }

  @Test
  void fieldLinesMayHaveAsManyBytesAsTheLimitSaysWithTheirEnds() {
    String fields = HOST + "X: " + "a".repeat(HEADER_BYTES - HOST.length() - "X: \r\n".length());

    assertThat(sent(LINE + fields + "\r\n\r\n")).isEqualTo("POST app.example /[]");
    assertThat(sent(LINE + fields + "a\r\n\r\n")).isEqualTo("!HEADERS_TOO_LARGE");
  }

  @Test
  void thereMayBeAsManyFieldLinesAsTheLimitSays() {
    String fields = HOST + "X: a\r\n".repeat(HEADERS - 1);

    assertThat(sent(LINE + fields + "\r\n")).isEqualTo("POST app.example /[]");
    assertThat(sent(LINE + fields + "X: a\r\n\r\n")).isEqualTo("!TOO_MANY_HEADERS");
  }

  @Test
  void eachHeadHasTheLimitsForItself() {
    String fields = HOST + "X: a\r\n".repeat(HEADERS - 1);

    for (int i = 0; i < 3; i++) {
      assertThat(sent(LINE + fields + "\r\n")).isEqualTo("POST app.example /[]");
    }
  }

  @Test
  void trailersHaveTheLimitsForThemselves() {
    String fields = "X: a\r\n".repeat(HEADERS - 2);
    String head = LINE + HOST + "Transfer-Encoding: chunked\r\n" + fields + "\r\n";

    for (int i = 0; i < 2; i++) {
      assertThat(sent(head + "0\r\n" + "X: a\r\n".repeat(HEADERS) + "\r\n")).endsWith("X: a}]");
    }
    assertThat(sent(head + "0\r\n" + "X: a\r\n".repeat(HEADERS + 1))).endsWith("!TOO_MANY_HEADERS");
  }

  @Test
  void limitsAreAtLeastOne() {
    assertThatThrownBy(() -> new Http1Limits(0, 1, 1)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new Http1Limits(1, 0, 1)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new Http1Limits(1, 1, 0)).isInstanceOf(IllegalArgumentException.class);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 100, 10_000})
  void aRequestLineThatNeverEndsIsRefusedAtTheLimit(int pieceBytes) {
    assertRefused("GET /", "a", "!REQUEST_LINE_TOO_LONG", LINE_BYTES + 1, pieceBytes);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 100, 10_000})
  void aFieldThatNeverEndsIsRefusedAtTheLimit(int pieceBytes) {
    assertRefused(LINE + "X: ", "a", "!HEADERS_TOO_LARGE", HEADER_BYTES, pieceBytes);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 100, 10_000})
  void aNameThatNeverEndsIsRefusedAtTheLimit(int pieceBytes) {
    assertRefused(LINE, "a", "!HEADERS_TOO_LARGE", HEADER_BYTES, pieceBytes);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 100, 10_000})
  void blanksThatNeverEndAreRefusedAtTheLimit(int pieceBytes) {
    assertRefused(LINE + "X:", " ", "!HEADERS_TOO_LARGE", HEADER_BYTES, pieceBytes);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 100, 60_000})
  void tenThousandFieldsAreRefusedAtTheLimit(int pieceBytes) {
    assertRefused(LINE, "X: a\r\n", "!TOO_MANY_HEADERS", (HEADERS + 1) * 6, pieceBytes);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 100, 10_000})
  void emptyLinesWithoutEndAreRefusedAtTheSecond(int pieceBytes) {
    assertRefused("", "\r\n", "!EMPTY_LINES", 4, pieceBytes);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 100, 10_000})
  void trailersThatNeverEndAreRefusedAtTheLimit(int pieceBytes) {
    String head = CHUNKED + "0\r\n";
    String seen = "POST app.example /[ ";
    String longer = "X: " + "a".repeat(500) + "\r\n";

    assertRefused(head, longer, seen + "!HEADERS_TOO_LARGE", HEADER_BYTES, pieceBytes);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 100, 10_000})
  void anExtensionThatNeverEndsIsRefused(int pieceBytes) {
    String seen = "POST app.example /[ !CHUNK_EXTENSION";

    assertRefused(CHUNKED + "5;", "a", seen, ChunkLines.MOST_BYTES, pieceBytes);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 100, 10_000})
  void extensionsOfChunksOfOneByteAreRefusedWhenTheyAreMuchMoreThanTheData(int pieceBytes) {
    String chunk = "1;" + "a".repeat(999) + "\r\nx\r\n";
    String seen = "POST app.example /[" + "x".repeat(16) + " !CHUNK_EXTENSION";

    assertRefused(CHUNKED, chunk, seen, 17 * chunk.length(), pieceBytes);
  }

  @Test
  void extensionsMayBeAsMuchAsTheData() {
    String chunk = "64;" + "a".repeat(99) + "\r\n" + "x".repeat(100) + "\r\n";

    assertThat(sent(CHUNKED + chunk.repeat(1000) + "0\r\n\r\n"))
        .isEqualTo("POST app.example /[" + "x".repeat(100_000) + "]");
  }

  @Test
  void aBodyIsPassedOnAsItComes() {
    sent(LINE + HOST + "Content-Length: 100000000\r\n\r\n");

    for (int i = 0; i < 100; i++) {
      assertThat(sent("x".repeat(10_000))).hasSize(10_000);
      assertThat(allocator.metric().usedHeapMemory()).isZero();
    }
  }

  /** Says something again and again: no more of it is taken than may be, and no more is held. */
  private void assertRefused(
      String first, String again, String expected, int mostBytes, int pieceBytes) {
    Transcript transcript = new Transcript(channel).send(first.getBytes(US_ASCII));
    byte[] piece = again.repeat(pieceBytes / again.length() + 2).getBytes(US_ASCII);
    int at = 0;
    int bytes = 0;
    while (!transcript.toString().contains("!")) {
      assertThat(bytes).isLessThanOrEqualTo(mostBytes);
      channel.writeInbound(Unpooled.copiedBuffer(piece, at, pieceBytes));
      transcript.read();
      at = (at + pieceBytes) % again.length();
      bytes += pieceBytes;
      assertThat(allocator.metric().usedHeapMemory())
          .isLessThanOrEqualTo(4L * HEADER_BYTES + pieceBytes);
    }
    for (int i = 0; i < 100; i++) {
      channel.writeInbound(Unpooled.copiedBuffer(piece));
    }

    assertThat(transcript.read()).hasToString(expected);
    assertThat(allocator.metric().usedHeapMemory()).isZero();
  }
}
