package io.sallyport.envelope;

import static io.sallyport.envelope.Envelopes.key;
import static io.sallyport.envelope.Envelopes.primary;
import static io.sallyport.envelope.Envelopes.ring;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.sallyport.envelope.FrameConnection.Role;
import java.util.Arrays;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Frames: what opens, at its place alone. */
final class FramesTest {

  private static final byte[] TEXT = "a small secret".getBytes(US_ASCII);

  private final KeyRing ring = primary(KeyUse.FRAMES);
  private FrameConnection initiator;
  private FrameConnection responder;

  @BeforeEach
  void connect() throws EnvelopeFailed {
    initiator = new FrameConnection(Role.INITIATOR, ring);
    responder = new FrameConnection(Role.RESPONDER, ring);
    introduce(initiator, responder);
  }

  private static void introduce(FrameConnection one, FrameConnection other) throws EnvelopeFailed {
    assertThat(one.read(Unpooled.wrappedBuffer(other.preamble()))).isTrue();
    assertThat(other.read(Unpooled.wrappedBuffer(one.preamble()))).isTrue();
  }

  @Property(tries = 100)
  void opensToItselfBothWaysWhateverTheSplit(
      @ForAll @IntRange(max = 50_000) int length, @ForAll long seed, @ForAll boolean toInitiator)
      throws Exception {
    KeyRing keys = primary(KeyUse.FRAMES);
    FrameConnection one = new FrameConnection(Role.INITIATOR, keys);
    FrameConnection other = new FrameConnection(Role.RESPONDER, keys);
    introduce(one, other);
    FrameConnection from = toInitiator ? other : one;
    FrameConnection to = toInitiator ? one : other;
    Random random = new Random(seed);
    byte[] plaintext = new byte[length];
    random.nextBytes(plaintext);
    ByteBuf source = Unpooled.wrappedBuffer(plaintext);
    ByteBuf wire = Unpooled.buffer();
    while (source.isReadable()) {
      ByteBuf piece =
          source.readSlice(Math.min(source.readableBytes(), 1 + random.nextInt(40_000)));
      int foretold = FrameSealer.sealedBytes(piece.readableBytes());
      int before = wire.readableBytes();
      from.sealer().seal(piece, wire);
      assertThat(wire.readableBytes() - before).isEqualTo(foretold);
    }
    from.sealer().finish(wire);

    ByteBuf opened = Unpooled.buffer();
    while (wire.isReadable()) {
      to.opener()
          .open(wire.readSlice(Math.min(wire.readableBytes(), 1 + random.nextInt(20_000))), opened);
    }
    to.opener().finish();

    assertThat(ByteBufUtil.getBytes(opened)).isEqualTo(plaintext);
  }

  @Test
  void nothingWaitsForMoreToCome() throws Exception {
    ByteBuf opened = Unpooled.buffer();

    responder.opener().open(frame(initiator, "one byte".substring(0, 1)), opened);

    assertThat(opened.toString(US_ASCII)).isEqualTo("o");
  }

  @Test
  void aFrameThatIsRepeatedIsRefused() throws Exception {
    byte[] frame = ByteBufUtil.getBytes(frame(initiator, "pay"));
    open(responder, frame);

    assertThat(failure(responder, frame)).isEqualTo(EnvelopeFailure.DAMAGED);
  }

  @Test
  void framesThatAreSwappedAreRefused() throws Exception {
    frame(initiator, "first");
    byte[] second = ByteBufUtil.getBytes(frame(initiator, "second"));

    assertThat(failure(responder, second)).isEqualTo(EnvelopeFailure.DAMAGED);
  }

  @Test
  void aFrameThatIsSentBackIsRefused() throws Exception {
    byte[] frame = ByteBufUtil.getBytes(frame(initiator, "pay"));

    assertThat(failure(initiator, frame)).isEqualTo(EnvelopeFailure.DAMAGED);
  }

