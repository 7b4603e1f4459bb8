package io.sallyport.envelope;

import static io.sallyport.envelope.Envelopes.key;
import static io.sallyport.envelope.Envelopes.primary;
import static io.sallyport.envelope.Envelopes.ring;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.sallyport.rig.RecordedLog;
import java.util.Arrays;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

/** Raw messages. */
final class RawTest {

  private static final int MOST = 1 << 20;
  private static final String FEW_LEFT = "a raw key has few nonces left; add a new primary key";
  private static final byte[] TEXT = "a small secret".getBytes(US_ASCII);

  private final KeyRing ring = primary(KeyUse.RAW);

  @Property(tries = 200)
  void opensToItselfFromAndToAnyKindOfBuffer(
      @ForAll @Size(max = 5000) byte[] plaintext,
      @ForAll boolean fromDirect,
      @ForAll boolean toDirect)
      throws Exception {
    ByteBuf message = buffer(plaintext, fromDirect);
    ByteBuf sealed = buffer(new byte[0], toDirect);
    ByteBuf opened = buffer(new byte[0], fromDirect);

    new RawSealer(ring.primary(KeyUse.RAW), MOST).seal(message, sealed);
    assertThat(sealed.readableBytes()).isEqualTo(plaintext.length + 28);
    new RawOpener(ring, MOST).open(sealed, opened);

    assertThat(ByteBufUtil.getBytes(opened)).isEqualTo(plaintext);
    assertThat(message.isReadable()).isFalse();
    assertThat(sealed.isReadable()).isFalse();
    message.release();
    sealed.release();
    opened.release();
  }

  @Property(tries = 200)
  void anyChangeIsRefused(
      @ForAll @Size(max = 300) byte[] plaintext,
      @ForAll long where,
      @ForAll @IntRange(min = 1, max = 255) int change)
      throws Exception {
    byte[] sealed = sealed(ring, plaintext);

    sealed[(int) Math.floorMod(where, (long) sealed.length)] ^= (byte) change;

    assertThat(failure(ring, sealed)).isEqualTo(EnvelopeFailure.DAMAGED);
  }

  @Test
  void everyTruncationIsRefused() throws Exception {
    byte[] sealed = sealed(ring, TEXT);

    for (int length = 0; length < sealed.length; length++) {
      assertThat(failure(ring, Arrays.copyOf(sealed, length)))
          .isEqualTo(length < 28 ? EnvelopeFailure.TRUNCATED : EnvelopeFailure.DAMAGED);
    }
  }

  @Test
  void anyKeyThatOpensIsTried() throws Exception {
    EnvelopeKey old = key("old", KeyUse.RAW, KeyState.OPEN_ONLY, 1);
    EnvelopeKey fresh = key("fresh", KeyUse.RAW, KeyState.PRIMARY, 2);
    byte[] sealed = sealed(ring(key("x", KeyUse.RAW, KeyState.PRIMARY, 1)), TEXT);

    assertThat(opened(ring(fresh, old), sealed)).isEqualTo(TEXT);
    assertThat(failure(ring(fresh), sealed)).isEqualTo(EnvelopeFailure.DAMAGED);
    assertThat(failure(ring(fresh, key("old", KeyUse.RAW, KeyState.DISABLED, 1)), sealed))
        .isEqualTo(EnvelopeFailure.DAMAGED);
    assertThat(failure(primary(KeyUse.SEALED), sealed)).isEqualTo(EnvelopeFailure.UNKNOWN_KEY);
  }

  @Test
  void whatIsLongerThanMayBeIsRefusedOnBothWays() throws Exception {
    RawSealer sealer = new RawSealer(ring.primary(KeyUse.RAW), 10);
    ByteBuf message = Unpooled.wrappedBuffer(new byte[11]);
    ByteBuf out = Unpooled.buffer();

    assertThatThrownBy(() -> sealer.seal(message, out)).isInstanceOf(EnvelopeFailed.class);
    assertThat(message.readableBytes()).isEqualTo(11);
    assertThat(out.isReadable()).isFalse();
    sealer.seal(message.skipBytes(1), out);
    RawOpener opener = new RawOpener(ring, 9);
    assertThatThrownBy(() -> opener.open(out, Unpooled.buffer()))
        .isInstanceOf(EnvelopeFailed.class);
  }

