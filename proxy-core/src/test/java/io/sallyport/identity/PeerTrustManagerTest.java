package io.sallyport.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sallyport.testcerts.TestCa;
import java.security.KeyPair;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What clients are told of the CAs that we trust, and who is judged at all. */
class PeerTrustManagerTest {
  private final KeyPair key = TestCa.create().keyPair();

  @Test
  void namesEveryCaOnce() {
    X509Certificate first = ca("One");
    X509Certificate renewed = ca("One");
    X509Certificate second = ca("Two");

    assertThat(manager(List.of(first, renewed, second)).getAcceptedIssuers())
        .containsExactly(first, second);
  }

  @Test
  void namesNoCaWhereTheListWouldBeTooLong() {
    List<X509Certificate> many =
        IntStream.range(0, 20).mapToObj(i -> ca(i + "x".repeat(1000))).toList();

    assertThat(manager(many.subList(0, 10)).getAcceptedIssuers()).hasSize(10);
    assertThat(manager(many).getAcceptedIssuers()).isEmpty();
  }

  @Test
  void judgesNobodyWithoutAnEngine() {
    X509Certificate[] chain = {ca("One")};

    assertThatThrownBy(() -> manager(List.of(chain[0])).checkServerTrusted(chain, "ECDHE_ECDSA"))
        .isInstanceOf(CertificateException.class);
  }

  private X509Certificate ca(String name) {
    return TestCa.create(spec -> spec.name(name).key(key)).certificate();
  }

  private static PeerTrustManager manager(List<X509Certificate> anchors) {
    return new PeerTrustManager(new TrustBundle(anchors), PeerCheck.ANY_TRUSTED);
  }
}
