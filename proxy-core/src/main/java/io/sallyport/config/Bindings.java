package io.sallyport.config;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** All addresses that one process is to listen on. */
final class Bindings {

  private final Findings findings;
  private final Map<String, Address> bySetting = new LinkedHashMap<>();

  Bindings(Findings findings) {
    this.findings = findings;
  }

  void add(String setting, Address address) {
    bySetting.forEach(
        (other, taken) -> {
          if (Addresses.overlap(taken, address)) {
            findings.problem(
                setting,
                address + " is what " + other + " listens on",
                "give each an address of its own");
          }
        });
    bySetting.put(setting, address);
  }

  /**
   * A listener that hands on to its own kind goes in a circle, or speaks plaintext to TLS.
   *
   * @param kind {@code inbound} or {@code outbound}
   */
  void refuseCircle(String kind, String setting, List<Address> dialled) {
    bySetting.forEach(
        (other, taken) -> {
          if (other.startsWith(kind + ".")
              && dialled.stream().anyMatch(target -> Addresses.overlap(taken, target))) {
            findings.problem(
                setting, "leads back to " + other, "name what is on the far side of the proxy");
          }
        });
  }
}
