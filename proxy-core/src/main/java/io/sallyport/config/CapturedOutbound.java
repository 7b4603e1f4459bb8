package io.sallyport.config;

import com.typesafe.config.ConfigValue;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What {@code mode = captured} changes of {@code outbound.X}. */
final class CapturedOutbound {

  private static final String PASSTHROUGH = "passthrough";

  private CapturedOutbound() {}

  /** None: each connection knows its own. Tells what does not go with that. */
  static List<Address> endpoints(Section section, boolean overHttp) {
    ListenerReader.refuseOfCaptured(
        section, "connect", "is where captured connections were going, each for itself");
    ListenerReader.refuseOfCaptured(
        section, "server-name", "names one server, and captured connections go to many");
    if (overHttp) {
      section
          .findings()
          .problem(
              section.where("protocol"),
              "http would take each request to an endpoint, and a captured connection has its own",
              "write protocol = tcp, which carries HTTP as it is");
    }
    return List.of();
  }

  /** An address is no name that a certificate could match. */
  static @Nullable Allow refuseNameless(Section section) {
    section
        .findings()
        .problem(
            section.path("allow"),
            "is missing: captured connections go to addresses, which no host name vouches for",
            "list rules such as [ { uri = \"spiffe://prod/ns/shop/sa/*\" } ]");
    return null;
  }

  static List<PassthroughRule> passthrough(Section section, boolean captured) {
    List<PassthroughRule> read = section.readOrDefault(PASSTHROUGH, CapturedOutbound::rules);
    if (!captured && section.says(PASSTHROUGH)) {
      section
          .findings()
          .problem(
              section.path(PASSTHROUGH),
              "is for captured connections",
              "write mode = captured, or remove it");
    }
    if (captured && read.stream().anyMatch(PassthroughRule::isForAll)) {
      section
          .findings()
          .warning(
              section.where(PASSTHROUGH),
              "lets plaintext go anywhere, and nothing is taken to a peer over TLS",
              "name addresses and ports");
    }
    return captured ? read : List.of();
  }

  static void checkEnvelope(Section section, @Nullable EnvelopeConfig envelope) {
    if (envelope != null && envelope.seals()) {
      section
          .findings()
          .warning(
              section.where(PASSTHROUGH),
              "lets pass what the envelope would seal, as plaintext",
              "make sure that nothing goes there that has to be sealed");
    }
  }

  private static List<PassthroughRule> rules(ConfigValue value) throws Malformed {
    List<PassthroughRule> rules = new ArrayList<>();
    for (String text : Values.textsOrNone(value)) {
      rules.add(PassthroughRule.parse(text));
    }
    return rules;
  }
}
