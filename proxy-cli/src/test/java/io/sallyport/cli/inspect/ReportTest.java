package io.sallyport.cli.inspect;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ReportTest {

  /** A line break, a terminal sequence, a bidi override, a quote and a backslash. */
  private static final String HOSTILE = "a\nb\u001b[2J\u202e\"\\";

  private final Report report = new Report();
  private final List<Report> rows = new ArrayList<>();

  @Test
  void textIsOneLineAFactWhateverIsInIt() {
    report.put("subject", HOSTILE);
    report.put("names", List.of("dns:a", "dns:b"));
    report.put("purposes", List.of());

    assertThat(report.text())
        .isEqualTo(
            """
            subject   a\\u000ab\\u001b[2J\\u202e"\\
            names     dns:a, dns:b
            purposes  none
            """);
  }

  @Test
  void sentencesAreALineEachUnderOneAnother() {
    report.put("a", "b");
    report.putLines("admission", List.of("one, " + HOSTILE, "two"));

    assertThat(report.text())
        .isEqualTo(
            """
            a          b
            admission  one, a\\u000ab\\u001b[2J\\u202e"\\
                       two
            """);
    assertThat(report.json()).contains("\"admission\":[\"one, ", "\"two\"]");
  }

  @Test
  void jsonIsOneLineAndWhole() {
    Report leaf = new Report();
    leaf.put("serial", "1f");
    report.put("not after", HOSTILE);
    report.put("names", List.of(HOSTILE, "x".repeat(10_000)));
    report.put("purposes", List.of());
    report.chain(List.of(leaf, new Report()));

    String hostile = "\"a\\nb\\u001b[2J\\u202e\\\"\\\\\"";
    assertThat(report.json())
        .isEqualTo(
            "{\"not_after\":%s,\"names\":[%s,\"%s\"],\"purposes\":[],\"chain\":[%s,{}]}"
                .formatted(hostile, hostile, "x".repeat(10_000), "{\"serial\":\"1f\"}"));
  }

  @Test
  void aTableHasItsNamesOnceAndIsAListInJson() {
    for (String value : List.of("a", HOSTILE)) {
      Report row = new Report();
      row.put("key id", value);
      row.put("files", value.length());
      rows.add(row);
    }
    report.put("folder", "x");
    report.table("keys", rows);

    assertThat(report.text())
        .isEqualTo(
            """
            folder  x

            key id                     files
            a                          1
            a\\u000ab\\u001b[2J\\u202e"\\  10
            """);
    assertThat(report.json())
        .startsWith(
            "{\"folder\":\"x\",\"keys\":[{\"key_id\":\"a\",\"files\":1},{\"key_id\":\"a\\nb")
        .endsWith(",\"files\":10}]}");
  }
}
