package io.sallyport.telemetry;

import java.util.Map;
import java.util.TreeMap;

/**
 * The Prometheus text format, read as a scraper does.
 *
 * @param types family to its type
 * @param series name with labels, in the order of the text, to its value
 */
record Scrape(Map<String, String> types, Map<String, Double> series) {

  static Scrape of(Telemetry telemetry) {
    Map<String, String> types = new TreeMap<>();
    Map<String, Double> series = new TreeMap<>();
    for (String line : telemetry.scrape().lines().toList()) {
      if (line.startsWith("# TYPE ")) {
        String[] words = line.split(" ", -1);
        types.put(words[2], words[3]);
      } else if (!line.startsWith("#")) {
        int space = line.lastIndexOf(' ');
        series.put(line.substring(0, space), Double.valueOf(line.substring(space + 1)));
      }
    }
    return new Scrape(types, series);
  }
}
