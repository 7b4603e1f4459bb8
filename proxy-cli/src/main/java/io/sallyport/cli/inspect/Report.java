package io.sallyport.cli.inspect;

import io.sallyport.cli.log.Escaped;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What was found, in the order in which it is told: as text for people or as JSON for programs.
 * Values may come from strangers; neither form lets a control character through.
 */
public final class Report {

  /**
   * @param many told as a list in JSON, however many there are
   * @param bare a number, which JSON has without quotes
   * @param between what separates values in text
   */
  private record Fact(
      String name, List<String> values, boolean many, boolean bare, String between) {

    String json() {
      return many
          ? values.stream().map(Escaped::quoted).collect(Collectors.joining(",", "[", "]"))
          : bare ? values.get(0) : Escaped.quoted(values.get(0));
    }
  }

  private final List<Fact> facts = new ArrayList<>();
  private final List<Report> chain = new ArrayList<>();
  private final List<Report> rows = new ArrayList<>();
  private String rowsName = "";

  void put(String name, String value) {
    facts.add(new Fact(name, List.of(value), false, false, ""));
  }

  void put(String name, long number) {
    facts.add(new Fact(name, List.of(Long.toString(number)), false, true, ""));
  }

  void put(String name, List<String> values) {
    facts.add(new Fact(name, List.copyOf(values), true, false, ", "));
  }

  /** Values that are sentences: a line each. */
  void putLines(String name, List<String> values) {
    facts.add(new Fact(name, List.copyOf(values), true, false, "\n"));
  }

  /** The certificates that this is about, leaf first; told last. */
  void chain(List<Report> certificates) {
    chain.addAll(certificates);
  }

  /**
   * A table, told last: each of its rows has the same facts.
   *
   * @param name of the list in JSON
   */
  void table(String name, List<Report> sameFacts) {
    rowsName = name;
    rows.addAll(sameFacts);
  }

  /** A line a fact, then the certificates, each under its number. */
  public String text() {
    StringBuilder text = new StringBuilder();
    int width = facts.stream().mapToInt(fact -> fact.name().length()).max().orElse(0) + 2;
    for (Fact fact : facts) {
      String values =
          fact.values().isEmpty()
              ? "none"
              : fact.values().stream()
                  .map(Report::printable)
                  .collect(Collectors.joining(fact.between()));
      text.append(fact.name()).append(" ".repeat(width - fact.name().length()));
      text.append(values.replace("\n", "\n" + " ".repeat(width))).append('\n');
    }
    for (int i = 0; i < chain.size(); i++) {
      text.append("\ncertificate %d of %d%n".formatted(i + 1, chain.size()));
      chain.get(i).text().lines().forEach(line -> text.append("  ").append(line).append('\n'));
    }
    if (!rows.isEmpty()) {
      text.append('\n');
      appendTable(text);
    }
    return text.toString();
  }

  /** A line with the names, then a line each. */
  private void appendTable(StringBuilder text) {
    int columns = rows.get(0).facts.size();
    StringBuilder[] lines = new StringBuilder[rows.size() + 1];
    Arrays.setAll(lines, line -> new StringBuilder());
    for (int column = 0; column < columns; column++) {
      int width = Stream.of(lines).mapToInt(StringBuilder::length).max().orElse(0);
      for (int line = 0; line < lines.length; line++) {
        Fact fact = rows.get(Math.max(0, line - 1)).facts.get(column);
        String cell = line == 0 ? fact.name() : printable(fact.values().get(0));
        String gap = column == 0 ? "" : " ".repeat(width + 2 - lines[line].length());
        lines[line].append(gap).append(cell);
      }
    }
    Stream.of(lines).forEach(line -> text.append(line).append('\n'));
  }

  /** One object, on one line. */
  public String json() {
    List<String> members = new ArrayList<>();
    for (Fact fact : facts) {
      members.add(Escaped.quoted(fact.name().replace(' ', '_')) + ":" + fact.json());
    }
    if (!chain.isEmpty()) {
      members.add("\"chain\":" + array(chain));
    }
    if (!rowsName.isEmpty()) {
      members.add(Escaped.quoted(rowsName) + ":" + array(rows));
    }
    return "{" + String.join(",", members) + "}";
  }

  private static String array(List<Report> reports) {
    return reports.stream().map(Report::json).collect(Collectors.joining(",", "[", "]"));
  }

  /** Everything that could move a cursor or turn the reading direction becomes an escape. */
  private static String printable(String value) {
    StringBuilder safe = new StringBuilder(value.length());
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      safe.append(c >= ' ' && c < 0x7f ? String.valueOf(c) : "\\u%04x".formatted((int) c));
    }
    return safe.toString();
  }
}