  @Test
  void whatWasRecordedOnOneConnectionOpensOnNoOtherWhoeverIsPlayedBack() throws Exception {
    byte[] frame = ByteBufUtil.getBytes(frame(initiator, "pay"));
    FrameConnection fresh = new FrameConnection(Role.RESPONDER, ring);

    fresh.read(Unpooled.wrappedBuffer(initiator.preamble())); // the old one, replayed with it

    assertThat(failure(fresh, frame)).isEqualTo(EnvelopeFailure.DAMAGED);
  }

  @Test
  void everyByteThatIsChangedIsRefused() throws Exception {
    byte[] frame = ByteBufUtil.getBytes(frame(initiator, "pay"));
    for (int at = 0; at < frame.length; at++) {
      FrameConnection one = new FrameConnection(Role.INITIATOR, ring);
      FrameConnection other = new FrameConnection(Role.RESPONDER, ring);
      introduce(one, other);
      byte[] changed = ByteBufUtil.getBytes(frame(one, "pay"));
      changed[at] ^= 1;
      ByteBuf opened = Unpooled.buffer();
      try {
        other.opener().open(Unpooled.wrappedBuffer(changed), opened);
        other.opener().finish(); // a length that has grown waits for more
        throw new AssertionError("opened with byte " + at + " changed");
      } catch (EnvelopeFailed e) {
        assertThat(opened.isReadable()).isFalse();
      }
    }
  }

  @Test
  void aStreamThatEndsWithoutItsEndIsTruncated() throws Exception {
    open(responder, ByteBufUtil.getBytes(frame(initiator, "pay")));

    assertThatThrownBy(() -> responder.opener().finish())
        .isInstanceOfSatisfying(
            EnvelopeFailed.class,
            e -> assertThat(e.failure()).isEqualTo(EnvelopeFailure.TRUNCATED));
  }

  @Test
  void nothingMayFollowTheEnd() throws Exception {
    ByteBuf end = Unpooled.buffer();
    initiator.sealer().finish(end);
    open(responder, ByteBufUtil.getBytes(end));

    assertThat(failure(responder, new byte[] {0})).isEqualTo(EnvelopeFailure.TRAILING_DATA);
  }

  @Test
  void aLengthOutOfBoundsIsRefusedBeforeTheFrameHasCome() throws Exception {
    for (int length : new int[] {0, 27, 16_413, Integer.MAX_VALUE, -1, Integer.MIN_VALUE}) {
      FrameConnection fresh = new FrameConnection(Role.RESPONDER, ring);
      fresh.read(Unpooled.wrappedBuffer(initiator.preamble()));
      byte[] head = ByteBufUtil.getBytes(Unpooled.copyInt(length));

      assertThat(failure(fresh, head)).isEqualTo(EnvelopeFailure.MALFORMED);
    }
  }

  @Test
  void eachSideSealsWithItsPrimaryKeyAndOpensWithAllOfItsKeys() throws Exception {
    EnvelopeKey old = key("old", KeyUse.FRAMES, KeyState.PRIMARY, 1);
    EnvelopeKey oldStill = key("old", KeyUse.FRAMES, KeyState.OPEN_ONLY, 1);
    EnvelopeKey fresh = key("fresh", KeyUse.FRAMES, KeyState.PRIMARY, 2);
    EnvelopeKey freshSoon = key("fresh", KeyUse.FRAMES, KeyState.ENABLED, 2);
    FrameConnection one = new FrameConnection(Role.INITIATOR, ring(old, freshSoon));
    FrameConnection other = new FrameConnection(Role.RESPONDER, ring(fresh, oldStill));
    introduce(one, other);

    assertThat(open(other, ByteBufUtil.getBytes(frame(one, "old")))).isEqualTo("old");
    assertThat(open(one, ByteBufUtil.getBytes(frame(other, "fresh")))).isEqualTo("fresh");
  }

