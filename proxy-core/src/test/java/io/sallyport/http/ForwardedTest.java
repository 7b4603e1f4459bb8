package io.sallyport.http;

import static io.sallyport.http.Spellings.headers;
import static io.sallyport.http.Spellings.lines;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.unix.DomainSocketAddress;
import io.netty.handler.codec.http.HttpHeaders;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Random;
import java.util.function.Predicate;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class ForwardedTest {

  private static final List<String> SPOOFED =
      List.of(
          "forwarded",
          "x-forwarded-for",
          "x-forwarded-proto",
          "x-forwarded-host",
          "x-forwarded-port",
          "x-forwarded-server",
          "x-forwarded-scheme",
          "x-forwarded-ssl",
          "x-forwarded-prefix",
          "x-real-ip",
          "x-client-ip",
          "true-client-ip",
          "front-end-https",
          "x-original-url",
          "x-rewrite-url",
          "proxy");

  @Test
  void tellsWhereARequestCameFromAndWhatItAskedFor() {
    HttpHeaders headers = headers("Host: app.example:8443");

    forwarded(ip("192.0.2.43"), true, ForwardedTest::nobody).replaceIn(headers, "app.example:8443");

    assertThat(lines(headers))
        .containsExactly(
            "Host: app.example:8443",
            "x-forwarded-for: 192.0.2.43",
            "x-forwarded-proto: https",
            "x-forwarded-host: app.example:8443",
            "x-forwarded-port: 8443",
            "forwarded: for=192.0.2.43;proto=https;host=\"app.example:8443\"");
  }

  @Test
  void leavesTheStandardFieldOutWhereItIsNotWanted() {
    assertThat(told(forwarded(ip("192.0.2.43"), false, ForwardedTest::nobody), "app"))
        .doesNotContain("forwarded")
        .contains("x-forwarded-for: 192.0.2.43");
  }

  @ParameterizedTest
  @CsvSource({
    "2001:db8:0:0:0:0:0:17, 2001:db8::17",
    "fe80::1%3, fe80::1",
    "::1, ::1",
    "::ffff:192.0.2.1, 192.0.2.1"
  })
  void writesIpv6InItsShortFormAndInBracketsWhereTheStandardWantsThem(
      String address, String shown) {
    String node = shown.indexOf(':') < 0 ? shown : "\"[" + shown + "]\"";

    assertThat(told(forwarded(ip(address), true, ForwardedTest::nobody), null))
        .contains("x-forwarded-for: " + shown, "forwarded: for=" + node + ";proto=https");
  }

  @Test
  void hasNoAddressOfAUnixSocketOrANameThatWasNotResolved() {
    for (SocketAddress remote :
        List.of(
            new DomainSocketAddress("/run/app.sock"),
            InetSocketAddress.createUnresolved("evil.example", 1))) {
      HttpHeaders headers = headers("X-Forwarded-For: 10.0.0.1");

      Forwarded.of(remote, 0, true, ForwardedTest::everybody).replaceIn(headers, "app");

      assertThat(lines(headers))
          .containsExactly(
              "x-forwarded-proto: https",
              "x-forwarded-host: app",
              "forwarded: for=unknown;proto=https;host=\"app\"");
    }
  }

  @Property(tries = 300)
  void leavesNothingThatCameFromOutsideWhateverItsSpellingAndNumber(@ForAll Random random) {
    HttpHeaders headers = headers("Accept: */*");
    for (int i = 0; i < 20; i++) {
      String name = SPOOFED.get(random.nextInt(SPOOFED.size()));
      headers.add(Spellings.other(name, random), "forged");
    }

    forwarded(ip("192.0.2.1"), true, ForwardedTest::nobody).replaceIn(headers, "app");

    assertThat(lines(headers))
        .hasSize(6)
        .startsWith("Accept: */*")
        .noneMatch(line -> line.contains("forged"));
  }

  @Test
  void appendsToWhatATrustedHopSaysAndBelievesNothingElseOfIt() {
    HttpHeaders headers =
        headers(
            "X-Forwarded-For: 203.0.113.9",
            "x_forwarded_for: 6.6.6.6",
            "x-forwarded-FOR: 10.0.0.8, 10.0.0.9",
            "Forwarded: for=6.6.6.6",
            "X-Forwarded-Proto: http",
            "X-Real-IP: 6.6.6.6");

    forwarded(ip("10.0.0.10"), true, ForwardedTest::everybody).replaceIn(headers, "app");

    assertThat(lines(headers))
        .containsExactly(
            "x-forwarded-for: 203.0.113.9, 10.0.0.8, 10.0.0.9, 10.0.0.10",
            "x-forwarded-proto: https",
            "x-forwarded-host: app",
            "x-forwarded-port: 8443",
            "forwarded: for=10.0.0.10;proto=https;host=\"app\"");
  }

  @Test
  void asksWhetherTheVeryHopIsTrusted() {
    Predicate<InetAddress> trusted = ip("10.0.0.10").getAddress()::equals;
    HttpHeaders headers = headers("X-Forwarded-For: 6.6.6.6");

    forwarded(ip("10.0.0.11"), false, trusted).replaceIn(headers, null);

    assertThat(headers.getAll("X-Forwarded-For")).containsExactly("10.0.0.11");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "app\";for=6.6.6.6",
        "app, evil.example",
        "app;proto=http",
        "user@app",
        "app/x",
        "app\r\nx: y",
        "app\\",
        "\u00e4pp"
      })
  void tellsNoAuthorityThatIsNone(String authority) {
    assertThat(told(forwarded(ip("192.0.2.1"), true, ForwardedTest::nobody), authority))
        .containsExactly(
            "x-forwarded-for: 192.0.2.1",
            "x-forwarded-proto: https",
            "x-forwarded-port: 8443",
            "forwarded: for=192.0.2.1;proto=https");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"app", "APP-1.Example_x:8443", "[2001:db8::1%25e]:443", "10.0.0.1", "a~b"})
  void tellsAnAuthorityAsItWasAskedFor(String authority) {
    assertThat(told(forwarded(ip("192.0.2.1"), true, ForwardedTest::nobody), authority))
        .contains(
            "x-forwarded-host: " + authority,
            "forwarded: for=192.0.2.1;proto=https;host=\"" + authority + "\"");
  }

  @Test
  void leavesTheNamesOfUsersToThePeersThatMaySayThem() {
    HttpHeaders headers = headers("Remote-User: ann", "X-Forwarded-User: ann", "X_Other: 1");

    Forwarded.removeFrom(headers);

    assertThat(lines(headers))
        .containsExactly("Remote-User: ann", "X-Forwarded-User: ann", "X_Other: 1");
  }

  private static boolean nobody(InetAddress address) {
    return false;
  }

  private static boolean everybody(InetAddress address) {
    return true;
  }

  private static List<String> told(Forwarded forwarded, @Nullable String authority) {
    HttpHeaders headers = headers();
    forwarded.replaceIn(headers, authority);
    return lines(headers);
  }

  private static Forwarded forwarded(
      SocketAddress remote, boolean rfc7239, Predicate<InetAddress> trustedHops) {
    return Forwarded.of(remote, 8443, rfc7239, trustedHops);
  }

  private static InetSocketAddress ip(String literal) {
    try {
      return new InetSocketAddress(InetAddress.getByName(literal), 40000);
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException(literal, e);
    }
  }
}
