package io.sallyport.envelope;

import static io.sallyport.envelope.Envelopes.NO_AAD;
import static io.sallyport.envelope.Envelopes.key;
import static io.sallyport.envelope.Envelopes.opened;
import static io.sallyport.envelope.Envelopes.primary;
import static io.sallyport.envelope.Envelopes.ring;
import static io.sallyport.envelope.Envelopes.sealed;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Sealed messages: what opens, and all that does not. */
final class SealedTest {

  private static final int CHUNK = Sealed.CHUNK_BYTES;
  private static final int SEALED_CHUNK = Sealed.SEALED_CHUNK_BYTES;
  private static final byte[] TEXT = "a small secret".getBytes(US_ASCII);
  private static final byte[] AAD = "bucket/object".getBytes(US_ASCII);

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 15, 16, 17, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK, 3 * CHUNK + 5})
  void opensToItselfAndIsAsLongAsForetold(int length) throws Exception {
    byte[] plaintext = random(length);
    for (KeyUse use : List.of(KeyUse.SEALED, KeyUse.WRAP)) {
      byte[] sealed = sealed(primary(use), plaintext, AAD);

      assertThat(opened(primary(use), sealed, AAD)).isEqualTo(plaintext);
      SealedHeader header = Envelopes.start(sealed).header();
      assertThat(sealed).hasSize(Math.toIntExact(Sealed.length(header, length)));
      assertThat(Sealed.plaintextLength(header, sealed.length)).hasValue(length);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {-66, -1, 0, 15, SEALED_CHUNK, SEALED_CHUNK + 15, 9 * SEALED_CHUNK})
  void noWholeMessageHasSoManyBytesAfterItsStart(int length) throws Exception {
    SealedStart start = Envelopes.start(sealed(primary(KeyUse.WRAP), TEXT, AAD));

    assertThat(Sealed.plaintextLength(start.header(), start.length() + length)).isEmpty();
  }

  @Property(tries = 200)
  void opensToItselfWhateverTheBytesTheSplitAndTheAad(
      @ForAll @IntRange(max = 5 * CHUNK) int length,
      @ForAll @Size(max = 40) byte[] aad,
      @ForAll long seed,
      @ForAll boolean wrapped,
      @ForAll boolean direct)
      throws Exception {
    Random random = new Random(seed);
    byte[] plaintext = new byte[length];
    random.nextBytes(plaintext);
    KeyRing ring = primary(wrapped ? KeyUse.WRAP : KeyUse.SEALED);
    ChunkSealer sealer = Envelopes.done(Sealed.seal(ring.primary(KeyUse.SEALED), aad));
    ByteBuf sealed = Unpooled.buffer();

    inPieces(plaintext, random, direct, sealed, sealer::mostSealedBytes, sealer::seal);
    sealer.finish(sealed);
    byte[] bytes = ByteBufUtil.getBytes(sealed);
    SealedStart start = Envelopes.start(bytes);
    ChunkOpener opener = Envelopes.done(Sealed.open(ring, start, aad));
    ByteBuf opened = Unpooled.buffer();
    byte[] chunks = Arrays.copyOfRange(bytes, start.length(), bytes.length);
    inPieces(chunks, random, direct, opened, opener::mostOpenedBytes, opener::open);
    opener.finish(opened);

    assertThat(ByteBufUtil.getBytes(opened)).isEqualTo(plaintext);
  }

  private interface Step {
    void run(ByteBuf in, ByteBuf out) throws EnvelopeFailed;
  }

  private interface Foretold {
    int most(int bytes);
  }

  /** Each piece into a buffer of just the size that was foretold. */
  private static void inPieces(
      byte[] bytes, Random random, boolean direct, ByteBuf whole, Foretold foretold, Step step)
      throws EnvelopeFailed {
    for (int at = 0; at < bytes.length; ) {
      int length = Math.min(bytes.length - at, 1 + random.nextInt(2 * SEALED_CHUNK));
      int most = foretold.most(length);
      ByteBuf in = direct ? Unpooled.directBuffer(length) : Unpooled.buffer(length);
      ByteBuf out = direct ? Unpooled.directBuffer(most, most) : Unpooled.buffer(most, most);
      in.writeBytes(bytes, at, length);
      step.run(in, out);
      assertThat(in.isReadable()).isFalse();
      whole.writeBytes(out);
      in.release();
      out.release();
      at += length;
    }
  }

  @Property(tries = 300)
  void anyChangeIsRefused(
      @ForAll @IntRange(max = 2 * CHUNK + 100) int length,
      @ForAll long where,
      @ForAll @IntRange(min = 1, max = 255) int change,
      @ForAll boolean wrapped)
      throws Exception {
    KeyRing ring = primary(wrapped ? KeyUse.WRAP : KeyUse.SEALED);
    byte[] sealed = sealed(ring, random(length), AAD);

    sealed[(int) Math.floorMod(where, (long) sealed.length)] ^= (byte) change;

    assertThatThrownBy(() -> opened(ring, sealed, AAD)).isInstanceOf(EnvelopeFailed.class);
  }

  @ParameterizedTest
  @EnumSource(
      value = KeyUse.class,
      names = {"SEALED", "WRAP"})
  void everyByteThatIsChangedIsRefused(KeyUse use) throws Exception {
    KeyRing ring = primary(use);
    byte[] sealed = sealed(ring, TEXT, AAD);
    Set<EnvelopeFailure> seen = EnumSet.noneOf(EnvelopeFailure.class);

    for (int at = 0; at < sealed.length; at++) {
      byte[] changed = sealed.clone();
      changed[at] ^= 1;
      seen.add(failure(ring, changed, AAD));
    }

    assertThat(seen)
        .contains(
            EnvelopeFailure.NOT_AN_ENVELOPE,
            EnvelopeFailure.UNKNOWN_VERSION,
            EnvelopeFailure.MALFORMED,
            EnvelopeFailure.UNKNOWN_KEY,
            EnvelopeFailure.WRONG_KEY_OR_AAD,
            EnvelopeFailure.DAMAGED);
  }

  @Test
  void everyTruncationIsRefused() throws Exception {
    KeyRing ring = primary(KeyUse.WRAP);
    byte[] sealed = sealed(ring, TEXT, AAD);

    for (int length = 0; length < sealed.length; length++) {
      failure(ring, Arrays.copyOf(sealed, length), AAD);
    }
  }

  @Test
  void aMessageThatIsCutBetweenChunksIsTruncated() throws Exception {
    KeyRing ring = primary(KeyUse.SEALED);
    byte[] sealed = sealed(ring, random(2 * CHUNK), NO_AAD);

    byte[] cut = Arrays.copyOf(sealed, sealed.length - 16);

    assertThat(failure(ring, cut, NO_AAD)).isEqualTo(EnvelopeFailure.TRUNCATED);
  }

  @Test
  void chunksThatAreSwappedRepeatedDroppedOrAppendedAreRefused() throws Exception {
    KeyRing ring = primary(KeyUse.SEALED);
    byte[] sealed = sealed(ring, random(3 * CHUNK + 7), NO_AAD);
    int startLength = Envelopes.start(sealed).length();
    byte[] start = Arrays.copyOf(sealed, startLength);
    byte[][] chunk = new byte[4][];
    for (int n = 0; n < 4; n++) {
      int from = startLength + n * SEALED_CHUNK;
      chunk[n] = Arrays.copyOfRange(sealed, from, Math.min(from + SEALED_CHUNK, sealed.length));
    }

    for (int[] order :
        new int[][] {
          {1, 0, 2, 3},
          {0, 2, 1, 3}, // swapped
          {0, 0, 1, 2, 3},
          {0, 1, 1, 3}, // repeated
          {1, 2, 3},
          {0, 1, 3},
          {3}, // dropped
          {0, 1, 2, 3, 3},
          {0, 1, 2, 3, 0} // appended
        }) {
      byte[] message = start;
      for (int n : order) {
        message = Bytes.concat(message, chunk[n]);
      }
      assertThat(failure(ring, message, NO_AAD)).isEqualTo(EnvelopeFailure.DAMAGED);
    }
    assertThat(failure(ring, Bytes.concat(sealed, new byte[] {0}), NO_AAD))
        .isEqualTo(EnvelopeFailure.DAMAGED);
  }

  @Test
  void theChunkOfAnotherMessageUnderTheSameKeyIsRefused() throws Exception {
    KeyRing ring = primary(KeyUse.SEALED);
    byte[] one = sealed(ring, random(CHUNK + 5), NO_AAD);
    byte[] other = sealed(ring, random(CHUNK + 5), NO_AAD);
    int start = Envelopes.start(one).length();

    System.arraycopy(other, start, one, start, SEALED_CHUNK);

    assertThat(failure(ring, one, NO_AAD)).isEqualTo(EnvelopeFailure.DAMAGED);
  }

  @Test
  void otherAadIsRefusedBeforeAnyChunk() throws Exception {
    for (KeyUse use : List.of(KeyUse.SEALED, KeyUse.WRAP)) {
      byte[] sealed = sealed(primary(use), TEXT, AAD);

      assertThat(failure(primary(use), sealed, NO_AAD)).isEqualTo(EnvelopeFailure.WRONG_KEY_OR_AAD);
    }
  }

  @Test
  void anotherSecretOfTheSameNameIsRefused() throws Exception {
    byte[] direct = sealed(primary(KeyUse.SEALED), TEXT, NO_AAD);
    byte[] wrapped = sealed(primary(KeyUse.WRAP), TEXT, NO_AAD);

    assertThat(failure(ring(key("k", KeyUse.SEALED, KeyState.PRIMARY, 1)), direct, NO_AAD))
        .isEqualTo(EnvelopeFailure.WRONG_KEY_OR_AAD);
    assertThat(failure(ring(key("k", KeyUse.WRAP, KeyState.PRIMARY, 1)), wrapped, NO_AAD))
        .isEqualTo(EnvelopeFailure.UNWRAP_FAILED);
  }

  @Test
  void aKeyOfTheNameThatIsForSomethingElseIsUnknown() throws Exception {
    byte[] sealed = sealed(primary(KeyUse.SEALED), TEXT, NO_AAD);

    assertThat(failure(primary(KeyUse.WRAP), sealed, NO_AAD))
        .isEqualTo(EnvelopeFailure.UNKNOWN_KEY);
  }

  @Test
  void everyStateOpensButDisabled() throws Exception {
    byte[] sealed = sealed(ring(key("k", KeyUse.SEALED, KeyState.PRIMARY, 3)), TEXT, NO_AAD);

    for (KeyState state : KeyState.values()) {
      KeyRing ring = ring(key("k", KeyUse.SEALED, state, 3));
      if (state == KeyState.DISABLED) {
        assertThat(failure(ring, sealed, NO_AAD)).isEqualTo(EnvelopeFailure.KEY_DISABLED);
      } else {
        assertThat(opened(ring, sealed, NO_AAD)).isEqualTo(TEXT);
      }
    }
  }

  @Test
  void everyFailureLooksAlikeToWhoeverSentTheBytes() throws Exception {
    KeyRing ring = primary(KeyUse.SEALED);
    byte[] sealed = sealed(ring, TEXT, AAD);
    byte[] damaged = sealed.clone();
    damaged[sealed.length - 1] ^= 1;

    assertThat(message(ring, damaged, AAD))
        .isEqualTo(message(ring, sealed, NO_AAD))
        .isEqualTo(message(ring(), sealed, AAD));
  }

  @Test
  void headersOutOfBoundsAreRefusedBeforeTheRestHasCome() {
    byte[] head = {(byte) 0x89, 'S', 'L', 'D', 1, 1, 0, 1, 'k', 0, 0};

    assertThat(startFailure(head, 7, 0)).isEqualTo(EnvelopeFailure.MALFORMED); // K = 0
    assertThat(startFailure(head, 7, 65)).isEqualTo(EnvelopeFailure.MALFORMED);
    assertThat(startFailure(head, 7, 255)).isEqualTo(EnvelopeFailure.MALFORMED);
    assertThat(startFailure(head, 8, '/')).isEqualTo(EnvelopeFailure.MALFORMED);
    assertThat(startFailure(head, 8, 0x80)).isEqualTo(EnvelopeFailure.MALFORMED);
    assertThat(startFailure(head, 6, 2)).isEqualTo(EnvelopeFailure.MALFORMED);
    assertThat(startFailure(head, 10, 40)).isEqualTo(EnvelopeFailure.MALFORMED); // direct, W = 40
    byte[] wrapped = head.clone();
    wrapped[6] = 1;
    assertThat(startFailure(wrapped, 10, 0)).isEqualTo(EnvelopeFailure.MALFORMED); // W = 0
    wrapped[9] = 0x10; // 4096 and
    assertThat(startFailure(wrapped, 10, 1)).isEqualTo(EnvelopeFailure.MALFORMED);
    wrapped[9] = (byte) 0xff;
    assertThat(startFailure(wrapped, 10, 0xff)).isEqualTo(EnvelopeFailure.MALFORMED);
  }

  @Test
  void aDataKeyIsWrappedByAnotherKeyWithoutTouchingTheChunks() throws Exception {
    EnvelopeKey old = key("old", KeyUse.WRAP, KeyState.PRIMARY, 1);
    EnvelopeKey fresh = key("a-new-one", KeyUse.WRAP, KeyState.PRIMARY, 2);
    byte[] sealed = sealed(ring(old), TEXT, AAD);
    SealedStart start = Envelopes.start(sealed);

    SealedStart rewrapped = Envelopes.done(Sealed.rewrap(ring(old), start, fresh));

    byte[] chunks = Arrays.copyOfRange(sealed, start.length(), sealed.length);
    byte[] message = Bytes.concat(rewrapped.encoded(), chunks);
    assertThat(opened(ring(fresh), message, AAD)).isEqualTo(TEXT);
    assertThat(failure(ring(old), message, AAD)).isEqualTo(EnvelopeFailure.UNKNOWN_KEY);
    assertThat(failure(ring(fresh), message, NO_AAD)).isEqualTo(EnvelopeFailure.WRONG_KEY_OR_AAD);
  }

  @Test
  void aWrappedKeyOfAnotherMessageIsRefusedByTheCommitment() throws Exception {
    KeyRing ring = primary(KeyUse.WRAP);
    byte[] one = sealed(ring, TEXT, NO_AAD);
    SealedHeader other = Envelopes.start(sealed(ring, TEXT, NO_AAD)).header();
    SealedStart start = Envelopes.start(one);

    byte[] mixed =
        Bytes.concat(
            start.with(other).encoded(), Arrays.copyOfRange(one, start.length(), one.length));

    assertThat(failure(ring, mixed, NO_AAD)).isEqualTo(EnvelopeFailure.WRONG_KEY_OR_AAD);
  }

  @Test
  void aDirectMessageCannotBeRewrapped() throws Exception {
    KeyRing ring = primary(KeyUse.SEALED);
    SealedStart start = Envelopes.start(sealed(ring, TEXT, NO_AAD));
    EnvelopeKey to = key("to", KeyUse.WRAP, KeyState.PRIMARY, 2);

    assertThatThrownBy(() -> Envelopes.done(Sealed.rewrap(ring, start, to)))
        .isInstanceOf(EnvelopeFailed.class);
  }

  @Test
  void aServiceThatFailsInAnyWayIsToldApartFromAKeyThatDoesNotFit() throws Exception {
    byte[] sealed = sealed(primary(KeyUse.WRAP), TEXT, NO_AAD);

    assertThat(failure(service(CompletableFuture.failedFuture(new IOException())), sealed, NO_AAD))
        .isEqualTo(EnvelopeFailure.KMS_FAILED);
    assertThat(failure(service(CompletableFuture.completedFuture(null)), sealed, NO_AAD))
        .isEqualTo(EnvelopeFailure.KMS_FAILED);
    assertThat(failure(service(null), sealed, NO_AAD)).isEqualTo(EnvelopeFailure.KMS_FAILED);
    assertThat(failure(service(CompletableFuture.completedFuture(new byte[16])), sealed, NO_AAD))
        .isEqualTo(EnvelopeFailure.UNWRAP_FAILED);
    assertThatThrownBy(
            () -> sealed(service(CompletableFuture.completedFuture(new byte[5000])), TEXT, AAD))
        .isInstanceOfSatisfying(
            EnvelopeFailed.class,
            e -> assertThat(e.failure()).isEqualTo(EnvelopeFailure.KMS_FAILED));
  }

  /**
   * @param answer to everything; null to throw
   */
  private static KeyRing service(@Nullable CompletionStage<byte[]> answer) {
    KeyWrapping wrapping =
        new KeyWrapping() {
          @Override
          public CompletionStage<byte[]> wrap(byte[] dataKey) {
            return unwrap(dataKey);
          }

          @Override
          public CompletionStage<byte[]> unwrap(byte[] wrapped) {
            if (answer == null) {
              throw new IllegalStateException("cannot ask");
            }
            return answer;
          }
        };
    return ring(EnvelopeKey.wrapping("k", KeyState.PRIMARY, wrapping));
  }

  @Test
  void moreChunksThanTheFormatTakesAreRefused() throws Exception {
    ChunkNonces nonces = new ChunkNonces(new byte[12], ChunkNonces.MOST_CHUNKS - 1);

    assertThat(nonces.next()).isEqualTo(new byte[] {0, 0, 0, 0, 0, 0, 0, 0x3f, -1, -1, -1, -1});
    assertThatThrownBy(nonces::next).isInstanceOf(EnvelopeFailed.class);
  }

  @Test
  void twoMessagesOfOneTextHaveNothingInCommon() throws Exception {
    KeyRing ring = primary(KeyUse.SEALED);
    byte[] one = sealed(ring, new byte[1000], NO_AAD);
    byte[] two = sealed(ring, new byte[1000], NO_AAD);
    int header = Envelopes.start(one).header().length();

    assertThat(Arrays.copyOfRange(one, header, one.length))
        .isNotEqualTo(Arrays.copyOfRange(two, header, two.length));
  }

  @Test
  void aFailedChunkLeavesNothingInTheOutput() throws Exception {
    KeyRing ring = primary(KeyUse.SEALED);
    byte[] plaintext = new byte[CHUNK];
    Arrays.fill(plaintext, (byte) 'x');
    byte[] sealed = sealed(ring, plaintext, NO_AAD);
    SealedStart start = Envelopes.start(sealed);
    sealed[start.length() + CHUNK] ^= 1; // the tag of the first chunk
    byte[] target = new byte[CHUNK + 100];
    ChunkOpener opener = Envelopes.done(Sealed.open(ring, start, NO_AAD));
    ByteBuf out = Unpooled.wrappedBuffer(target).clear();

    assertThatThrownBy(
            () ->
                opener.open(
                    Unpooled.wrappedBuffer(sealed, start.length(), sealed.length - start.length()),
                    out))
        .isInstanceOf(EnvelopeFailed.class);

    assertThat(out.isReadable()).isFalse();
    assertThat(target).isEqualTo(new byte[target.length]);
  }

  private static EnvelopeFailure startFailure(byte[] head, int at, int value) {
    byte[] changed = head.clone();
    changed[at] = (byte) value;
    try {
      new SealedStartReader().read(Unpooled.wrappedBuffer(changed));
    } catch (EnvelopeFailed e) {
      return e.failure();
    }
    throw new AssertionError("read on");
  }

  private static EnvelopeFailure failure(KeyRing ring, byte[] sealed, byte[] aad) {
    try {
      opened(ring, sealed, aad);
    } catch (EnvelopeFailed e) {
      return e.failure();
    }
    throw new AssertionError("opened");
  }

  private static String message(KeyRing ring, byte[] sealed, byte[] aad) {
    try {
      opened(ring, sealed, aad);
    } catch (EnvelopeFailed e) {
      return String.valueOf(e.getMessage());
    }
    throw new AssertionError("opened");
  }

  private static byte[] random(int length) {
    byte[] bytes = new byte[length];
    new Random(length).nextBytes(bytes);
    return bytes;
  }

  @Test
  void aLengthIsForetoldByTheKeyAloneWhereItsHeaderIsKnown() throws Exception {
    EnvelopeKey direct = EnvelopeKey.of("a1", KeyUse.SEALED, KeyState.PRIMARY, new byte[32]);
    byte[] other = new byte[32];
    other[0] = 1;
    EnvelopeKey wraps = EnvelopeKey.of("w", KeyUse.WRAP, KeyState.PRIMARY, other);
    for (EnvelopeKey key : List.of(direct, wraps)) {
      for (long plain : new long[] {0, 1, 16383, 16384, 100_000}) {
        SealedHeader header = Sealed.seal(key, new byte[0]).toCompletableFuture().join().header();
        long sealed = Sealed.length(header, plain);
        assertThat(Sealed.length(key, plain)).hasValue(sealed);
        assertThat(Sealed.plaintextLength(KeyRing.of(List.of(key)), sealed)).hasValue(plain);
      }
    }
    EnvelopeKey elsewhere =
        EnvelopeKey.wrapping("kms", KeyState.ENABLED, new AesKeyWrapping(other));
    assertThat(Sealed.length(elsewhere, 5)).isEmpty();
  }

  @Test
  void aPlaintextLengthThatDependsOnTheKeyIsNotTold() throws Exception {
    byte[] other = new byte[32];
    other[0] = 1;
    EnvelopeKey first = EnvelopeKey.of("a1", KeyUse.SEALED, KeyState.PRIMARY, new byte[32]);
    EnvelopeKey same = EnvelopeKey.of("a2", KeyUse.SEALED, KeyState.OPEN_ONLY, other);
    EnvelopeKey longer = EnvelopeKey.of("a-2", KeyUse.SEALED, KeyState.OPEN_ONLY, other);
    EnvelopeKey raw = EnvelopeKey.of("another", KeyUse.RAW, KeyState.OPEN_ONLY, other);

    assertThat(Sealed.plaintextLength(KeyRing.of(List.of(first, same)), 200)).isPresent();
    assertThat(Sealed.plaintextLength(KeyRing.of(List.of(first, longer)), 200)).isEmpty();
    assertThat(
            Sealed.plaintextLength(
                KeyRing.of(List.of(first, EnvelopeKey.disabled("longer", KeyUse.SEALED), raw)),
                200))
        .isPresent();
    assertThat(Sealed.plaintextLength(KeyRing.of(List.of(raw)), 200)).isEmpty();
  }
}
