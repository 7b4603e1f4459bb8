package io.sallyport.envelope;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class KeyFileTest {

  private final byte[] key = new byte[32];
  private final Path file;

  KeyFileTest(@TempDir Path folder) {
    Arrays.fill(key, (byte) 0xa7);
    file = folder.resolve("key");
  }

  @Test
  void readsEachEncodingWithAndWithoutALineEnd() throws Exception {
    String hex = HexFormat.of().formatHex(key);
    String base64 = Base64.getEncoder().encodeToString(key);

    for (String end : new String[] {"", "\n", "\r\n"}) {
      assertThat(read(hex + end, KeyEncoding.HEX)).isEqualTo(key);
      assertThat(read(base64 + end, KeyEncoding.BASE64)).isEqualTo(key);
    }
    Files.write(file, key);
    assertThat(KeyFile.read(file, KeyEncoding.BINARY)).isEqualTo(key);
    Files.write(file, KeyFile.encoded(key));
    assertThat(KeyFile.read(file, KeyEncoding.BASE64)).isEqualTo(key);
  }

  @Test
  void aBinaryKeyThatEndsLikeALineIsTakenAsItIs() throws Exception {
    key[31] = '\n';
    Files.write(file, key);

    assertThat(KeyFile.read(file, KeyEncoding.BINARY)).isEqualTo(key);
  }

  @Test
  void anyOtherLengthIsRefused() throws Exception {
    for (int length : new int[] {0, 16, 31, 33}) {
      byte[] other = new byte[length];
      assertRefused(HexFormat.of().formatHex(other), KeyEncoding.HEX, length + " bytes");
      assertRefused(
          Base64.getEncoder().encodeToString(other), KeyEncoding.BASE64, length + " bytes");
      assertRefused(new String(other, US_ASCII), KeyEncoding.BINARY, length + " bytes");
    }
    assertRefused("0".repeat(100_000), KeyEncoding.HEX, "larger than a key");
  }

  @Test
  void anotherEncodingIsRefusedWithoutAWordOfWhatItHolds() throws Exception {
    assertRefused("zz" + "0".repeat(62), KeyEncoding.HEX, "is not hex");
    assertRefused("-" + "A".repeat(43), KeyEncoding.BASE64, "is not base64");
    assertRefused(" " + "A".repeat(43), KeyEncoding.BASE64, "is not base64");
    assertRefused("0".repeat(64), KeyEncoding.BASE64, "48 bytes");
  }

  private byte[] read(String content, KeyEncoding encoding) throws Exception {
    return KeyFile.read(Files.writeString(file, content, US_ASCII), encoding);
  }

  private void assertRefused(String content, KeyEncoding encoding, String fault) {
    assertThatThrownBy(() -> read(content, encoding))
        .isInstanceOf(InvalidKeyFile.class)
        .hasMessageContaining(fault)
        .hasNoCause();
  }
}
