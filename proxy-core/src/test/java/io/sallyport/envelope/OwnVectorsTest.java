package io.sallyport.envelope;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigValue;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.sallyport.envelope.FrameConnection.Role;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import org.bouncycastle.crypto.digests.SHAKEDigest;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * The project's own vectors, made by vectors.py, which is a second writing of the formats. Ours
 * must not only open them but make the same bytes of the same keys and salts.
 */
final class OwnVectorsTest {

  private static final Config VECTORS =
      ConfigFactory.parseResources(OwnVectorsTest.class, "vectors.json");

  @TestFactory
  Stream<DynamicTest> rawMessages() {
    return VECTORS.getConfigList("raw").stream()
        .map(test -> dynamicTest(test.getString("label"), () -> raw(test)));
  }

  private static void raw(Config test) throws Exception {
    EnvelopeKey key = EnvelopeKey.of("k", KeyUse.RAW, KeyState.ENABLED, Vectors.bytes(test, "key"));
    ByteBuf opened = Unpooled.buffer();

    new RawOpener(KeyRing.of(List.of(key)), 100)
        .open(Unpooled.wrappedBuffer(Vectors.bytes(test, "envelope")), opened);

    assertThat(ByteBufUtil.getBytes(opened)).isEqualTo(Vectors.bytes(test, "plaintext"));
  }

  @TestFactory
  Stream<DynamicTest> sealedMessages() {
    return VECTORS.getConfigList("sealed").stream()
        .map(test -> dynamicTest(test.getString("label"), () -> sealed(test)));
  }

  private static void sealed(Config test) throws Exception {
    int length = test.getInt("plaintextLength");
    byte[] plaintext = shake(test.getString("label"), length);
    byte[] aad = test.getString("aad").getBytes(StandardCharsets.UTF_8);
    EnvelopeKey key =
        EnvelopeKey.of(
            test.getString("keyId"),
            test.getBoolean("wrapped") ? KeyUse.WRAP : KeyUse.SEALED,
            KeyState.PRIMARY,
            Vectors.bytes(test, "key"));
    byte[] dataKey = Vectors.bytes(test, "dataKey");
    byte[] salt = Vectors.bytes(test, "salt");
    SealedHeader header =
        test.getBoolean("wrapped")
            ? SealedHeader.wrapped(key.id(), Envelopes.done(key.wrapping().wrap(dataKey)))
            : SealedHeader.direct(key.id());
    ChunkKeys keys = ChunkKeys.derive(dataKey, salt, header.context(aad));
    ChunkSealer sealer = new ChunkSealer(new SealedStart(header, salt, keys.commitment()), keys);
    ByteBuf out = Unpooled.buffer();
    sealer.seal(Unpooled.wrappedBuffer(plaintext), out);
    sealer.finish(out);
    byte[] sealed = ByteBufUtil.getBytes(out);

    assertThat(sha256(sealed)).isEqualTo(Vectors.bytes(test, "envelopeSha256"));
    assertThat(Envelopes.opened(KeyRing.of(List.of(key)), sealed, aad)).isEqualTo(plaintext);
    assertThat(sha256(plaintext)).isEqualTo(Vectors.bytes(test, "plaintextSha256"));
    if (!test.getIsNull("envelope")) {
      assertThat(sealed).isEqualTo(Vectors.bytes(test, "envelope"));
    }
  }

  @Test
  void frames() throws Exception {
    Config test = VECTORS.getConfig("frames");
    KeyRing initiatorsRing = ring(test, "a", "b");
    KeyRing respondersRing = ring(test, "b", "a");
    FrameConnection initiator = side(test, Role.INITIATOR, initiatorsRing);
    FrameConnection responder = side(test, Role.RESPONDER, respondersRing);
    assertThat(hex(initiator.preamble())).isEqualTo(test.getStringList("preambles").get(0));
    assertThat(hex(responder.preamble())).isEqualTo(test.getStringList("preambles").get(1));
    initiator.read(Unpooled.wrappedBuffer(responder.preamble()));
    responder.read(Unpooled.wrappedBuffer(initiator.preamble()));

    byte[] fromInitiator = wire(initiator, test, 0);
    byte[] fromResponder = wire(responder, test, 1);

    assertThat(hex(sha256(fromInitiator))).isEqualTo(test.getStringList("wiresSha256").get(0));
    assertThat(hex(sha256(fromResponder))).isEqualTo(test.getStringList("wiresSha256").get(1));
    ByteBuf opened = Unpooled.buffer();
    initiator.opener().open(Unpooled.wrappedBuffer(Vectors.bytes(test, "responderWire")), opened);
    initiator.opener().finish();
    assertThat(opened.toString(StandardCharsets.US_ASCII)).isEqualTo("220 readybye");
  }

  private static KeyRing ring(Config test, String primary, String other) throws InvalidKeyRing {
    return KeyRing.of(
        List.of(
            EnvelopeKey.of(
                primary, KeyUse.FRAMES, KeyState.PRIMARY, Vectors.bytes(test, "keys." + primary)),
            EnvelopeKey.of(
                other, KeyUse.FRAMES, KeyState.ENABLED, Vectors.bytes(test, "keys." + other))));
  }

  private static FrameConnection side(Config test, Role role, KeyRing ring) throws EnvelopeFailed {
    String salt = test.getStringList("salts").get(role == Role.INITIATOR ? 0 : 1);
    return new FrameConnection(role, ring, HexFormat.of().parseHex(salt));
  }

  private static byte[] wire(FrameConnection from, Config test, int side) throws EnvelopeFailed {
    ByteBuf wire = Unpooled.buffer();
    for (Object said : test.getList("said").get(side) instanceof List<?> list ? list : List.of()) {
      String text = ((ConfigValue) said).unwrapped().toString();
      from.sealer().seal(Unpooled.copiedBuffer(text, StandardCharsets.US_ASCII), wire);
    }
    from.sealer().finish(wire);
    return ByteBufUtil.getBytes(wire);
  }

  private static String hex(byte[] bytes) {
    return HexFormat.of().formatHex(bytes);
  }

  private static byte[] sha256(byte[] bytes) throws Exception {
    return MessageDigest.getInstance("SHA-256").digest(bytes);
  }

  /** As vectors.py makes bytes of labels. */
  private static byte[] shake(String label, int length) {
    byte[] seed = label.getBytes(StandardCharsets.UTF_8);
    byte[] out = new byte[length];
    SHAKEDigest shake = new SHAKEDigest(256);
    shake.update(seed, 0, seed.length);
    shake.doFinal(out, 0, length);
    return out;
  }
}
