package io.sallyport.cli.inspect;

import static org.assertj.core.api.Assertions.assertThat;

import io.sallyport.testcerts.TestCa;
import java.security.KeyPairGenerator;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CertificateReportTest {

  private static final Instant FROM = Instant.parse("2026-01-01T00:00:00Z");
  private static final Instant UNTIL = Instant.parse("2026-02-01T00:00:00Z");
  private static final X509Certificate LEAF =
      TestCa.create().issue(leaf -> leaf.dns("app").validity(FROM, UNTIL)).leaf();

  @ParameterizedTest
  @CsvSource({
    "-PT49H, not valid for another 2 days",
    "-PT1H, not valid for another 1 hour",
    "PT0S, 31 days left",
    "P28DT23H, 2 days left",
    "P29DT23H, 1 day left",
    "P30DT1H, 23 hours left",
    "P30DT23H, 1 hour left",
    "P31D, 0 hours left",
    "P31DT1H30M, expired 1 hour ago",
    "P32DT12H, expired 1 day ago",
    "P40D, expired 9 days ago"
  })
  void countsInDaysAndAtTheEndInHours(Duration sinceFrom, String validity) {
    assertThat(CertificateReport.of(List.of(LEAF), FROM.plus(sinceFrom)).get(0).text().lines())
        .filteredOn(line -> line.startsWith("validity "))
        .singleElement()
        .asString()
        .endsWith("  " + validity);
  }

  @ParameterizedTest
  @CsvSource({
    "secp256r1, EC P-256",
    "secp384r1, EC P-384",
    "secp521r1, EC P-521",
    "secp256k1, EC secp256k1",
    "brainpoolP256r1, EC brainpoolP256r1"
  })
  void namesACurveAsItIsAndNotByItsLength(String curve, String named) throws Exception {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("EC", new BouncyCastleProvider());
    generator.initialize(new ECGenParameterSpec(curve));
    X509Certificate leaf =
        TestCa.create().issue(spec -> spec.key(generator.generateKeyPair())).leaf();

    assertThat(CertificateReport.of(List.of(leaf), FROM).get(0).text().lines())
        .filteredOn(line -> line.startsWith("key "))
        .singleElement()
        .asString()
        .endsWith("  " + named);
  }
}
