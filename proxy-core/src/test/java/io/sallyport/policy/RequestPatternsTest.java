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

/** What rules may not say of requests. */
class RequestPatternsTest {

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "METHODS|''|is empty",
        "METHODS|*|has a wildcard, and methods are compared whole",
        "METHODS|P*|has a wildcard, and methods are compared whole",
        "METHODS|get|is another method than GET",
        "METHODS|Patch|is another method than PATCH",
        "METHODS|GET,HEAD|is not the name of a method",
        "METHODS|GET HEAD|is not the name of a method",
        "METHODS|GÉT|is not the name of a method",
        "HOSTS|''|is empty",
        "HOSTS|*|matches every host",
        "HOSTS|**|matches every host",
        "HOSTS|**.*|matches every name",
        "HOSTS|shop.*|ends in a wildcard",
        "HOSTS|shop*.example|has a wildcard within a label",
        "HOSTS|shop.example.|ends in a dot",
        "HOSTS|shop.example:443|has a port or a scheme",
        "HOSTS|10.0.0.1|is an IP address",
        "HOSTS|[fd00::1]|is an IP address",
        "HOSTS|fd00::1|is an IP address",
        "HOSTS|bücher.example|is not a DNS name in ASCII",
        "HOSTS|https://shop.example|has a port or a scheme",
        "HOSTS|shop.example/api|is not a DNS name",
        "HOSTS|a..b|is not a DNS name",
        "PATHS|''|is empty",
        "PATHS|*|does not begin with /",
        "PATHS|**|does not begin with /",
        "PATHS|api/*|does not begin with /",
        "PATHS|https://shop.example/api|does not begin with /",
        "PATHS|/api?a=b|has more than a path",
        "PATHS|/api#a|has more than a path",
        "PATHS|/a%20b|has percent-encoding",
        "PATHS|/api*|has a wildcard within a segment",
        "PATHS|/api/*.html|has a wildcard within a segment",
        "PATHS|/api/***|has a wildcard within a segment",
        "PATHS|/api//x|has a backslash, a semicolon, a control character, or an empty",
        "PATHS|//|an empty, '.' or '..' segment",
        "PATHS|/api/../x|an empty, '.' or '..' segment",
        "PATHS|/api/..|an empty, '.' or '..' segment",
        "PATHS|/./*|an empty, '.' or '..' segment",
        "PATHS|/**//|an empty, '.' or '..' segment",
        "PATHS|/api;v=1|has a backslash, a semicolon",
        "PATHS|/api\\x|has a backslash, a semicolon",
      })
  void refusesAValueThatMatchesTooMuchOrNothing(
      Allow.RequestField field, String value, String fault) {
    List<Problem> problems = problems(new RuleSpec().cn("a").with(field, value).rule());

    assertThat(problems).hasSize(1);
    assertThat(problems.get(0).setting()).isEqualTo("inbound.web.allow.0." + field.setting());
    assertThat(problems.get(0).fault()).contains(fault);
    assertThat(problems.get(0).remedy()).isNotEmpty();
  }

  @Test
  void refusesAControlCharacterInAPath() {
    assertThat(problems(new RuleSpec().cn("a").paths("/a\u0000").rule()))
        .singleElement()
        .satisfies(problem -> assertThat(problem.fault()).startsWith("\"/a\\u0000\" has"));
  }

  @Test
  void tellsEveryProblemAndWhereItWasWritten() {
    Origins origins = new Origins(Map.of("inbound.web.allow", "proxy.conf:7"), Set.of());
    List<Problem> problems = new ArrayList<>();
    Allow.Rule rule = new RuleSpec().cn("a").methods("get", "GET").paths("/ok", "api", "/%").rule();
    AllowRules unused =
        AllowRules.compile(new Allow.Rules(List.of(rule), false), origins, problems);

    assertThat(unused.namesPaths()).isTrue();
    assertThat(problems)
        .extracting(Problem::toString)
        .containsExactlyInAnyOrder(
            "inbound.web.allow.0.methods (proxy.conf:7): \"get\" is another method than GET; write"
                + " it as GET",
            "inbound.web.allow.0.paths (proxy.conf:7): \"api\" does not begin with /; write it as"
                + " /api/*, /api/** or /health",
            "inbound.web.allow.0.paths (proxy.conf:7): \"/%\" has percent-encoding, and paths are"
                + " compared decoded; write the character itself");
  }

  private static List<Problem> problems(Allow.Rule rule) {
    List<Problem> problems = new ArrayList<>();
    AllowRules unused =
        AllowRules.compile(new Allow.Rules(List.of(rule), false), Origins.NONE, problems);
    assertThat(unused).isNotNull();
    return problems;
  }
}
