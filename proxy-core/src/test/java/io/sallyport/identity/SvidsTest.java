package io.sallyport.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sallyport.config.Malformed;
import io.sallyport.rig.SvidMessage;
import io.sallyport.testcerts.TestCa;
import io.sallyport.testcerts.TestIdentity;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class SvidsTest {

  private static final String ID = "spiffe://prod.test/web";
  private static final TestCa CA = TestCa.create();
  private static final TestCa PARTNER = TestCa.create(ca -> ca.name("partner"));
  private static final TestIdentity WEB = CA.intermediate().issue(leaf -> leaf.uri(ID));

  private static SvidMessage web() {
    return SvidMessage.of(ID, WEB, CA);
  }

  @Test
  void readsWhatGooglesLibraryWrites() throws Malformed {
    Svids svids =
        Svids.read(
            web()
                .svid("spiffe://prod.test/b", WEB, CA)
                .crl(new byte[] {1, 2, 3})
                .federated("spiffe://partner.test", PARTNER, CA)
                .federated("other.test")
                .bytes());

    assertThat(svids.id(null)).isEqualTo(ID);
    assertThat(svids.pair(null).chain()).isEqualTo(WEB.chain());
    assertThat(svids.pair(null).key()).isEqualTo(WEB.key());
    assertThat(svids.id("spiffe://prod.test/b")).isEqualTo("spiffe://prod.test/b");
    assertThat(svids.crls()).containsExactly(new byte[] {1, 2, 3});
    assertThat(svids.domains()).containsOnlyKeys("prod.test", "partner.test", "other.test");
    assertThat(svids.domains().get("prod.test")).containsExactly(CA.certificate());
    assertThat(svids.domains().get("partner.test"))
        .containsExactly(PARTNER.certificate(), CA.certificate());
    assertThat(svids.domains().get("other.test")).isEmpty();
    assertThat(svids).hasToString("Svids[spiffe://prod.test/web, spiffe://prod.test/b]");
  }

  @Test
  void skipsFieldsThatItDoesNotKnow() throws Malformed {
    SvidMessage later =
        web()
            .field(out -> out.writeInt64(9, -1))
            .field(out -> out.writeFixed32(10, 1))
            .field(out -> out.writeFixed64(11, 1))
            .field(out -> out.writeString(536_870_911, "the last number"));

    assertThat(Svids.read(later.bytes()).id(null)).isEqualTo(ID);
  }

  /** An empty field is left out by those who write, so what is cut off may be a message still. */
  @Test
  void whateverIsCutOffIsEitherRefusedOrWasNoPartOfAField() {
    byte[] whole = web().federated("spiffe://partner.test", PARTNER).bytes();
    int readable = 0;
    for (int length = 0; length < whole.length; length++) {
      try {
        Svids.read(Arrays.copyOf(whole, length));
        readable++;
      } catch (Malformed e) {
        assertThat(e.remedy()).isNotEmpty();
      }
    }
    assertThat(readable).as("the SVID alone").isEqualTo(1);
  }

  @Property(tries = 2000)
  void noBytesAreWorseThanMalformed(@ForAll @Size(max = 60) byte[] bytes) {
    assertThatThrownBy(() -> Svids.read(bytes)).isInstanceOf(Malformed.class);
  }

  @Property(tries = 300)
  void noByteThatIsAnotherIsWorseThanMalformed(@ForAll int at, @ForAll byte other) {
    byte[] bytes = web().bytes();
    bytes[Math.floorMod(at, bytes.length)] = other;
    try {
      assertThat(Svids.read(bytes).toString()).startsWith("Svids[");
    } catch (Malformed e) {
      assertThat(e.fault()).matches("[ -~]+");
    }
  }

  @ParameterizedTest
  @CsvSource({
    "0b,                       a field of the type 3",
    "0c,                       a field of the type 4",
    "0e,                       a field of the type 6",
    "0f,                       a field of the type 7",
    "02 00,                    a field of no number",
    "0a ff ff ff ff 0f,        a field that is longer than what holds it",
    "0a 80 80 80 80 80 80 80 80 80 01, a field that is longer than what holds it",
    "0a 05 00,                 a field that is longer than what holds it",
    "0a,                       a number that does not end",
    "0a 80,                    a number that does not end",
    "ff ff ff ff ff ff ff ff ff ff 01, a number that does not end",
    "fa ff ff ff ff ff ff 01 00, a field of no number",
    "08 01,                    the field 1 as a number",
    "4d 00 00 00,              a field that is longer than what holds it",
    "49 00,                    a field that is longer than what holds it"
  })
  void whatTheWireFormatHasNotIsRefused(String hex, String what) {
    byte[] bytes = HexFormat.ofDelimiter(" ").parseHex(hex.strip());

    assertThatThrownBy(() -> Svids.read(bytes))
        .hasMessageStartingWith(
            "the Workload API gave a message that cannot be read: it has " + what);
  }

  @Test
  void whatIsWrongWithOneSvidHarmsNoOther() throws Malformed {
    byte[] chain = SvidMessage.der(WEB.chain());
    byte[] bundle = SvidMessage.der(List.of(CA.certificate()));
    Svids svids =
        Svids.read(web().svid("spiffe://prod.test/b", chain, new byte[] {0x30, 0}, bundle).bytes());

    assertThat(svids.pair(ID).chain()).isEqualTo(WEB.chain());
    assertThatThrownBy(() -> svids.pair("spiffe://prod.test/b"))
        .hasMessageStartingWith("the key of SVID 2 of the Workload API is malformed");
  }

  @Test
  void noDomainHasTwoBundles() {
    SvidMessage added = web().federated("spiffe://prod.test", CA, PARTNER);

    assertThatThrownBy(() -> Svids.read(added.bytes()))
        .hasMessageStartingWith(
            "the Workload API gave two bundles of the trust domain prod.test that differ");
    assertThat(web().federated("spiffe://prod.test", CA).bytes())
        .satisfies(bytes -> assertThat(Svids.read(bytes).domains()).hasSize(1));
  }

  @ParameterizedTest
  @CsvSource({
    "spiffe://PROD.test/web, has a trust domain with other characters",
    "spiffe://prod.test,     'has no path, so it names no workload'",
    "https://prod.test/web,  does not begin with spiffe://",
    "spiffe://prod.test/wéb, has a path with other characters"
  })
  void anIdIsASpiffeId(String id, String fault) {
    assertThatThrownBy(() -> Svids.read(SvidMessage.of(id, WEB, CA).bytes()))
        .hasMessageStartingWith("SVID 1 of the Workload API has an ID that " + fault);
  }

  @ParameterizedTest
  @CsvSource({"spiffe://Partner.test", "spiffe://partner.test/", "''", "https://partner.test"})
  void aFederatedTrustDomainIsOne(String domain) {
    assertThatThrownBy(() -> Svids.read(web().federated(domain, PARTNER).bytes()))
        .hasMessageStartingWith("the Workload API gave a bundle of " + domain + ", which is no");
  }

  @Test
  void thereAreBoundsToEverything() {
    SvidMessage crls = web();
    for (int i = 0; i < 1001; i++) {
      crls.field(out -> out.writeByteArray(2, new byte[0]));
    }
    SvidMessage domains = web();
    for (int i = 0; i < 10_001; i++) {
      domains.federated("d" + i);
    }

    assertThatThrownBy(() -> Svids.read(crls.bytes())).hasMessageContaining("more than 1000 CRLs");
    assertThatThrownBy(() -> Svids.read(domains.bytes()))
        .hasMessageContaining("more than 10000 federated trust domains");
  }

  /** Nothing but the length says where one certificate ends and the next begins. */
  @Test
  void certificatesStandOneBehindTheOtherAndNothingBetween() {
    byte[] chain = SvidMessage.der(WEB.chain());
    byte[] bundle = SvidMessage.der(List.of(CA.certificate(), PARTNER.certificate()));
    byte[] longer = Arrays.copyOf(bundle, bundle.length + 1);

    assertThat(new SvidMessage().svid(ID, chain, WEB.key().getEncoded(), bundle).bytes())
        .satisfies(bytes -> assertThat(Svids.read(bytes).domains().get("prod.test")).hasSize(2));
    assertThatThrownBy(
            () ->
                Svids.read(
                    new SvidMessage().svid(ID, chain, WEB.key().getEncoded(), longer).bytes()))
        .hasMessageContaining("the bundle of the trust domain prod.test cannot be parsed");
  }

  @Test
  void noFaultTellsTheKey() {
    byte[] chainAsKey = SvidMessage.der(WEB.chain());
    SvidMessage swapped =
        new SvidMessage()
            .svid(
                ID, WEB.key().getEncoded(), chainAsKey, SvidMessage.der(List.of(CA.certificate())));
    assertThatThrownBy(() -> Svids.read(swapped.bytes()).pair(null))
        .message()
        .isEqualTo(
            "certificate 1 in the certificate of SVID 1 of the Workload API cannot be parsed; see"
                + " the log of the agent");
  }
}
