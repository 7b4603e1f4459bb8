package io.sallyport.cli.inspect;

import io.sallyport.cli.log.Escaped;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * What was found, in the order in which it is told: as text for people or as JSON for programs.
 * Values may come from strangers; neither form lets a control character through.
 */
public final class Report {

  /**
   * @param many told as a list in JSON, however many there are
   * @param between what separates values in text
   */
  private record Fact(String name, List<String> values, boolean many, String between) {}

  private final List<Fact> facts = new ArrayList<>();
  private final List<Report> chain = new ArrayList<>();

  void put(String name, String value) {
    facts.add(new Fact(name, List.of(value), false, ""));
  }

  void put(String name, List<String> values) {
    facts.add(new Fact(name, List.copyOf(values), true, ", "));
  }

  /** Values that are sentences: a line each. */
  void putLines(String name, List<String> values) {
    facts.add(new Fact(name, List.copyOf(values), true, "\n"));
  }

  /** The certificates that this is about, leaf first; told last. */
  void chain(List<Report> certificates) {
    chain.addAll(certificates);
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
    return text.toString();
  }

  /** One object, on one line. */
  public String json() {
    List<String> members = new ArrayList<>();
    for (Fact fact : facts) {
      String value = fact.many() ? array(fact.values()) : Escaped.quoted(fact.values().get(0));
      members.add(Escaped.quoted(fact.name().replace(' ', '_')) + ":" + value);
    }
    if (!chain.isEmpty()) {
      String all = chain.stream().map(Report::json).collect(Collectors.joining(","));
      members.add("\"chain\":[" + all + "]");
    }
    return "{" + String.join(",", members) + "}";
  }

  private static String array(List<String> values) {
    return values.stream().map(Escaped::quoted).collect(Collectors.joining(",", "[", "]"));
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
