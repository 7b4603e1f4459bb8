package io.sallyport.envelope;

import static io.sallyport.envelope.Envelopes.key;
import static io.sallyport.envelope.Envelopes.ring;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

final class KeyRingTest {

  @Test
  void oneSecretNeverServesTwoUses() {
    assertInvalid(
        "is the same secret",
        key("a", KeyUse.RAW, KeyState.PRIMARY, 1),
        key("b", KeyUse.SEALED, KeyState.PRIMARY, 1));
  }

  @Test
  void twoKeysHaveTwoIds() {
    assertInvalid(
        "has the id",
        key("a", KeyUse.RAW, KeyState.PRIMARY, 1),
        key("a", KeyUse.SEALED, KeyState.ENABLED, 2));
  }

  @Test
  void oneKeySealsAtATime() {
    assertInvalid(
        "second primary",
        key("a", KeyUse.RAW, KeyState.PRIMARY, 1),
        key("b", KeyUse.RAW, KeyState.PRIMARY, 2));
    assertInvalid(
        "second primary",
        key("a", KeyUse.SEALED, KeyState.PRIMARY, 1),
        key("b", KeyUse.WRAP, KeyState.PRIMARY, 2));
  }

  @Test
  void aWrappingKeyMaySealInPlaceOfAnInputKey() throws Exception {
    EnvelopeKey wrap = key("kek", KeyUse.WRAP, KeyState.PRIMARY, 1);

    assertThat(ring(wrap, key("k", KeyUse.SEALED, KeyState.ENABLED, 2)).primary(KeyUse.SEALED))
        .isSameAs(wrap);
  }

  @Test
  void whatIsAskedForByItsIdSealsUnlessItMayOnlyOpen() throws Exception {
    KeyRing ring =
        ring(
            key("enabled", KeyUse.RAW, KeyState.ENABLED, 1),
            key("open-only", KeyUse.RAW, KeyState.OPEN_ONLY, 2));

    assertThat(ring.toSeal("enabled", KeyUse.RAW).id()).isEqualTo("enabled");
    assertFailure(EnvelopeFailure.KEY_DISABLED, () -> ring.toSeal("open-only", KeyUse.RAW));
    assertFailure(EnvelopeFailure.UNKNOWN_KEY, () -> ring.toSeal("enabled", KeyUse.SEALED));
    assertFailure(EnvelopeFailure.NO_PRIMARY_KEY, () -> ring.primary(KeyUse.RAW));
  }

  @Test
  void aSecretHas32BytesAndAnIdFewCharacters() {
    for (int length : new int[] {0, 16, 31, 33}) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> EnvelopeKey.of("k", KeyUse.RAW, KeyState.PRIMARY, new byte[length]));
    }
    for (String id : List.of("", "a b", "a/b", "ä", "a\n", "x".repeat(65))) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> EnvelopeKey.of(id, KeyUse.RAW, KeyState.PRIMARY, new byte[32]));
    }
  }

  @Test
  void aKeyDoesNotTellItsSecret() {
    assertThat(ring(key("k", KeyUse.RAW, KeyState.PRIMARY, 1)).toString())
        .isEqualTo("[k (RAW, PRIMARY)]");
  }

  private static void assertInvalid(String fault, EnvelopeKey... keys) {
    assertThatThrownBy(() -> KeyRing.of(List.of(keys)))
        .isInstanceOfSatisfying(
            InvalidKeyRing.class,
            e -> {
              assertThat(e.fault()).contains(fault);
              assertThat(e.key()).isEqualTo(keys[1].id());
              assertThat(e.other()).isEqualTo(keys[0].id());
            });
  }

  private static void assertFailure(EnvelopeFailure failure, ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            EnvelopeFailed.class, e -> assertThat(e.failure()).isEqualTo(failure));
  }
}