  @Test
  void aFailedMessageLeavesNothingInTheOutput() throws Exception {
    byte[] sealed = sealed(ring, TEXT);
    sealed[sealed.length - 1] ^= 1;
    byte[] target = new byte[100];
    ByteBuf out = Unpooled.wrappedBuffer(target).clear();

    assertThatThrownBy(() -> new RawOpener(ring, MOST).open(Unpooled.wrappedBuffer(sealed), out))
        .isInstanceOf(EnvelopeFailed.class);

    assertThat(out.isReadable()).isFalse();
    assertThat(target).isEqualTo(new byte[target.length]);
  }

  @Test
  void aKeySealsNoMoreMessagesThanRandomNoncesAllow() throws Exception {
    NonceBudget budget = new NonceBudget("k", NonceBudget.MOST - 1);

    budget.take();

    assertThatThrownBy(budget::take)
        .isInstanceOfSatisfying(
            EnvelopeFailed.class,
            e -> {
              assertThat(e.failure()).isEqualTo(EnvelopeFailure.NONCES_SPENT);
              assertThat(e.detail()).contains("key k", "add a new primary key");
            });
    assertThat(budget.used()).isEqualTo(NonceBudget.MOST).isLessThan(1L << 32);
  }

  @Test
  void warnsOnceWhenFewNoncesAreLeft() throws Exception {
    NonceBudget budget = new NonceBudget("k", NonceBudget.WARNING - 1);
    try (RecordedLog log = RecordedLog.start()) {
      budget.take();
      assertThat(log.lines(FEW_LEFT)).isEmpty();
      budget.take();
      budget.take();

      assertThat(log.lines(FEW_LEFT))
          .singleElement()
          .satisfies(line -> assertThat(line.field("key")).isEqualTo("k"));
    }
  }

  @Test
  void everyMessageTakesOneNonceOfItsKey() throws Exception {
    RawSealer sealer = new RawSealer(ring.primary(KeyUse.RAW), MOST);
    for (int n = 0; n < 3; n++) {
      sealer.seal(Unpooled.wrappedBuffer(TEXT), Unpooled.buffer());
    }

    assertThat(ring.primary(KeyUse.RAW).nonces().used()).isEqualTo(3);
  }

  @Test
  void twoNamesOfOneSecretHaveOneBudget() throws Exception {
    KeyRing two =
        ring(
            key("one", KeyUse.RAW, KeyState.PRIMARY, 1),
            key("other", KeyUse.RAW, KeyState.ENABLED, 1));

    new RawSealer(two.primary(KeyUse.RAW), MOST)
        .seal(Unpooled.wrappedBuffer(TEXT), Unpooled.buffer());

    assertThat(two.toSeal("other", KeyUse.RAW).nonces().used()).isEqualTo(1);
  }

  @Test
  void aRingThatIsReadAgainCountsOnWhateverTheKeyIsCalledThen() throws Exception {
    new RawSealer(ring.primary(KeyUse.RAW), MOST)
        .seal(Unpooled.wrappedBuffer(TEXT), Unpooled.buffer());
    EnvelopeKey renamed = key("renamed", KeyUse.RAW, KeyState.PRIMARY, KeyUse.RAW.hashCode());
    EnvelopeKey other = key("k", KeyUse.RAW, KeyState.ENABLED, 5);

    KeyRing again = ring(renamed, other).continuing(ring);

    assertThat(again.keys())
        .extracting(EnvelopeKey::id, key -> key.nonces().used())
        .containsExactly(tuple("renamed", 1L), tuple("k", 0L));
  }

  private static byte[] sealed(KeyRing ring, byte[] plaintext) throws EnvelopeFailed {
    ByteBuf out = Unpooled.buffer();
    new RawSealer(ring.primary(KeyUse.RAW), MOST).seal(Unpooled.wrappedBuffer(plaintext), out);
    return ByteBufUtil.getBytes(out);
  }

  private static byte[] opened(KeyRing ring, byte[] sealed) throws EnvelopeFailed {
    ByteBuf out = Unpooled.buffer();
    new RawOpener(ring, MOST).open(Unpooled.wrappedBuffer(sealed), out);
    return ByteBufUtil.getBytes(out);
  }

  private static EnvelopeFailure failure(KeyRing ring, byte[] sealed) {
    try {
      opened(ring, sealed);
    } catch (EnvelopeFailed e) {
      return e.failure();
    }
    throw new AssertionError("opened");
  }

  private static ByteBuf buffer(byte[] content, boolean direct) {
    ByteBuf buffer = direct ? Unpooled.directBuffer() : Unpooled.buffer();
    return buffer.writeBytes(content);
  }
}