  @Test
  void preamblesAreRefusedThatAreNotOfTheOtherSideOrOfAKnownKey() throws Exception {
    byte[] good = initiator.preamble();

    assertThat(preambleFailure(responder.preamble())).isEqualTo(EnvelopeFailure.MALFORMED);
    assertThat(preambleFailure(changed(good, 0, 0))).isEqualTo(EnvelopeFailure.NOT_AN_ENVELOPE);
    assertThat(preambleFailure(changed(good, 4, 2))).isEqualTo(EnvelopeFailure.UNKNOWN_VERSION);
    assertThat(preambleFailure(changed(good, 6, 2))).isEqualTo(EnvelopeFailure.MALFORMED);
    assertThat(preambleFailure(changed(good, 7, 0))).isEqualTo(EnvelopeFailure.MALFORMED);
    assertThat(preambleFailure(changed(good, 7, 65))).isEqualTo(EnvelopeFailure.MALFORMED);
    assertThat(preambleFailure(changed(good, 7, 0x80))).isEqualTo(EnvelopeFailure.MALFORMED);
    assertThat(preambleFailure(changed(good, 8, '/'))).isEqualTo(EnvelopeFailure.MALFORMED);
    assertThat(preambleFailure(changed(good, 8, 'j'))).isEqualTo(EnvelopeFailure.UNKNOWN_KEY);
    assertThat(preambleFailure("HTTP/1.1 400 Bad Request\r\n".getBytes(US_ASCII)))
        .isEqualTo(EnvelopeFailure.NOT_AN_ENVELOPE);
  }

  @Test
  void aPreambleMayComeOneByteAtATimeAndTakesNoByteOfWhatFollows() throws Exception {
    FrameConnection fresh = new FrameConnection(Role.RESPONDER, ring);
    ByteBuf wire = Unpooled.wrappedBuffer(initiator.preamble(), TEXT);
    boolean whole = false;
    for (int n = 0; n < initiator.preamble().length; n++) {
      assertThat(whole).isFalse();
      whole = fresh.read(wire.readSlice(1));
    }

    assertThat(whole).isTrue();
    assertThat(wire.readableBytes()).isEqualTo(TEXT.length);
  }

  @Test
  void moreFramesThanAKeyMaySealAreRefused() throws Exception {
    FrameAad place = new FrameAad(Role.INITIATOR, new byte[48], FrameAad.MOST_FRAMES - 1);

    place.next();

    assertThat(place.counter()).isEqualTo(FrameAad.MOST_FRAMES - 1);
    assertThatThrownBy(place::next).isInstanceOf(EnvelopeFailed.class);
    assertThat(place.counter()).isEqualTo(FrameAad.MOST_FRAMES - 1);
  }

  private EnvelopeFailure preambleFailure(byte[] preamble) throws EnvelopeFailed {
    FrameConnection fresh = new FrameConnection(Role.RESPONDER, ring);
    try {
      fresh.read(Unpooled.wrappedBuffer(preamble));
    } catch (EnvelopeFailed e) {
      return e.failure();
    }
    throw new AssertionError("accepted");
  }

  private static byte[] changed(byte[] bytes, int at, int value) {
    byte[] changed = bytes.clone();
    changed[at] = (byte) value;
    return changed;
  }

  private static ByteBuf frame(FrameConnection from, String text) throws EnvelopeFailed {
    ByteBuf out = Unpooled.buffer();
    from.sealer().seal(Unpooled.copiedBuffer(text, US_ASCII), out);
    return out;
  }

  private static String open(FrameConnection to, byte[] wire) throws EnvelopeFailed {
    ByteBuf opened = Unpooled.buffer();
    to.opener().open(Unpooled.wrappedBuffer(wire), opened);
    return opened.toString(US_ASCII);
  }

  private static EnvelopeFailure failure(FrameConnection to, byte[] wire) {
    ByteBuf opened = Unpooled.buffer();
    try {
      to.opener().open(Unpooled.wrappedBuffer(Arrays.copyOf(wire, wire.length)), opened);
    } catch (EnvelopeFailed e) {
      assertThat(opened.isReadable()).isFalse();
      return e.failure();
    }
    throw new AssertionError("opened");
  }
}
