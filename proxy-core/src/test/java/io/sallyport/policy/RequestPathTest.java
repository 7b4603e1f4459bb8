package io.sallyport.policy;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLDecoder;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RequestPathTest {

  /** What paths are put together from: everything that is read in two ways, and what is not. */
  private static final List<String> PIECES =
      List.of(
          "/", "/", "/", "a", "b", ".", "..", "%2e", "%2E", "%2f", "%2F", "%5c", "\\", ";", "%3b",
          "%00", "%0a", "%25", "%", "2", "2f", "5c", "2e", "%41", "%c3%bc", "%c3", "%bc", "%c0%af",
          "%ff", "%20", "+", "*", "~", "%u002f", "?", "#", " ", "ü");

  private static final List<String> PATTERNS =
      List.of(
          "/**", "/*", "/a", "/a/", "/a/*", "/a/**", "/**/b", "/*/*", "/**/a/**", "/a/b", "/*/");

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "/|/",
        "*|*",
        "/a|/a",
        "/a/|/a/",
        "/a/b/c|/a/b/c",
        "/A/b|/A/b",
        "/%61|/a",
        "/%41%42|/AB",
        "/a%20b|/a b",
        "/a+b|/a+b",
        "/%7Eann|/~ann",
        "/~ann|/~ann",
        "/a:b@c,d=e&f|/a:b@c,d=e&f",
        "/%2a|/*",
        "/*|/*",
        "/b%C3%BCcher|/bücher",
        "/b%c3%bccher|/bücher",
        "/%E2%82%AC|/€",
        "/%F0%9F%90%9A|/🐚",
        "/...|/...",
        "/a..b|/a..b",
        "/.hidden|/.hidden",
        "/..a|/..a",
        "/a.|/a.",
        "/%2ehidden|/.hidden",
        "/100%25|/100%",
        "/100%25/a|/100%/a",
        "/100%25zz|/100%zz",
        "/100%254|/100%4",
        "/what%3F|/what?",
        "/what%23|/what#",
      })
  void isDecodedOnce(String raw, String decoded) {
    assertThat(RequestPath.decoded(raw)).isEqualTo(decoded);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        // no path
        "",
        "a",
        "a/b",
        "**",
        "%2fa",
        "http://a/b",
        "/a?b",
        "/a#b",
        "/a b",
        "/a\tb",
        "/ü",
        "/a\u0000",
        "/a\r\nb",
        "/a\u007f",
        // an encoded slash
        "/a%2fb",
        "/a%2Fb",
        "/%2f",
        "/a%2f",
        // a backslash
        "/a\\b",
        "/\\",
        "/a%5cb",
        "/a%5Cb",
        "/..\\a",
        "/..%5ca",
        // a control character
        "/a%00",
        "/%00a",
        "/a%00.png",
        "/a%0a",
        "/a%0D%0A",
        "/a%09b",
        "/a%1f",
        "/a%7f",
        "/a%c2%85",
        // a dot segment
        "/.",
        "/..",
        "/./a",
        "/../a",
        "/a/.",
        "/a/..",
        "/a/../b",
        "/a/./b",
        "/a/../",
        "/%2e",
        "/%2E/a",
        "/%2e%2e/a",
        "/%2E%2e/a",
        "/.%2e/a",
        "/%2e./a",
        "/.%2E",
        "/a/%2e%2E/b",
        // an empty segment
        "//",
        "//a",
        "/a//",
        "/a//b",
        "///",
        "//evil.example/a",
        // a path parameter
        "/a;b",
        "/a;",
        "/;a",
        "/..;/a",
        "/..;a=b/c",
        "/.;/a",
        "/a%3bb",
        "/a%3Bb",
        "/..%3b/a",
        "/a;jsessionid=1",
        // no UTF-8, or not in its only form
        "/%c0%af",
        "/%c0%ae%c0%ae/a",
        "/%C1%9C",
        "/%e0%80%af",
        "/%f0%80%80%af",
        "/%c0%80",
        "/%ff",
        "/%80",
        "/%c3",
        "/%c3/%bc",
        "/%c3a%bc",
        "/%ed%a0%80",
        "/%f4%90%80%80",
        "/%fc%80%80%80%80%af",
        // broken
        "/%",
        "/a%",
        "/a%2",
        "/%2",
        "/%zz",
        "/%2g",
        "/%g2",
        "/% 2f",
        "/%-1",
        "/%u002f",
        "/%%32%66",
        "/%2%66",
        // what would be decoded a second time
        "/%252f",
        "/%252F",
        "/%255c",
        "/%252e%252e/a",
        "/%2500",
        "/%253b",
        "/%25252f",
        "/%2525252525252f",
        "/%25%32%66",
        "/%25%32f",
        "/%252%66",
        "/%2541",
        "/%25c0%25af",
      })
  void isAmbiguous(String raw) {
    assertThat(RequestPath.decoded(raw)).isNull();
  }

  @Property(tries = 5_000)
  void whatIsNotAmbiguousHasTheSameSegmentsDecodedAsRaw(@ForAll("paths") String raw) {
    String decoded = RequestPath.decoded(raw);

    if (decoded != null && decoded.startsWith("/")) {
      assertThat(decoded).isEqualTo(decode(raw));
      List<String> segments =
          Arrays.stream(raw.split("/", -1)).map(RequestPathTest::decode).toList();
      assertThat(List.of(decoded.split("/", -1))).isEqualTo(segments);
    }
  }

  @Property(tries = 5_000)
  void whatIsNotAmbiguousIsNotShortenedAndNotDecodedAgain(@ForAll("paths") String raw)
      throws URISyntaxException {
    String decoded = RequestPath.decoded(raw);

    if (decoded != null && decoded.startsWith("/")) {
      assertThat(new URI("http", "a", decoded, null).normalize().getPath()).isEqualTo(decoded);
      assertThat(decoded).doesNotContainPattern("%[0-9A-Fa-f]{2}");
    }
  }

  @Property(tries = 5_000)
  void anyCharacterButASlashMayBeEncodedWithoutNeed(@ForAll("plainPaths") String plain) {
    String raw =
        plain
            .chars()
            .mapToObj(c -> c == '/' ? "/" : "%%%02x".formatted(c))
            .collect(Collectors.joining());

    assertThat(RequestPath.decoded(raw)).isEqualTo(RequestPath.decoded(plain));
  }

  /** The judgement as a whole, for {@code SegmentPattern} alone knows nothing of it. */
  @Property(tries = 5_000)
  void noPatternMatchesAnAmbiguousPath(@ForAll("paths") String raw) {
    boolean ambiguous = RequestPath.decoded(raw) == null;

    for (String pattern : PATTERNS) {
      Verdict verdict =
          Requests.judge(new RuleSpec().cn("a").paths(pattern).rule(), "GET", "h", raw);
      assertThat(verdict.equals(new Verdict.Denied(Denial.AMBIGUOUS_PATH))).isEqualTo(ambiguous);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"/", "%", "%25", "/%25", "%2f", "/a", "/.", "a", "%61", "%c3%bc", "%2525"})
  void readsEachCharacterOfALongPathAFewTimesAtMost(String piece) {
    Counted path = new Counted("/x" + piece.repeat(8192 / piece.length()));

    String decoded = RequestPath.decoded(path);

    assertThat(path.reads).isLessThan(10L * path.length());
    assertThat(decoded == null || decoded.length() <= path.length()).isTrue();
  }

  @Provide
  Arbitrary<String> paths() {
    return Arbitraries.of(PIECES).list().ofMaxSize(8).map(pieces -> "/" + String.join("", pieces));
  }

  @Provide
  Arbitrary<String> plainPaths() {
    return Arbitraries.strings()
        .withChars("abz019.~-_ab")
        .ofMaxLength(4)
        .list()
        .ofMinSize(1)
        .ofMaxSize(4)
        .map(segments -> "/" + String.join("/", segments));
  }

  /** As applications do, of what they can decode. */
  private static String decode(String path) {
    return URLDecoder.decode(path.replace("+", "%2b"), UTF_8);
  }

  /** A path that counts how often it is looked at. */
  private static final class Counted implements CharSequence {
    private final String text;
    private long reads;

    Counted(String text) {
      this.text = text;
    }

    @Override
    public char charAt(int index) {
      reads++;
      return text.charAt(index);
    }

    @Override
    public int length() {
      return text.length();
    }

    @Override
    public CharSequence subSequence(int start, int end) {
      reads += end - start;
      return text.substring(start, end);
    }

    @Override
    public String toString() {
      reads += length();
      return text;
    }

    @Override
    public boolean equals(@Nullable Object other) {
      return other == this;
    }

    @Override
    public int hashCode() {
      return System.identityHashCode(this);
    }
  }
}
