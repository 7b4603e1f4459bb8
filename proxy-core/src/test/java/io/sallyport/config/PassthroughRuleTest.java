package io.sallyport.config;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class PassthroughRuleTest {

  @ParameterizedTest
  @CsvSource({
    "10.0.0.0/8:5432, 10.1.2.3, 5432, true",
    "10.0.0.0/8:5432, 10.1.2.3, 5433, false",
    "10.0.0.0/8:5432, 11.1.2.3, 5432, false",
    "10.0.0.7:*, 10.0.0.7, 65535, true",
    "10.0.0.7:*, 10.0.0.8, 1, false",
    "*:53, 2001:db8::1, 53, true",
    "*:53, 192.0.2.1, 53, true",
    "*:53, 192.0.2.1, 54, false",
    "[fd00::/8]:8000-8999, fd00:0:0:0:0:0:0:1, 8000, true",
    "[fd00::/8]:8000-8999, fd00:0:0:0:0:0:0:1, 8999, true",
    "[fd00::/8]:8000-8999, fd00:0:0:0:0:0:0:1, 9000, false",
    "[fd00::/8]:8000-8999, fe00:0:0:0:0:0:0:1, 8000, false",
    "[fd00::/8]:8000-8999, 10.0.0.1, 8000, false",
    "[::ffff:10.0.0.1]:80, 10.0.0.1, 80, true"
  })
  void holdsForItsAddressesAtItsPorts(String rule, String host, int port, boolean holds)
      throws Malformed {
    assertThat(PassthroughRule.parse(rule).matches(new Address.Tcp(host, port))).isEqualTo(holds);
  }
}
