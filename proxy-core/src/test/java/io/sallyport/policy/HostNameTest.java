package io.sallyport.policy;

import static io.sallyport.policy.Certificates.IP;
import static io.sallyport.policy.Certificates.der;
import static io.sallyport.policy.Certificates.peer;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HostNameTest {

  @ParameterizedTest
  @CsvSource({
    "ledger.prod.svc, ledger.prod.svc, true",
    "ledger.prod.svc, LEDGER.prod.SVC, true",
    "ledger.prod.svc, ledger.prod.svc., true",
    "LEDGER.Prod.svc, ledger.prod.svc, true",
    "ledger.prod.svc, ledger.prod, false",
    "ledger.prod.svc, prod.svc, false",
    "ledger.prod.svc, x.ledger.prod.svc, false",
    "localhost, localhost, true",
    "*.example.com, a.example.com, true",
    "*.EXAMPLE.com, A.example.COM, true",
    "*.example.com, a.b.example.com, false",
    "*.example.com, example.com, false",
    "*.example.com, .example.com, false",
    "*.example.com, *.example.com, false",
    "*.com, example.com, false",
    "*, localhost, false",
    "*.*.com, a.b.com, false",
    "a*.example.com, ab.example.com, false",
    "www.*.com, www.example.com, false",
    "*.0.0.1, 10.0.0.1, false",
    "10.0.0.1, 10.0.0.1, false",
    "xn--bcher-kva.example, xn--bcher-kva.example, true",
    "*.bcher.example, bücher.example, false",
  })
  void comparesADnsName(String inCertificate, String host, boolean matches) {
    Peer peer = peer(leaf -> leaf.dns(inCertificate));

    assertThat(HostName.matches(peer, host)).isEqualTo(matches);
  }

  @ParameterizedTest
  @CsvSource({
    "10.0.0.1, 10.0.0.1, true",
    "10.0.0.1, ::ffff:10.0.0.1, true",
    "10.0.0.1, ::10.0.0.1, false",
    "10.0.0.1, 10.0.0.2, false",
    "fd00::1, FD00:0:0:0:0:0:0:1, true",
    "fd00::1, fd00::2, false",
    "::1, 0.0.0.1, false",
  })
  void comparesAnAddressAsAValue(String inCertificate, String host, boolean matches) {
    Peer peer = peer(leaf -> leaf.ip(inCertificate));

    assertThat(HostName.matches(peer, host)).isEqualTo(matches);
  }

  @ParameterizedTest
  @ValueSource(strings = {"10.1.2.3", "::ffff:10.1.2.3"})
  void takesAMappedAddressOfACertificateForNoIpv4Address(String host) {
    byte[] mapped = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, -1, -1, 10, 1, 2, 3};
    byte[] san = der(DerReader.SEQUENCE, der(IP, mapped));

    assertThat(HostName.matches(peer(leaf -> leaf.rawSan(san)), host)).isFalse();
  }

  @Test
  void neverLooksAtTheSubject() {
    assertThat(HostName.matches(peer(leaf -> leaf.cn("app.internal")), "app.internal")).isFalse();
    assertThat(HostName.matches(peer(leaf -> leaf.cn("10.0.0.1")), "10.0.0.1")).isFalse();
  }
}
