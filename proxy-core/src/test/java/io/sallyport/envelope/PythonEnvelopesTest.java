package io.sallyport.envelope;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import com.typesafe.config.Config;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** What Python's `cryptography` sealed in the raw and in the sealed format. */
final class PythonEnvelopesTest {

  private static final String FILE = "python-envelopes.json";

  @TestFactory
  Stream<DynamicTest> opensRawMessagesOfPython() {
    return Vectors.json(FILE).getConfigList("raw").stream()
        .map(test -> dynamicTest(test.getString("plaintextLength"), () -> opensRaw(test)));
  }

  private static void opensRaw(Config test) throws Exception {
    KeyRing ring = ring("k", KeyUse.RAW, Vectors.bytes(test, "key"));
    ByteBuf opened = Unpooled.buffer();

    new RawOpener(ring, RawSealer.DEFAULT_MOST_BYTES)
        .open(Unpooled.wrappedBuffer(Vectors.bytes(test, "envelope")), opened);

    assertThat(ByteBufUtil.getBytes(opened)).isEqualTo(plaintext(test));
  }

  @TestFactory
  Stream<DynamicTest> opensSealedMessagesOfPython() {
    return Vectors.json(FILE).getConfigList("sealed").stream()
        .map(
            test ->
                dynamicTest(
                    test.getString("plaintextLength") + ", mode " + test.getInt("keyMode"),
                    () -> opensSealed(test)));
  }

  private static void opensSealed(Config test) throws Exception {
    boolean wrapped = test.getInt("keyMode") == 1;
    KeyRing ring =
        ring(
            test.getString("keyId"),
            wrapped ? KeyUse.WRAP : KeyUse.SEALED,
            Vectors.bytes(test, "key"));
    ByteBuf sealed = Unpooled.wrappedBuffer(Vectors.bytes(test, "envelope"));
    ByteBuf opened = Unpooled.buffer();

    SealedStart start = requireNonNull(new SealedStartReader().read(sealed));
    ChunkOpener opener =
        Sealed.open(ring, start, Vectors.bytes(test, "aad")).toCompletableFuture().join();
    opener.open(sealed, opened);
    opener.finish(opened);

    assertThat(ByteBufUtil.getBytes(opened)).isEqualTo(plaintext(test));
    assertThat(start.header().isWrapped()).isEqualTo(wrapped);
    assertThat(sealed.writerIndex())
        .isEqualTo(Sealed.length(start.header(), test.getInt("plaintextLength")));
  }

  private static KeyRing ring(String id, KeyUse use, byte[] secret) throws InvalidKeyRing {
    return KeyRing.of(List.of(EnvelopeKey.of(id, use, KeyState.OPEN_ONLY, secret)));
  }

  /** SHA-256(seed ‖ counter), counter from zero in four bytes, as long as it is. */
  private static byte[] plaintext(Config test) throws Exception {
    byte[] seed = Vectors.bytes(test, "plaintextSeed");
    int length = test.getInt("plaintextLength");
    MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
    ByteBuf blocks = Unpooled.buffer();
    for (int n = 0; blocks.readableBytes() < length; n++) {
      sha256.update(seed);
      blocks.writeBytes(sha256.digest(ByteBuffer.allocate(4).putInt(n).array()));
    }
    byte[] plaintext = Arrays.copyOf(ByteBufUtil.getBytes(blocks), length);
    assertThat(sha256.digest(plaintext)).isEqualTo(Vectors.bytes(test, "plaintextSha256"));
    return plaintext;
  }
}
