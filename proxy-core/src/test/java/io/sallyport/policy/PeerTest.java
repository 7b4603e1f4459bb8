package io.sallyport.policy;

import static io.sallyport.policy.Certificates.DNS;
import static io.sallyport.policy.Certificates.IP;
import static io.sallyport.policy.Certificates.URI;
import static io.sallyport.policy.Certificates.der;
import static io.sallyport.policy.Certificates.leaf;
import static io.sallyport.policy.Certificates.nameless;
import static io.sallyport.policy.Certificates.peer;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.sallyport.testcerts.TestCa;
import io.sallyport.testcerts.TestIdentity;
import java.io.ByteArrayOutputStream;
import java.lang.management.ManagementFactory;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.stream.IntStream;
import javax.security.auth.x500.X500Principal;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PeerTest {

  @Test
  void hasAllNamesOfItsCertificate() {
    Peer peer =
        peer(
            leaf ->
                leaf.subject("CN=one+OU=a,CN=two,OU=b,O=not a field")
                    .uri("HTTPS://Example.COM/Path")
                    .dns("App.Internal", "app2.internal")
                    .ip("10.1.2.3", "fd00::1")
                    .email("Ann@Example.com"));

    assertThat(peer.names(NameField.URI)).containsExactly("https://example.com/Path");
    assertThat(peer.names(NameField.DNS)).containsExactly("app.internal", "app2.internal");
    assertThat(peer.names(NameField.EMAIL)).containsExactly("Ann@example.com");
    assertThat(peer.names(NameField.CN)).containsExactlyInAnyOrder("one", "two");
    assertThat(peer.names(NameField.OU)).containsExactlyInAnyOrder("a", "b");
    assertThat(peer.names())
        .containsExactly(
            "uri:https://example.com/Path",
            "dns:app.internal",
            "dns:app2.internal",
            "ip:10.1.2.3",
            "ip:fd00::1",
            "email:Ann@example.com");
  }

  @Test
  void readsEveryStringTypeOfASubject() {
    // BMPString "Zö", PrintableString "plain", UTF8String "Zö", UniversalString "Z"
    String bmp = "#1e04005a00f6";
    String printable = "#1305706c61696e";
    String utf8 = "#0c035ac3b6";
    String universal = "#1c040000005a";

    Peer peer =
        peer(
            leaf ->
                leaf.subject(
                    "CN=" + bmp + ",CN=" + printable + ",CN=" + utf8 + ",CN=" + universal));

    assertThat(peer.names(NameField.CN)).containsExactlyInAnyOrder("Zö", "plain", "Zö", "Z");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "#0c03410042", // UTF8String with a NUL in it
        "#0c0241c3", // UTF8String that ends in the middle of a character
        "#1402e4f6", // T61String, about whose umlauts no two readers agree
        "#0c00", // empty
        "#020141" // not a string at all
      })
  void leavesOutACommonNameThatIsNoCleanText(String encoded) {
    Peer peer = peer(leaf -> leaf.subject("CN=" + encoded + ",CN=good"));

    assertThat(peer.names(NameField.CN)).containsExactly("good");
  }

  @Test
  void hashesTheKeyAsOpensslDoes() {
    TestIdentity identity = TestCa.create().issue(leaf -> leaf.rsa());

    assertThat(Peer.of(identity.leaf()).names(NameField.SPKI))
        .containsExactly(identity.spkiSha256Base64());
  }

  @Test
  void hasASpiffeIdThatIsItsOnlyUri() {
    Peer peer = peer(leaf -> leaf.uri("spiffe://prod/ns/shop/sa/web").dns("web.shop"));

    assertThat(peer.names(NameField.URI)).containsExactly("spiffe://prod/ns/shop/sa/web");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "spiffe://prod",
        "spiffe://prod/",
        "spiffe:///ns/shop",
        "spiffe:prod/ns",
        "SPIFFE://prod/ns/shop",
        "spiffe://Prod/ns/shop",
        "spiffe://prod:443/ns/shop",
        "spiffe://user@prod/ns/shop",
        "spiffe://prod/ns/shop/",
        "spiffe://prod/ns//shop",
        "spiffe://prod/ns/./shop",
        "spiffe://prod/ns/../shop",
        "spiffe://prod/ns/%73hop",
        "spiffe://prod/ns/shop?a=b",
        "spiffe://prod/ns/shop#a",
        "spiffe://prod/ns/*",
        "spiffe://pröd/ns",
        "spiffe://prod/ns/a b"
      })
  void hasNoSpiffeIdThatTheStandardRefuses(String uri) {
    byte[] san = der(DerReader.SEQUENCE, der(URI, uri), der(DNS, "web.shop"));
    Peer peer = peer(leaf -> leaf.rawSan(san));

    assertThat(peer.names(NameField.URI)).isEmpty();
    assertThat(peer.names(NameField.DNS)).containsExactly("web.shop");
  }

  @Test
  void hasASpiffeIdOfUpTo2048BytesAndATrustDomainOfUpTo255() {
    String longest = "spiffe://" + "t".repeat(255) + "/";
    String fits = longest + "p".repeat(2048 - longest.length());

    assertThat(peer(leaf -> leaf.uri(fits)).names(NameField.URI)).containsExactly(fits);
    assertThat(peer(leaf -> leaf.uri(fits + "p")).names(NameField.URI)).isEmpty();
    assertThat(peer(leaf -> leaf.uri("spiffe://" + "t".repeat(256) + "/p")).names(NameField.URI))
        .isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"https://example.com/x", "spiffe://prod/other", "no uri", "nul\0byte", ""})
  void hasNoSpiffeIdBesideAnotherUriWhateverThatIs(String other) {
    byte[] san = der(DerReader.SEQUENCE, der(URI, "spiffe://prod/app"), der(URI, other));
    Peer peer = peer(leaf -> leaf.rawSan(san));

    assertThat(peer.names(NameField.URI)).doesNotContain("spiffe://prod/app");
  }

  @Test
  void hasNoSpiffeIdFromACertificateOfACa() {
    assertThat(peer(leaf -> leaf.uri("spiffe://prod/app").ca()).names(NameField.URI)).isEmpty();
  }

  @Test
  void dropsANameWithAControlCharacterAndKeepsTheRest() {
    byte[] san =
        der(
            DerReader.SEQUENCE,
            der(DNS, "app.internal\0.evil.example"),
            der(DNS, "app\n.internal"),
            der(URI, "https://app\0/x"),
            der(DNS, "good.internal"));
    Peer peer = peer(leaf -> leaf.rawSan(san));

    assertThat(peer.names(NameField.DNS)).containsExactly("good.internal");
    assertThat(peer.names(NameField.URI)).isEmpty();
    assertThat(peer.names())
        .containsExactly(
            "dns:good.internal",
            "dns:app.internal\\u0000.evil.example",
            "dns:app\\u000a.internal",
            "uri:https://app\\u0000/x");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "*", "*.com", "*.", "f*.example.com", "a.*.com", "**.example.com", "app.internal.",
        ".internal", "a..b", "-a.internal", "a-.internal", "10.0.0.1", "bücher.example", ""
      })
  void dropsADnsNameThatIsNone(String name) {
    byte[] san = der(DerReader.SEQUENCE, der(DNS, name));
    Peer peer = peer(leaf -> leaf.rawSan(san));

    assertThat(peer.names(NameField.DNS)).isEmpty();
    assertThat(peer.wildcards()).isEmpty();
  }

  @Test
  void keepsAWildcardApartFromNames() {
    Peer peer = peer(leaf -> leaf.dns("*.Example.com"));

    assertThat(peer.names(NameField.DNS)).isEmpty();
    assertThat(peer.wildcards()).containsExactly("*.example.com");
    assertThat(peer.names()).containsExactly("dns:*.example.com");
  }

  @Test
  void dropsANameOf64KiB() {
    byte[] san = der(DerReader.SEQUENCE, der(DNS, "a".repeat(60_000)), der(DNS, "good.internal"));
    Peer peer = peer(leaf -> leaf.rawSan(san).cn("c".repeat(64 * 1024)));

    assertThat(peer.names(NameField.DNS)).containsExactly("good.internal");
    assertThat(peer.names(NameField.CN)).isEmpty();
    assertThat(peer.names()).allMatch(name -> name.length() <= 200);
  }

  @Test
  void takesAnAddressForWhatItSaysAndDropsOneOfAnotherLength() {
    byte[] mapped = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, -1, -1, 10, 1, 2, 3};
    byte[] san =
        der(DerReader.SEQUENCE, der(IP, mapped), der(IP, new byte[] {10, 0, 0, 0, -1, 0, 0, 0}));
    Peer peer = peer(leaf -> leaf.rawSan(san));

    assertThat(peer.addresses()).containsExactly(mapped);
    assertThat(peer.names()).contains("ip:::ffff:a01:203");
  }

  @Test
  void hasNoNamesOfAnExtensionThatIsMalformed() {
    byte[] good = der(DNS, "good.internal");
    List<byte[]> malformed =
        List.of(
            new byte[0],
            new byte[] {0x30},
            der(DerReader.SET, good),
            der(DerReader.SEQUENCE, good, new byte[] {(byte) DNS, 5, 'a'}),
            der(DerReader.SEQUENCE, good, new byte[] {(byte) DNS, (byte) 0x80, 'a', 0, 0}),
            der(DerReader.SEQUENCE, good, new byte[] {(byte) DNS, (byte) 0x81, 1, 'a'}),
            der(DerReader.SEQUENCE, good, new byte[] {(byte) DNS, (byte) 0x84, 0x7f, -1, -1, -1}),
            der(DerReader.SEQUENCE, good, der(0xa2, der(0x16, "in.pieces"))),
            der(DerReader.SEQUENCE, good, der(0x16, "no.general.name")),
            der(DerReader.SEQUENCE, good, new byte[] {(byte) 0x9f, 0x22, 0}),
            (new String(der(DerReader.SEQUENCE, good), ISO_8859_1) + "trailing")
                .getBytes(ISO_8859_1));

    for (byte[] san : malformed) {
      Peer peer = peer(leaf -> leaf.rawSan(san).cn("still here"));
      assertThat(peer.names()).isEmpty();
      assertThat(peer.names(NameField.CN)).isEmpty();
      assertThat(peer.names(NameField.SPKI)).hasSize(1);
    }
  }

  @Test
  void isItsIdAloneWhereverTheIdStandsAndWhateverItIsWorth() {
    byte[] db = der(DNS, "db.prod.test");
    for (String uri : List.of("spiffe://prod/app", "SPIFFE://prod", "spiffe:\0")) {
      byte[] id = der(URI, uri);
      for (byte[] san :
          List.of(
              der(DerReader.SEQUENCE, id, db),
              der(DerReader.SEQUENCE, db, times(1500, der(DNS, "a")), id),
              der(DerReader.SEQUENCE, db, times(1500, der(URI, "https://a")), id))) {
        Peer alone = peer(leaf -> leaf.cn("db").ou("db").rawSan(san)).byIdAlone();

        assertThat(alone.names(NameField.DNS)).isEmpty();
        assertThat(alone.names(NameField.CN)).isEmpty();
        assertThat(alone.names(NameField.OU)).isEmpty();
        assertThat(alone.names(NameField.SPKI)).hasSize(1);
      }
    }
  }

  @Test
  void isItsKeyAloneWhereOtherReadersMayFindAnIdThatWeDoNot() {
    byte[] names = der(DerReader.SEQUENCE, der(URI, "spiffe://prod/app"), der(DNS, "db"));
    byte[] indefinite = new byte[names.length + 2];
    System.arraycopy(names, 0, indefinite, 0, names.length);
    indefinite[1] = (byte) 0x80;

    Peer alone = peer(leaf -> leaf.cn("db").rawSan(indefinite)).byIdAlone();

    assertThat(alone.names()).isEmpty();
    assertThat(alone.names(NameField.CN)).isEmpty();
    assertThat(alone.names(NameField.SPKI)).hasSize(1);
  }

  @Test
  void countsAThousandNamesAndNoMore() {
    String[] many = IntStream.range(0, 2000).mapToObj(i -> "h" + i).toArray(String[]::new);

    assertThat(peer(leaf -> leaf.dns(many)).names(NameField.DNS))
        .hasSizeBetween(990, 1000)
        .startsWith("h0", "h1");
  }

  @Test
  void keepsAThousandAlternativeNamesEvenOfThoseThatMatchNothing() {
    byte[] noDnsName = der(DNS, "\u00e9");
    byte[] address = der(IP, new byte[] {10, 0, 0, 1});
    byte[] san = der(DerReader.SEQUENCE, times(1000, noDnsName), times(1000, address));

    assertThat(peer(leaf -> leaf.rawSan(san)).names().size()).isEqualTo(1000);
  }

  @Test
  void judgesAnExtensionByWhatIsBehindTheThousandthNameToo() {
    byte[] svid = der(URI, "spiffe://prod/app");
    byte[] many = times(1500, der(DNS, "a"));
    byte[] twoUris = der(DerReader.SEQUENCE, svid, many, der(URI, "spiffe://prod/other"));
    byte[] malformed = der(DerReader.SEQUENCE, svid, many, der(0x16, "no.general.name"));

    assertThat(peer(leaf -> leaf.rawSan(twoUris)).names(NameField.URI)).isEmpty();
    assertThat(peer(leaf -> leaf.rawSan(malformed)).names()).isEmpty();
  }

  @Test
  void escapesNoOtherNameToShowOne() {
    byte[] name = der(DNS, "\u00e9".repeat(20));
    X509Certificate leaf = withoutSubject(times(1000, name));
    Peer.of(withoutSubject(name)).displayName(); // what is loaded once does not count

    // To escape one of these names takes 15 KB, to read it not one.
    assertThat(bytesAllocatedBy(() -> Peer.of(leaf).displayName())).isLessThan(1000 * 1024);
  }

  private static X509Certificate withoutSubject(byte[] names) {
    byte[] san = der(DerReader.SEQUENCE, names);
    return leaf(leaf -> leaf.subject("").extension("2.5.29.17", true, san));
  }

  private static long bytesAllocatedBy(Runnable task) {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long before = threads.getCurrentThreadAllocatedBytes();
    task.run();
    return threads.getCurrentThreadAllocatedBytes() - before;
  }

  private static byte[] times(int count, byte[] name) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (int i = 0; i < count; i++) {
      out.writeBytes(name);
    }
    return out.toByteArray();
  }

  @Test
  void tellsTheNamesThatCount() {
    Peer peer =
        peer(leaf -> leaf.cn("web").uri("spiffe://prod/web").dns("Web.Shop", "*.shop.test"));

    assertThat(peer.spiffeId()).hasValue("spiffe://prod/web");
    assertThat(peer.uris()).containsExactly("spiffe://prod/web");
    assertThat(peer.dnsNames()).containsExactly("web.shop");
    assertThat(peer.subject()).hasValue(new X500Principal("CN=web"));
  }

  @Test
  void tellsNoSpiffeIdThatDoesNotCount() {
    assertThat(peer(leaf -> leaf.uri("https://prod/web")).spiffeId()).isEmpty();
    assertThat(peer(leaf -> leaf.uri("spiffe://prod/web").ca()).spiffeId()).isEmpty();
    assertThat(peer(leaf -> leaf.uri("spiffe://prod/web", "urn:a")).spiffeId()).isEmpty();
  }

  @Test
  void tellsNoSubjectBesideAnIdThatStandsAloneOrMayBeThere() {
    byte[] malformed = {0x30};

    assertThat(peer(leaf -> leaf.uri("spiffe://prod/web")).byIdAlone().subject()).isEmpty();
    assertThat(peer(leaf -> leaf.dns("web")).byIdAlone().subject()).isPresent();
    assertThat(peer(leaf -> leaf.rawSan(malformed)).subject()).isEmpty();
  }

  @Test
  void showsTheNameThatSaysMost() {
    assertThat(peer(leaf -> leaf.uri("spiffe://prod/a").dns("b").cn("c")).displayName())
        .isEqualTo("spiffe://prod/a");
    assertThat(peer(leaf -> leaf.dns("b").cn("c")).displayName()).isEqualTo("b");
    assertThat(peer(leaf -> leaf.cn("c")).displayName()).isEqualTo("CN=c");
    assertThat(peer(leaf -> leaf.subject("").ip("10.0.0.1")).displayName())
        .isEqualTo("ip:10.0.0.1");
    assertThat(nameless().displayName()).isEqualTo("a certificate without names");
  }

  @Test
  void showsNothingThatMisleadsALog() {
    // A quote, a line break, a reversal of the reading direction, a letter that looks like another.
    Peer peer = peer(leaf -> leaf.cn("a\"b\r\nc\u202ed\u0430\\"));

    assertThat(peer.displayName()).matches("[ -~]+").doesNotContainPattern("(?<!\\\\)\"");
    assertThat(peer(leaf -> leaf.cn("\u202e".repeat(5000))).displayName().length())
        .isLessThanOrEqualTo(210);
  }
}
