package io.sallyport.envelope;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import com.typesafe.config.Config;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** The payload of sealed messages, by Wycheproof's vectors of C2SP chunked encryption. */
final class ChunkVectorsTest {

  private static final int SALT_BYTES = 24;
  private static final int START_BYTES = 56;

  @TestFactory
  Stream<DynamicTest> opensAsWycheproofSays() {
    return Vectors.wycheproof("c2sp_chunked_encryption_aes_256_gcm_test.json")
        .map(test -> dynamicTest(Vectors.name(test), () -> opens(test)));
  }

  private static void opens(Config test) throws Exception {
    byte[] sealed = inflated(Vectors.bytes(test, "ct"));
    byte[] key = Vectors.bytes(test, "key");
    List<String> flags = test.getStringList("flags");
    ByteBuf opened = Unpooled.buffer();
    boolean whole = false;
    if (flags.contains("InvalidKeySize")) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> EnvelopeKey.of("k", KeyUse.SEALED, KeyState.PRIMARY, key));
      return;
    }
    if (sealed.length >= START_BYTES) {
      ChunkKeys keys =
          ChunkKeys.derive(key, Arrays.copyOf(sealed, SALT_BYTES), Vectors.bytes(test, "ctx"));
      boolean committed = keys.commits(Arrays.copyOfRange(sealed, SALT_BYTES, START_BYTES));
      assertThat(committed).isEqualTo(!flags.contains("HeaderFailure"));
      if (committed) {
        whole = opens(new ChunkOpener(keys), sealed, opened);
      }
    }

    assertThat(whole).isEqualTo(Vectors.isValid(test));
    if (test.hasPath("msgSha512")) {
      assertThat(opened.readableBytes()).isEqualTo(test.getInt("msgLength"));
      assertThat(sha512(ByteBufUtil.getBytes(opened))).isEqualTo(Vectors.bytes(test, "msgSha512"));
    } else {
      assertThat(opened.isReadable()).isFalse();
    }
  }

  private static boolean opens(ChunkOpener opener, byte[] sealed, ByteBuf opened) {
    try {
      opener.open(Unpooled.wrappedBuffer(sealed, START_BYTES, sealed.length - START_BYTES), opened);
      opener.finish(opened);
      return true;
    } catch (EnvelopeFailed e) {
      return false;
    }
  }

  private static byte[] inflated(byte[] deflated) throws DataFormatException {
    Inflater inflater = new Inflater();
    inflater.setInput(deflated);
    byte[] out = new byte[8 << 20];
    int length = 0;
    for (int n = 1; n > 0; length += n) {
      n = inflater.inflate(out, length, out.length - length);
    }
    inflater.end();
    return Arrays.copyOf(out, length);
  }

  private static byte[] sha512(byte[] message) throws NoSuchAlgorithmException {
    return MessageDigest.getInstance("SHA-512").digest(message);
  }
}
