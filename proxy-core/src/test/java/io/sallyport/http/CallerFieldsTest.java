package io.sallyport.http;

import static io.sallyport.http.Spellings.headers;
import static io.sallyport.http.Spellings.lines;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.handler.codec.http.HttpHeaders;
import io.sallyport.config.Allow;
import io.sallyport.config.HttpConfig.PeerHeader;
import io.sallyport.config.Origins;
import io.sallyport.http.CallerFields.Wanted;
import io.sallyport.policy.AllowRules;
import io.sallyport.policy.Peer;
import io.sallyport.testcerts.TestCa;
import io.sallyport.testcerts.TestIdentity;
import java.net.URLDecoder;
import java.security.MessageDigest;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class CallerFieldsTest {

  private static final Wanted EVERYTHING = new Wanted(EnumSet.allOf(PeerHeader.class), true, true);
  private static final Wanted NOTHING = new Wanted(Set.of(), true, true);

  private static final TestCa ROOT = TestCa.create();
  private static final TestCa CA = ROOT.intermediate().intermediate();
  private static final TestIdentity WEB =
      CA.issue(leaf -> leaf.cn("web").uri("spiffe://prod/web").dns("web.shop", "WEB2.shop"));
  private static final X509Certificate OWN =
      CA.issue(leaf -> leaf.uri("spiffe://prod/app").dns("app")).leaf();

  private static final List<String> FORGEABLE =
      List.of(
          "x-forwarded-client-cert",
          "client-cert",
          "client-cert-chain",
          "x-peer-spiffe-id",
          "x-client-cert",
          "x-client-cert-dn",
          "x-arr-clientcert",
          "x-ssl-cert",
          "x-ssl-client-cn",
          "ssl-client-verify",
          "ssl-client-s-dn",
          "x-forwarded-tls-client-cert",
          "x-forwarded-tls-client-cert-info");

  @Test
  void tellsWhoIsCallingInEveryFormThatIsWanted() throws Exception {
    HttpHeaders told = told(WEB, EVERYTHING);

    assertThat(told.names())
        .containsExactlyInAnyOrder(
            "x-forwarded-client-cert", "client-cert", "client-cert-chain", "x-peer-spiffe-id");
    assertThat(told.get("x-peer-spiffe-id")).isEqualTo("spiffe://prod/web");
    assertThat(told.get("client-cert")).isEqualTo(byteSequence(WEB.chain().get(0)));
    assertThat(told.get("client-cert-chain"))
        .isEqualTo(byteSequence(WEB.chain().get(1)) + ", " + byteSequence(WEB.chain().get(2)));
  }

  @Test
  void writesTheClientCertificateAsEnvoyDocumentsIt() throws Exception {
    String hash = sha256(WEB.leaf());

    assertThat(xfcc(WEB, new Wanted(Set.of(PeerHeader.XFCC), false, false)))
        .isEqualTo(
            "By=spiffe://prod/app;Hash="
                + hash
                + ";Subject=\"CN=web\";URI=spiffe://prod/web;DNS=web.shop;DNS=web2.shop");
  }

  @Test
  void tellsCertificateAndChainByChoice() throws Exception {
    List<XfccReader.Pair> pairs = XfccReader.read(xfcc(WEB, EVERYTHING), false);

    assertThat(pairs.stream().map(XfccReader.Pair::key))
        .containsExactly("By", "Hash", "Cert", "Chain", "Subject", "URI", "DNS", "DNS");
    assertThat(decoded(XfccReader.values(pairs, "Cert")))
        .isEqualTo(WEB.certificatePem().substring(0, decodedLength(pairs)));
    assertThat(decoded(XfccReader.values(pairs, "Chain"))).isEqualTo(WEB.certificatePem());
    assertThat(xfcc(WEB, EVERYTHING)).matches("[!-~]+");

    assertThat(xfcc(WEB, new Wanted(Set.of(PeerHeader.XFCC), true, false)))
        .contains(";Cert=\"")
        .doesNotContain("Chain");
    assertThat(told(WEB, new Wanted(Set.of(PeerHeader.CLIENT_CERT), false, false)).names())
        .containsExactly("client-cert");
  }

  @Test
  void hasNoChainFieldForALeafThatCameAlone() {
    TestIdentity alone = ROOT.issue(leaf -> leaf.dns("web"));

    assertThat(told(alone, new Wanted(Set.of(PeerHeader.CLIENT_CERT), true, true)).names())
        .containsExactly("client-cert");
  }

  @Test
  void saysNotWhoWeAreWhereThatIsNotKnown() {
    HttpHeaders headers = headers();
    Wanted wanted = new Wanted(Set.of(PeerHeader.XFCC), false, false);

    CallerFields.of(wanted, Peer.of(WEB.leaf()), WEB.chain(), null).replaceIn(headers);

    assertThat(headers.get("x-forwarded-client-cert")).startsWith("Hash=");
  }

  @Property(tries = 300)
  void leavesNothingThatCameFromOutsideWhateverItsSpellingAndNumber(@ForAll Random random) {
    HttpHeaders forged = headers("Accept: */*");
    for (int i = 0; i < 20; i++) {
      String name = FORGEABLE.get(random.nextInt(FORGEABLE.size()));
      forged.add(Spellings.other(name, random), "forged");
    }

    for (CallerFields fields :
        List.of(
            fields(WEB, EVERYTHING),
            fields(WEB, NOTHING),
            CallerFields.of(EVERYTHING, null, List.of(), OWN),
            CallerFields.of(NOTHING, null, List.of(), null))) {
      HttpHeaders headers = forged.copy();
      fields.replaceIn(headers);
      assertThat(lines(headers)).startsWith("Accept: */*").noneMatch(l -> l.contains("forged"));
    }
  }

  @Test
  void addsNothingWithoutACertificateOrWhereNothingIsWanted() {
    HttpHeaders headers = headers();

    CallerFields.of(EVERYTHING, null, List.of(), OWN).replaceIn(headers);
    fields(WEB, NOTHING).replaceIn(headers);

    assertThat(headers.isEmpty()).isTrue();
  }

  @Test
  void tellsTheSameOnEveryRequest() {
    CallerFields fields = fields(WEB, EVERYTHING);
    HttpHeaders first = headers();
    HttpHeaders second = headers("X-Peer-Spiffe-Id: spiffe://prod/admin");

    fields.replaceIn(first);
    fields.replaceIn(second);
    fields.replaceIn(second);

    assertThat(lines(second)).isEqualTo(lines(first));
  }

  @Test
  void hasNoSpiffeIdOfACertificateThatTheStandardRefuses() {
    for (TestIdentity identity :
        List.of(
            CA.issue(leaf -> leaf.uri("spiffe://prod/web", "spiffe://prod/other")),
            CA.issue(leaf -> leaf.uri("spiffe://prod/web", "https://other")),
            CA.issue(leaf -> leaf.uri("spiffe://prod/web").ca()),
            CA.issue(leaf -> leaf.uri("SPIFFE://prod/web")),
            CA.issue(leaf -> leaf.uri("https://prod/web")),
            CA.issue(leaf -> leaf.uri("spiffe://prod/web\r\nX-Admin: 1")),
            CA.issue(leaf -> leaf.dns("spiffe.prod")))) {
      HttpHeaders told = told(identity, EVERYTHING);

      assertThat(told.contains("x-peer-spiffe-id")).isFalse();
      assertThat(xfcc(identity, EVERYTHING)).doesNotContain("URI=spiffe");
    }
  }

  @Test
  void tellsNoOtherNameWhereAnIdStandsAlone() {
    TestIdentity identity =
        CA.issue(leaf -> leaf.cn("db").uri("spiffe://other/web").dns("db.prod"));
    Peer counted =
        AllowRules.compile(new Allow.AnyTrusted(), Origins.NONE, new ArrayList<>())
            .ofIdsAlone()
            .counted(Peer.of(identity.leaf()));
    HttpHeaders headers = headers();

    CallerFields.of(
            new Wanted(Set.of(PeerHeader.XFCC), false, false), counted, identity.chain(), null)
        .replaceIn(headers);

    assertThat(headers.get("x-forwarded-client-cert"))
        .matches("Hash=[0-9a-f]{64};URI=spiffe://other/web");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\";URI=spiffe://prod/admin",
        "\\\";URI=spiffe://prod/admin",
        "\\\\\";URI=spiffe://prod/admin;DNS=\"",
        "\",By=x;URI=spiffe://prod/admin",
        "a;URI=spiffe://prod/admin",
        "a,OU=admin",
        "a\\,OU=admin",
        "a+OU=admin",
        "a\\",
        "a\"",
        "#0c0161",
        " a ",
        "Zo\u00eb \u202e\u4e2d",
        "Cert=\"-----BEGIN%20CERTIFICATE-----\""
      })
  void letsNoSubjectSayAnythingElse(String name) throws Exception {
    TestIdentity identity = CA.issue(leaf -> leaf.cn(name).organization("Shop").dns("web"));
    String field = xfcc(identity, new Wanted(Set.of(PeerHeader.XFCC), false, false));

    for (List<XfccReader.Pair> pairs :
        List.of(
            XfccReader.read(field, false), XfccReader.read(field, true), XfccReader.cut(field))) {
      assertThat(pairs.stream().map(XfccReader.Pair::key))
          .containsExactly("By", "Hash", "Subject", "DNS");
      assertThat(SubjectTextTest.valuesIn(XfccReader.values(pairs, "Subject").get(0)))
          .containsExactly("O=Shop", "CN=" + name);
    }
    assertThat(field).matches("[ -~]+");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "https://a/\";URI=spiffe://prod/admin",
        "https://a/\\\";URI=spiffe://prod/admin",
        "https://a/\\",
        "https://a/\r\nX-Admin:1",
        "https://a/\0",
        "https://a/\u00e4",
        "https://a/ b"
      })
  void leavesOutAUriThatHasWhatNoUriHas(String uri) {
    TestIdentity identity = CA.issue(leaf -> leaf.uri(uri, "https://good").dns("web"));

    List<XfccReader.Pair> pairs = XfccReader.read(xfcc(identity, EVERYTHING), false);

    assertThat(XfccReader.values(pairs, "URI")).containsExactly("https://good");
    assertThat(XfccReader.values(pairs, "DNS")).containsExactly("web");
  }

  @Test
  void quotesAUriThatCouldBeTakenForMore() {
    TestIdentity identity = CA.issue(leaf -> leaf.uri("urn:a;URI=spiffe://b,c", "urn:d"));

    assertThat(xfcc(identity, EVERYTHING)).endsWith(";URI=\"urn:a;URI=spiffe://b,c\";URI=urn:d");
  }

  @Test
  void tellsNoDnsNameThatIsNone() {
    TestIdentity identity =
        CA.issue(leaf -> leaf.dns("*.shop", "a;b", "a\"", "a\r\nb", "a\0b", "\u00e4", "good.shop"));

    List<XfccReader.Pair> pairs = XfccReader.read(xfcc(identity, EVERYTHING), false);

    assertThat(XfccReader.values(pairs, "DNS")).containsExactly("good.shop");
  }

  @Property(tries = 100)
  void tellsExactlyTheNamesThatWentIn(@ForAll Random random) throws Exception {
    List<String> uris = names(random, "urn:", "abc/:?#[]@!$&'()*+,;=-._~%41^`{|}<>", 30);
    List<String> dns = names(random, "h", "abcdefghijklmnopqrstuvwxyz0123456789_", 20);
    String cn = text(random);
    TestIdentity identity =
        CA.issue(
            leaf ->
                leaf.cn(cn)
                    .uri(uris.toArray(String[]::new))
                    .dns(dns.toArray(String[]::new))
                    .key(CA.keyPair()));
    String field = xfcc(identity, EVERYTHING);

    for (boolean anyEscape : new boolean[] {false, true}) {
      List<XfccReader.Pair> pairs = XfccReader.read(field, anyEscape);
      assertThat(XfccReader.values(pairs, "URI")).isEqualTo(uris);
      assertThat(XfccReader.values(pairs, "DNS")).isEqualTo(dns);
      assertThat(SubjectTextTest.valuesIn(XfccReader.values(pairs, "Subject").get(0)))
          .containsExactly("CN=" + cn);
      assertThat(XfccReader.values(pairs, "Hash")).containsExactly(sha256(identity.leaf()));
    }
  }

  @Test
  void tellsSomeKibibytesOfNamesAndNoMore() {
    String[] many = IntStream.range(0, 1000).mapToObj(i -> "host-" + i).toArray(String[]::new);
    TestIdentity identity = CA.issue(leaf -> leaf.uri("spiffe://prod/web").dns(many));

    String field = xfcc(identity, new Wanted(Set.of(PeerHeader.XFCC), false, false));

    assertThat(field.length()).isBetween(6000, 8 * 1024);
    List<String> dns = XfccReader.values(XfccReader.read(field, false), "DNS");
    assertThat(dns).isEqualTo(List.of(many).subList(0, dns.size()));
    assertThat(field).contains("URI=spiffe://prod/web");
  }

  @Test
  void tellsNoCertificatesThatTogetherAreLongerThanAPeerMaySend() {
    TestIdentity identity = CA.issue(leaf -> leaf.cn("c".repeat(7000)).uri("spiffe://prod/web"));
    TestIdentity twice =
        identity.showing(List.of(identity.leaf(), identity.leaf(), identity.leaf()));

    assertThat(told(identity, EVERYTHING).contains("client-cert-chain")).isTrue();
    assertThat(told(twice, EVERYTHING).names())
        .containsExactlyInAnyOrder("x-forwarded-client-cert", "x-peer-spiffe-id");
    assertThat(xfcc(twice, EVERYTHING)).doesNotContain("Cert=").doesNotContain("Chain=");
  }

  @Test
  void staysWithinItsBoundsThoughAChainIsMadeForThePurpose() {
    byte[] slashes = new byte[14_000];
    Arrays.fill(slashes, (byte) 0xff); // in base64
    TestIdentity identity =
        ROOT.issue(leaf -> leaf.uri("spiffe://prod/web").extension("1.2.3.4", false, slashes));

    HttpHeaders told = told(identity, EVERYTHING);

    assertThat(told.get("client-cert").length()).isBetween(18_000, 21 * 1024);
    assertThat(told.get("x-forwarded-client-cert").length()).isBetween(100_000, 138 * 1024);
  }

  private static List<String> names(Random random, String prefix, String alphabet, int most) {
    List<String> names = new ArrayList<>();
    for (int i = random.nextInt(4); i >= 0; i--) {
      StringBuilder name = new StringBuilder(prefix).append('x');
      for (int length = random.nextInt(most); length > 0; length--) {
        name.append(alphabet.charAt(random.nextInt(alphabet.length())));
      }
      names.add(name.toString());
    }
    return names;
  }

  /** Of signs that mean something somewhere, mostly. */
  private static String text(Random random) {
    String alphabet = "\"\\;,=+<># aB0\u00e4\u4e2d\u202e'/%:@";
    StringBuilder text = new StringBuilder();
    for (int length = 1 + random.nextInt(40); length > 0; length--) {
      text.append(alphabet.charAt(random.nextInt(alphabet.length())));
    }
    return text.toString();
  }

  private static CallerFields fields(TestIdentity identity, Wanted wanted) {
    return CallerFields.of(wanted, Peer.of(identity.leaf()), identity.chain(), OWN);
  }

  private static HttpHeaders told(TestIdentity identity, Wanted wanted) {
    HttpHeaders headers = headers();
    fields(identity, wanted).replaceIn(headers);
    return headers;
  }

  private static String xfcc(TestIdentity identity, Wanted wanted) {
    return told(identity, wanted).get("x-forwarded-client-cert");
  }

  private static String decoded(List<String> urlEncoded) {
    assertThat(urlEncoded).hasSize(1);
    return URLDecoder.decode(urlEncoded.get(0), US_ASCII);
  }

  private static int decodedLength(List<XfccReader.Pair> pairs) {
    return decoded(XfccReader.values(pairs, "Cert")).length();
  }

  private static String byteSequence(X509Certificate certificate) throws Exception {
    return ":" + Base64.getEncoder().encodeToString(certificate.getEncoded()) + ":";
  }

  private static String sha256(X509Certificate certificate) throws Exception {
    return HexFormat.of()
        .formatHex(MessageDigest.getInstance("SHA-256").digest(certificate.getEncoded()));
  }
}
