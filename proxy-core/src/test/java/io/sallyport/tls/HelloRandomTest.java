package io.sallyport.tls;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.HexFormat;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a ClientHello, whole or in pieces, tells of its connection. */
final class HelloRandomTest {

  private static final String BEFORE = "16030102000100" + "01fc0303";
  private static final String RANDOM = "00112233445566ff";

  private HelloRandom hello = new HelloRandom();

  @BeforeEach
  void anew() {
    hello = new HelloRandom();
  }

  private void sees(String hex) {
    ByteBuf bytes = Unpooled.wrappedBuffer(HexFormat.of().parseHex(hex));
    hello.saw(bytes);
    assertThat(bytes.readableBytes()).as("not consumed").isEqualTo(hex.length() / 2);
  }

  @Test
  void isTheFirstEightBytesOfTheRandom() {
    sees(BEFORE + RANDOM + "8899aabb");
    assertThat(hello.text()).isEqualTo(RANDOM);
  }

  @Test
  void comesByteByByte() {
    for (int i = 0; i < BEFORE.length(); i += 2) {
      sees(BEFORE.substring(i, i + 2));
    }
    for (int i = 0; i < RANDOM.length(); i += 2) {
      assertThat(hello.text()).isNull();
      sees(RANDOM.substring(i, i + 2));
    }
    sees("99");
    assertThat(hello.text()).isEqualTo(RANDOM);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "474554202f20485454502f312e310d0a486f73743a20610d0a0d0a",
        "15030100020228160301020001000001fc03030011223344556677",
        "160301020002000001fc0303001122334455667788",
      })
  void isNoneOfWhatIsNoClientHello(String hex) {
    sees(hex);
    sees(BEFORE + RANDOM);
    assertThat(hello.text()).isNull();
  }
}
