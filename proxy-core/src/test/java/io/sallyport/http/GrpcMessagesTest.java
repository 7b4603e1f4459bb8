package io.sallyport.http;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class GrpcMessagesTest {

  private static final byte[] TWO = "\0\0\0\0\5hello\0\0\0\0\0\0\0\0\0\1!".getBytes(US_ASCII);

  private final GrpcMessages messages = new GrpcMessages();
  private final List<String> whole = new ArrayList<>();

  private void add(ByteBuf data) throws GrpcMessages.Unreadable {
    messages.add(data, message -> whole.add(new String(message, US_ASCII)));
  }

  @Test
  void putsThemTogetherHoweverTheyAreCut() throws Exception {
    for (int size = 1; size <= TWO.length; size++) {
      whole.clear();
      for (int from = 0; from < TWO.length; from += size) {
        add(Unpooled.copiedBuffer(TWO, from, Math.min(size, TWO.length - from)));
      }
      assertThat(whole).containsExactly("hello", "", "!");
      assertThat(messages.isAmidOne()).isFalse();
    }
  }

  @Test
  void knowsWhenItIsAmidOne() throws Exception {
    add(Unpooled.copiedBuffer(TWO, 0, 3));
    assertThat(messages.isAmidOne()).isTrue();
    add(Unpooled.copiedBuffer(TWO, 3, 4));
    assertThat(messages.isAmidOne()).isTrue();

    messages.wipe();

    assertThat(messages.isAmidOne()).isFalse();
    assertThat(whole).isEmpty();
  }

  @Test
  void leavesNothingBehindInWhatTheyCameIn() throws Exception {
    ByteBuf data = Unpooled.copiedBuffer(TWO);

    add(data);

    assertThat(data.array()).containsOnly(0);
  }

  @Test
  void aLengthBeyondTheLimitIsRefusedBeforeAnythingIsKept() {
    assertThatThrownBy(() -> add(Unpooled.wrappedBuffer(new byte[] {0, 6, 0x40, 0, 0, 1, 2, 3})))
        .hasMessage("sent a message of 104857600 bytes, more than 4194304");
    assertThatThrownBy(
            () ->
                new GrpcMessages()
                    .add(Unpooled.wrappedBuffer(new byte[] {0, -1, -1, -1, -1}), message -> {}))
        .hasMessage("sent a message of 4294967295 bytes, more than 4194304");
  }

  @Test
  void whatIsCompressedIsRefused() {
    assertThatThrownBy(() -> add(Unpooled.wrappedBuffer(new byte[] {1, 0, 0, 0, 0})))
        .hasMessage("compressed a message, which nobody asked for");
  }
}
