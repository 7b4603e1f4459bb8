package io.sallyport.rig;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What a scrape has of metrics and labels, to hold queries against. */
public final class ExposedMetrics {

  private static final String NAME = "[a-zA-Z_:][a-zA-Z0-9_:]*";
  private static final Pattern SERIES = Pattern.compile("(" + NAME + ")(?:\\{(.*)})? [^ ]+");
  private static final Pattern LABEL = Pattern.compile("(\\w+)=\"((?:[^\"\\\\]|\\\\.)*)\"");

  private static final Pattern GROUPING =
      Pattern.compile(
          "\\b(?:by|without|on|ignoring|group_left|group_right)\\s*\\(([^)]*)\\)", Pattern.DOTALL);

  private static final Pattern RANGE = Pattern.compile("\\[[^]]*]|\\boffset\\s+\\w+");

  private static final Pattern SELECTOR =
      Pattern.compile("(?<![\\w:.$])(" + NAME + ")\\s*(\\{[^}]*}|\\()?");

  private static final Pattern MATCHER =
      Pattern.compile("(\\w+)\\s*(=~|!~|!=|=)\\s*\"([^\"]*)\"\\s*,?\\s*");

  private static final Pattern WORDS = Pattern.compile("\\w+(\\|\\w+)*");
  private static final Set<String> OPERATORS = Set.of("and", "or", "unless", "bool");

  /** Prometheus adds them. */
  private static final Set<String> OF_THE_TARGET = Set.of("job", "instance");

  /** Metric to label to values; of a label without values any may come. */
  private final Map<String, Map<String, Set<String>>> metrics = new HashMap<>();

  private ExposedMetrics() {}

  /**
   * @param scrape the Prometheus text format
   */
  public static ExposedMetrics of(String scrape) {
    ExposedMetrics exposed = new ExposedMetrics();
    scrape.lines().filter(line -> !line.startsWith("#")).forEach(exposed::add);
    return exposed;
  }

  private void add(String line) {
    Matcher series = SERIES.matcher(line);
    if (!series.matches()) {
      throw new IllegalArgumentException("no series: " + line);
    }
    Map<String, Set<String>> labels =
        metrics.computeIfAbsent(series.group(1), name -> new HashMap<>());
    if (series.group(2) != null) {
      Matcher label = LABEL.matcher(series.group(2));
      while (label.find()) {
        labels.computeIfAbsent(label.group(1), name -> new HashSet<>()).add(label.group(2));
      }
    }
  }

  public Set<String> names() {
    return Set.copyOf(metrics.keySet());
  }

  /** A rule makes another metric of what there is, with the labels by which it sums. */
  public void record(String name, String query) {
    Map<String, Set<String>> labels = new HashMap<>();
    groupingLabels(query).forEach(label -> labels.put(label, Set.of()));
    metrics.put(name, labels);
  }

  /** What a query asks for that there is not; empty when all is there. */
  public List<String> missing(String query) {
    List<String> missing = new ArrayList<>();
    Set<String> labels = new HashSet<>(OF_THE_TARGET);
    Matcher selector =
        SELECTOR.matcher(RANGE.matcher(GROUPING.matcher(query).replaceAll(" ")).replaceAll(" "));
    boolean any = false;
    while (selector.find()) {
      String name = selector.group(1);
      boolean called = "(".equals(selector.group(2));
      if (called || OPERATORS.contains(name)) {
        continue;
      }
      any = true;
      Map<String, Set<String>> exposed = metrics.get(name);
      if (exposed == null) {
        missing.add("metric " + name);
        continue;
      }
      labels.addAll(exposed.keySet());
      if (selector.group(2) != null) {
        missing.addAll(unmatched(name, exposed, selector.group(2)));
      }
    }
    if (!any) {
      missing.add("no metric in " + query);
    }
    groupingLabels(query).stream()
        .filter(label -> !labels.contains(label))
        .forEach(label -> missing.add("label " + label + " in " + query));
    return missing;
  }

  private static List<String> unmatched(
      String metric, Map<String, Set<String>> exposed, String braces) {
    List<String> missing = new ArrayList<>();
    String inside = braces.substring(1, braces.length() - 1);
    Matcher matcher = MATCHER.matcher(inside);
    int read = 0;
    while (matcher.lookingAt()) {
      read = matcher.end();
      String label = matcher.group(1);
      Set<String> values = exposed.get(label);
      if (values == null && !OF_THE_TARGET.contains(label)) {
        missing.add("label " + label + " of " + metric);
      } else if (values != null && !values.isEmpty() && isWritten(matcher)) {
        for (String value : matcher.group(3).split("\\|", -1)) {
          if (!values.contains(value)) {
            missing.add("value " + value + " of " + metric + "'s " + label);
          }
        }
      }
      matcher.region(read, inside.length());
    }
    if (read != inside.length()) {
      throw new IllegalArgumentException("not understood: " + inside.substring(read));
    }
    return missing;
  }

  /** Of a variable and of a true pattern the values are not known. */
  private static boolean isWritten(Matcher matcher) {
    String value = matcher.group(3);
    boolean isPattern = matcher.group(2).endsWith("~");
    return !value.contains("$") && (!isPattern || WORDS.matcher(value).matches());
  }

  private static Set<String> groupingLabels(String query) {
    Set<String> labels = new HashSet<>();
    Matcher grouping = GROUPING.matcher(query);
    while (grouping.find()) {
      for (String label : grouping.group(1).split(",", -1)) {
        if (!label.isBlank()) {
          labels.add(label.strip());
        }
      }
    }
    return labels;
  }
}
