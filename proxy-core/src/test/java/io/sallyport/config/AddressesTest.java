package io.sallyport.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is refused, problems.txt has. */
class AddressesTest {

  @ParameterizedTest
  @ValueSource(
      strings = {
        "0.0.0.0:8443",
        "127.0.0.1:0",
        "localhost:65535",
        "[::]:8443",
        "[fe80::1%eth0]:8443",
        "unix:/run/a b.sock",
        "systemd:web"
      })
  void listensOnLiteralsAndSockets(String text) throws Malformed {
    assertThat(Addresses.listen(text)).hasToString(text);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"10.1.2.3:1", "[2001:db8::1]:443", "ledger-0.my_service.svc:8443", "a:1", "1a:1"})
  void dialsNamesToo(String text) throws Malformed {
    assertThat(Addresses.target(text)).hasToString(text);
  }

  @Test
  void takesAUnixPathAsLongAsTheKernelDoes() throws Malformed {
    String longest = "/" + "a".repeat(106);

    assertThat(Addresses.target("unix:" + longest)).isEqualTo(new Address.Unix(Path.of(longest)));
    assertThatThrownBy(() -> Addresses.target("unix:" + longest + "a"))
        .isInstanceOf(Malformed.class);
    assertThatThrownBy(() -> Addresses.target("unix:/" + "é".repeat(54)))
        .isInstanceOf(Malformed.class);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "127.0.0.1:1",
        "127.9.9.9:1",
        "[::1]:1",
        "[0:0:0:0:0:0:0:1]:1",
        "[::ffff:127.0.0.1]:1",
        "LocalHost:1",
        "unix:/run/a.sock"
      })
  void knowsWhatStaysOnThisHost(String text) throws Malformed {
    assertThat(Addresses.isOnHost(Addresses.target(text))).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "128.0.0.1:1",
        "[::2]:1",
        "[::ffff:10.0.0.1]:1",
        "localhost.example:1",
        "127.0.0.1.nip.io:1"
      })
  void knowsWhatLeavesThisHost(String text) throws Malformed {
    assertThat(Addresses.isOnHost(Addresses.target(text))).isFalse();
  }

  @ParameterizedTest
  @CsvSource({
    "127.0.0.1:1, 127.0.0.1:1, true",
    "127.0.0.1:1, localhost:1, true",
    "127.0.0.1:1, 0.0.0.0:1, true",
    "127.0.0.1:1, [::]:1, true",
    "[::1]:1, [0::1]:1, true",
    "[::1]:1, [::]:1, true",
    "0.0.0.0:1, [::]:1, true",
    "[::1]:1, 0.0.0.0:1, false",
    "127.0.0.1:1, 127.0.0.2:1, false",
    "127.0.0.1:1, 127.0.0.1:2, false",
    "127.0.0.1:0, 127.0.0.1:0, false",
    "unix:/a, unix:/b/../a, true",
    "unix:/a, unix:/b, false",
    "unix:/a, 127.0.0.1:1, false",
  })
  void knowsWhichListenersAreInEachOthersWay(String one, String other, boolean overlap)
      throws Malformed {
    Address a = Addresses.listen(one);
    Address b = Addresses.listen(other);

    assertThat(Addresses.overlap(a, b)).isEqualTo(overlap);
    assertThat(Addresses.overlap(b, a)).isEqualTo(overlap);
  }

  @Test
  void tellsFaultAndRemedyOfAFlag() {
    assertThatThrownBy(() -> Addresses.listen("8443"))
        .isInstanceOfSatisfying(
            Malformed.class,
            e ->
                assertThat(e.at("--listen", Origins.NONE))
                    .hasToString(
                        "--listen: \"8443\" has no host; write HOST:PORT, [IPV6]:PORT or"
                            + " unix:/PATH"));
  }
}
