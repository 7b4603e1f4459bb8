package io.sallyport.identity;

import static org.assertj.core.api.Assertions.assertThat;

import io.sallyport.testcerts.TestCa;
import java.security.KeyPair;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What clients are told of the CAs that we trust. */
class PeerVerdictTest {
  private final KeyPair key = TestCa.create().keyPair();

  @Test
  void namesEveryCaOnce() {
    X509Certificate first = ca("One");
    X509Certificate renewed = ca("One");
    X509Certificate second = ca("Two");

    assertThat(verdict(List.of(first, renewed, second)).caNames()).containsExactly(first, second);
  }

  @Test
  void namesNoCaWhereTheListWouldBeTooLong() {
    List<X509Certificate> many =
        IntStream.range(0, 20).mapToObj(i -> ca(i + "x".repeat(1000))).toList();

    assertThat(verdict(many.subList(0, 10)).caNames()).hasSize(10);
    assertThat(verdict(many).caNames()).isEmpty();
  }

  private X509Certificate ca(String name) {
    return TestCa.create(spec -> spec.name(name).key(key)).certificate();
  }

  private static PeerVerdict verdict(List<X509Certificate> anchors) {
    return new PeerVerdict(new TrustBundle(anchors), PeerCheck.ANY_TRUSTED, PeerRole.CLIENT);
  }
}
