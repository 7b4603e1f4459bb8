package io.sallyport.policy;

import static org.assertj.core.api.Assertions.assertThat;

import io.sallyport.config.Allow;
import io.sallyport.config.Origins;
import io.sallyport.config.Problem;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PatternProblemsTest {

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "URI|''|is empty",
        "URI|*|matches every name",
        "URI|**|matches every name",
        "URI|*://prod/x|has a wildcard for its scheme",
        "URI|spi*://prod/x|has a wildcard for its scheme",
        "URI|foo*|is not an absolute URI",
        "URI|/ns/shop|is not an absolute URI",
        "URI|https://bücher.example/x|is not an absolute URI",
        "URI|https://example.com/a b|is not an absolute URI",
        "URI|spiffe://*/ns/shop|has a wildcard for its trust domain or host",
        "URI|spiffe://**|has a wildcard for its trust domain or host",
        "URI|https://*.example.com/x|has a wildcard for its trust domain or host",
        "URI|spiffe://prod/foo*|has a wildcard within a segment",
        "URI|spiffe://prod/*foo/x|has a wildcard within a segment",
        "URI|spiffe://prod/***|has a wildcard within a segment",
        "URI|urn:uuid:*|has a wildcard but no path",
        "URI|https://example.com/*?a=b|has a wildcard within a segment",
        "URI|https://example.com/*/?a=b|has a wildcard beside",
        "URI|https://example.com/*/|has a wildcard beside",
        "URI|https://example.com/%41/*|has a wildcard beside",
        "URI|https://example.com/../*|has a wildcard beside",
        "URI|SPIFFE://prod/x|does not begin with spiffe:// in lower case",
        "URI|spiffe:prod/x|does not begin with spiffe:// in lower case",
        "URI|spiffe://Prod/x|has a trust domain with other characters",
        "URI|spiffe://prod:8443/x|has a trust domain with other characters",
        "URI|spiffe:///x|has no trust domain",
        "URI|spiffe://prod|has no path",
        "URI|spiffe://prod/*/|has an empty, '.' or '..' segment",
        "URI|spiffe://prod/x/../*|has an empty, '.' or '..' segment",
        "URI|spiffe://prod/%78|has a path with other characters",
        "URI|spiffe://prod/x?y|has a path with other characters",
        "SPIFFE|''|is empty",
        "SPIFFE|*|matches every name",
        "SPIFFE|https://example.com/x|is not a SPIFFE ID",
        "SPIFFE|prod/ns/shop|is not a SPIFFE ID",
        "SPIFFE|spiff*://prod/x|is not a SPIFFE ID",
        "SPIFFE|SPIFFE://prod/x|does not begin with spiffe:// in lower case",
        "SPIFFE|spiffe://prod|has no path",
        "SPIFFE|spiffe://*/ns/shop|has a wildcard for its trust domain or host",
        "DNS|''|is empty",
        "DNS|*|matches every name",
        "DNS|**|matches every name",
        "DNS|**.*|matches every name",
        "DNS|a.*|ends in a wildcard",
        "DNS|foo*.example.com|has a wildcard within a label",
        "DNS|app.internal.|ends in a dot",
        "DNS|bücher.example|is not a DNS name in ASCII",
        "DNS|10.0.0.1|is an IP address",
        "DNS|fd00::1|is an IP address",
        "DNS|a..b|is not a DNS name",
        "DNS|https://example.com|is not a DNS name",
        "DNS|example.com:443|is not a DNS name",
        "EMAIL|ann|is not an email address",
        "EMAIL|*@example.com|has a wildcard in a field that is compared whole",
        "EMAIL|a@b@example.com|is not an email address",
        "CN|''|is empty",
        "CN|*|has a wildcard in a field that is compared whole",
        "OU|bill*|has a wildcard in a field that is compared whole",
        "SPKI|''|is not the base64 of 32 bytes",
        "SPKI|AAAA|is not the base64 of 32 bytes",
        "SPKI|sha256/AAAA|is not the base64 of 32 bytes",
        "SPKI|!!!!|is not the base64 of 32 bytes",
      })
  void refusesAValueThatMatchesTooMuchOrNothing(Allow.Field field, String value, String fault) {
    List<Problem> problems = problems(new RuleSpec().with(field, value).rule(), Origins.NONE);

    assertThat(problems).hasSize(1);
    assertThat(problems.get(0).setting()).isEqualTo("inbound.web.allow.0." + field.setting());
    assertThat(problems.get(0).fault()).contains(fault);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "''|is not an IP address",
        "10.0.0|is not an IP address",
        "10.0.0.256|is not an IP address",
        "010.0.0.1|is not an IP address",
        "localhost|is not an IP address",
        "[fd00::1]|is not an IP address",
        "fe80::1%eth0|is not an IP address",
        "10.0.0.0/|has a prefix length that is not 1 to 32",
        "10.0.0.0/33|has a prefix length that is not 1 to 32",
        "10.0.0.0/-1|has a prefix length that is not 1 to 32",
        "10.0.0.0/99999999999|has a prefix length that is not 1 to 32",
        "10.0.0.0/8/8|has a prefix length that is not 1 to 32",
        "fd00::/129|has a prefix length that is not 1 to 128",
        "0.0.0.0/0|matches every address",
        "::/0|matches every address",
        "10.0.0.1/8|has bits set behind its prefix",
        "fd00::1/64|has bits set behind its prefix",
      })
  void refusesAnAddressThatIsNone(String value, String fault) {
    List<Problem> problems = problems(new RuleSpec().ip(value).rule(), Origins.NONE);

    assertThat(problems).hasSize(1);
    assertThat(problems.get(0).setting()).isEqualTo("inbound.web.allow.0.ip");
    assertThat(problems.get(0).fault()).contains(fault);
  }

  @Test
  void saysHowToWriteAnInternationalName() {
    assertThat(problems(new RuleSpec().dns("bücher.example").rule(), Origins.NONE).get(0).remedy())
        .contains("A-label");
  }

  @Test
  void saysWhichNetworkWasMeant() {
    assertThat(problems(new RuleSpec().ip("10.1.2.3/12").rule(), Origins.NONE).get(0).remedy())
        .isEqualTo("write 10.0.0.0/12");
  }

  @Test
  void tellsEveryProblemAndWhereItWasWritten() {
    Origins origins = new Origins(Map.of("inbound.web.allow", "proxy.conf:7"), Set.of());
    Allow.Rule rule = new RuleSpec().uri("foo*", "spiffe://prod/ok", "*").dns("a.").rule();

    assertThat(problems(rule, origins))
        .extracting(Problem::toString)
        .hasSize(3)
        .contains(
            "inbound.web.allow.0.dns (proxy.conf:7): \"a.\" ends in a dot, which no certificate"
                + " has; leave the dot out");
  }

  @Test
  void refusesARuleThatNamesNobody() {
    assertThat(problems(new RuleSpec().rule(), Origins.NONE))
        .singleElement()
        .extracting(Problem::setting)
        .isEqualTo("inbound.web.allow.0");
  }

  private static List<Problem> problems(Allow.Rule rule, Origins origins) {
    List<Problem> problems = new ArrayList<>();
    AllowRules unused =
        AllowRules.compile(new Allow.Rules(List.of(rule), false), origins, problems);
    assertThat(unused).isNotNull();
    return problems;
  }
}
