package io.sallyport.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.ChannelHandler;
import io.netty.channel.embedded.EmbeddedChannel;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Thousands of messages that are damaged at random: whatever comes of one, it is the same however
 * the bytes are cut.
 */
final class HowMessagesAreCutTest {

  private static final Http1Limits LIMITS = new Http1Limits(200, 400, 8);
  private static final int DAMAGED_OF_EACH = 10;
  private static final List<String> PIECES =
      List.of(
          "\r", "\n", "\r\n", "\r\n\r\n", " ", "\t", ":", ";", "0", "5", "f", ",", "\0", "aaaa");

  private final Random random = new Random(9112);

  @Test
  void whatComesOfARequestDoesNotDependOnIt() {
    Stream.concat(
            HostileRequests.all().map(HostileRequests.HostileRequest::bytes),
            CaseFile.rows("valid-requests.txt", 4).stream().map(row -> CaseFile.bytes(row[3])))
        .forEach(
            bytes -> check(bytes, () -> new RequestDecoder(LIMITS, Integer.MAX_VALUE, () -> {})));
  }

  @Test
  void whatComesOfAResponseDoesNotDependOnIt() {
    Stream.concat(
            CaseFile.rows("hostile-responses.txt", 5).stream().map(row -> row[4]),
            CaseFile.rows("valid-responses.txt", 4).stream().map(row -> row[3]))
        .map(CaseFile::bytes)
        .forEach(
            bytes ->
                check(
                    bytes,
                    () -> {
                      ResponseDecoder decoder = new ResponseDecoder(LIMITS);
                      List.of(Asked.OTHER, Asked.HEAD, Asked.UPGRADE).forEach(decoder::expect);
                      return decoder;
                    }));
  }

  private void check(byte[] original, Supplier<ChannelHandler> decoder) {
    for (int i = 0; i < DAMAGED_OF_EACH; i++) {
      byte[] bytes = damaged(original);
      int[] ends = random.ints(4, 0, bytes.length).sorted().toArray();

      String atOnce = transcript(decoder).send(bytes).close().toString();

      assertThat(transcript(decoder).sendEachByte(bytes).close()).hasToString(atOnce);
      assertThat(transcript(decoder).send(bytes, ends).close()).hasToString(atOnce);
    }
  }

  private static Transcript transcript(Supplier<ChannelHandler> decoder) {
    return new Transcript(new EmbeddedChannel(decoder.get()));
  }

  /** Two places, each without a byte, with another one, or with more. */
  private byte[] damaged(byte[] original) {
    byte[] bytes = original;
    for (int i = 0; i < 2; i++) {
      int at = random.nextInt(bytes.length);
      int without = random.nextInt(2);
      byte[] piece = CaseFile.bytes(PIECES.get(random.nextInt(PIECES.size())));
      int pieceBytes = random.nextInt(3) == 0 ? 0 : piece.length;
      byte[] damaged = Arrays.copyOf(bytes, bytes.length - without + pieceBytes);
      System.arraycopy(piece, 0, damaged, at, pieceBytes);
      int rest = bytes.length - at - without;
      System.arraycopy(bytes, at + without, damaged, at + pieceBytes, rest);
      bytes = damaged.length == 0 ? original : damaged;
    }
    return bytes;
  }
}
