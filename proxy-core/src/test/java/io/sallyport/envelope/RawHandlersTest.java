package io.sallyport.envelope;

import static io.sallyport.envelope.Envelopes.primary;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.codec.EncoderException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

/** Raw messages with their lengths in front. */
final class RawHandlersTest {

  private final KeyRing ring = primary(KeyUse.RAW);

  @Property(tries = 100)
  void everyMessageComesOutAsItWentInHoweverTheBytesAreCut(
      @ForAll @Size(max = 6) List<@Size(min = 1, max = 400) byte[]> messages, @ForAll long seed)
      throws Exception {
    byte[] wire = wire(messages);
    EmbeddedChannel decoder = new EmbeddedChannel(new RawEnvelopeDecoder(ring));
    Random random = new Random(seed);
    ByteBuf rest = Unpooled.wrappedBuffer(wire);
    while (rest.isReadable()) {
      int length = Math.min(rest.readableBytes(), 1 + random.nextInt(300));
      decoder.writeInbound(Unpooled.buffer(length).writeBytes(rest, length));
    }
    decoder.pipeline().fireUserEventTriggered(ChannelInputShutdownEvent.INSTANCE);

    assertThat(received(decoder)).usingRecursiveComparison().isEqualTo(messages);
    decoder.close();
  }

  @Test
  void aMessageIsCutFromTheWireAsAnyProgramWould() throws Exception {
    byte[] message = "a small secret".getBytes(US_ASCII);
    ByteBuf wire = Unpooled.wrappedBuffer(wire(List.of(message)));
    assertThat(wire.readInt()).isEqualTo(message.length + 28).isEqualTo(wire.readableBytes());
    ByteBuf opened = Unpooled.buffer();

    new RawOpener(ring, 1000).open(wire, opened);

    assertThat(ByteBufUtil.getBytes(opened)).isEqualTo(message);
  }

  @Test
  void aBufferThatHoldsNothingIsNoMessage() throws Exception {
    EmbeddedChannel encoder = new EmbeddedChannel(new RawEnvelopeEncoder(key()));

    encoder.writeOutbound(Unpooled.EMPTY_BUFFER);

    ByteBuf out = encoder.readOutbound();
    assertThat(out.isReadable()).isFalse();
    assertThat(key().nonces().used()).isZero();
    encoder.close();
  }

  @Test
  void aMessageThatIsTooLongFailsItsWrite() throws Exception {
    EmbeddedChannel encoder =
        new EmbeddedChannel(new RawEnvelopeEncoder(key(), 10, EnvelopeEvents.NONE));

    assertThatThrownBy(() -> encoder.writeOutbound(Unpooled.buffer().writeZero(11)))
        .isInstanceOf(EncoderException.class)
        .hasCauseInstanceOf(EnvelopeFailed.class);
    encoder.close();
  }

  @Test
  void aLengthOutOfBoundsIsRefusedBeforeTheMessageHasCome() throws Exception {
    for (int length : new int[] {0, 27, 1029, Integer.MAX_VALUE, -1}) {
      EmbeddedChannel decoder =
          new EmbeddedChannel(
              new RawEnvelopeDecoder(
                  ring, 1000, StreamHandler.INPUT_SHUT_DOWN, EnvelopeEvents.NONE));

      assertThatThrownBy(() -> decoder.writeInbound(Unpooled.copyInt(length)))
          .isInstanceOf(EnvelopeFailed.class);
      decoder.close();
    }
  }

  @Test
  void afterAMessageThatDoesNotVerifyNoneIsPassedOn() throws Exception {
    byte[] wire = wire(List.of(new byte[10], new byte[20]));
    wire[20] ^= 1;
    EmbeddedChannel decoder = new EmbeddedChannel(new RawEnvelopeDecoder(ring));

    assertThatThrownBy(() -> decoder.writeInbound(Unpooled.wrappedBuffer(wire)))
        .isInstanceOf(EnvelopeFailed.class);
    decoder.writeInbound(Unpooled.wrappedBuffer(wire(List.of(new byte[10]))));

    assertThat(received(decoder)).isEmpty();
    decoder.close();
  }

  @Test
  void anEndWithinAMessageIsTruncation() throws Exception {
    byte[] wire = wire(List.of(new byte[10]));
    for (int length = 1; length < wire.length; length++) {
      EmbeddedChannel decoder = new EmbeddedChannel(new RawEnvelopeDecoder(ring));
      decoder.writeInbound(Unpooled.buffer().writeBytes(wire, 0, length));
      decoder.pipeline().fireUserEventTriggered(ChannelInputShutdownEvent.INSTANCE);

      assertThatThrownBy(decoder::checkException).isInstanceOf(EnvelopeFailed.class);
      decoder.close();
    }
  }

  @Test
  void aChannelThatClosesWithinAMessageReleasesIt() throws Exception {
    EmbeddedChannel decoder = new EmbeddedChannel(new RawEnvelopeDecoder(ring));
    decoder.writeInbound(Unpooled.buffer().writeInt(1000).writeZero(500));

    decoder.close();

    assertThatThrownBy(decoder::checkException).isInstanceOf(EnvelopeFailed.class);
  }

  private EnvelopeKey key() throws EnvelopeFailed {
    return ring.primary(KeyUse.RAW);
  }

  private byte[] wire(List<byte[]> messages) throws EnvelopeFailed {
    EmbeddedChannel encoder = new EmbeddedChannel(new RawEnvelopeEncoder(key()));
    byte[] wire = {};
    for (byte[] message : messages) {
      encoder.writeOutbound(Unpooled.buffer().writeBytes(message));
      ByteBuf out = encoder.readOutbound();
      wire = Bytes.concat(wire, ByteBufUtil.getBytes(out));
      out.release();
    }
    encoder.close();
    return wire;
  }

  private static List<byte[]> received(EmbeddedChannel decoder) {
    List<byte[]> messages = new ArrayList<>();
    for (ByteBuf m = decoder.readInbound(); m != null; m = decoder.readInbound()) {
      messages.add(ByteBufUtil.getBytes(m));
      m.release();
    }
    return messages;
  }
}
