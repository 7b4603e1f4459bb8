package io.sallyport.config;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** HOCON to a {@link ProxyConfig}; reference.conf has every setting. */
public final class ConfigReader {

  private static final int MOST_WORKERS = 1024;

  private static final String AUTO = "auto";

  /** The label under which the admin server's own doings are counted and logged. */
  private static final String ADMIN = "admin";

  private static final Values.Parser<TransportKind> TRANSPORT =
      Values.choice(TransportKind.values());

  private final Section root;
  private final Findings findings;
  private final Bindings bindings;
  private final Origins origins;

  private ConfigReader(Section root, Origins origins) {
    this.root = root;
    this.findings = root.findings();
    this.bindings = new Bindings(findings);
    this.origins = origins;
  }

  /**
   * Reads a file and what it includes; opens none of the files that it names.
   *
   * @throws InvalidConfig with every problem there is, in the order of the file
   */
  public static ProxyConfig read(Path file) throws InvalidConfig {
    return read(ConfigFile.load(file));
  }

  /**
   * Reads what is in no file, such as the value of an environment variable, and what it includes.
   * Paths in it that are relative are so to the working directory.
   *
   * @param name what messages call it
   * @throws InvalidConfig with every problem there is, in the order of the text
   */
  public static ProxyConfig read(String name, String text) throws InvalidConfig {
    return read(ConfigFile.parse(name, text));
  }

  private static ProxyConfig read(ConfigFile loaded) throws InvalidConfig {
    Origins origins = loaded.places().origins();
    Findings findings = new Findings(origins);
    loaded.strays().forEach(findings::problem);
    Section reference = Reference.root(new Reading(loaded.folder(), findings));
    try {
      return new ConfigReader(Section.of("", loaded.settings(), reference), origins).config();
    } catch (Malformed e) {
      findings.problem(Reference.ROOT, e);
      throw new InvalidConfig(findings.problems());
    }
  }

  private ProxyConfig config() throws InvalidConfig {
    Section defaults = root.child("defaults");
    Section inboundDefaults = defaults.child("inbound");
    Section outboundDefaults = defaults.child("outbound");
    // Also where no listener takes them: what is in the file is right or refused.
    ListenerReader.carriesHttp(inboundDefaults);
    HttpReader.readAlone(inboundDefaults);
    readAlone(inboundDefaults);
    ListenerReader.carriesHttp(outboundDefaults);
    OutboundHttpReader.readAlone(outboundDefaults);
    readAlone(outboundDefaults);

    Identities identities = new Identities(root.named("identities", defaults.child("identity")));
    KeyRings keyRings = new KeyRings(root.named("key-rings", defaults.child("key-ring")));
    List<InboundConfig> inbound = new ArrayList<>();
    List<OutboundConfig> outbound = new ArrayList<>();
    Map<String, Section> inboundSections = root.named("inbound", inboundDefaults);
    Map<String, Section> outboundSections = root.named("outbound", outboundDefaults);
    checkNames(inboundSections, outboundSections);
    inboundSections.forEach(
        (name, section) -> {
          InboundConfig listener =
              InboundReader.read(name, section, identities, keyRings, bindings);
          if (listener != null) {
            inbound.add(listener);
          }
        });
    outboundSections.forEach(
        (name, section) -> {
          OutboundConfig listener =
              OutboundReader.read(name, section, identities, keyRings, bindings);
          if (listener != null) {
            outbound.add(listener);
          }
        });
    refuseCircles(inbound, outbound);
    ProxyConfig config =
        new ProxyConfig(
            root.readOrDefault("transport", TRANSPORT),
            workers(root),
            identities.usable(),
            keyRings.usable(),
            inbound,
            outbound,
            AdminReader.read(root.child(ADMIN), defaults.child("app-probe"), bindings),
            drain(root.child("drain")),
            new ReloadConfig(root.child("reload").readOrDefault("interval", Durations::orOff)),
            findings.warnings(),
            origins,
            root.reading().effective().all());
    if (!findings.problems().isEmpty()) {
      throw new InvalidConfig(findings.problems(), config);
    }
    return config;
  }

  private static int workers(Section root) {
    return root.readOrDefault(
        "workers",
        value -> {
          String text = Values.text(value);
          return text.equals(AUTO)
              ? ProxyConfig.autoWorkers()
              : Values.integer(text, 1, MOST_WORKERS);
        });
  }

  private static DrainConfig drain(Section section) {
    Duration delay = section.readOrDefault("delay", Durations::delay);
    Duration deadline = section.readOrDefault("deadline", Durations::deadline);
    if (deadline.compareTo(delay) < 0) {
      section
          .findings()
          .problem(
              section.path("deadline"),
              "comes before the end of drain.delay, which it includes",
              "make it at least as long as drain.delay");
    }
    return new DrainConfig(delay, deadline);
  }

  private static void readAlone(Section listenerDefaults) {
    ListenerReader.tls(listenerDefaults);
    ListenerReader.limits(listenerDefaults, Duration.ZERO);
    EnvelopeReader.readAlone(listenerDefaults);
  }

  private void checkNames(Map<String, Section> inbound, Map<String, Section> outbound) {
    if (inbound.isEmpty()
        && outbound.isEmpty()
        && !root.says("inbound")
        && !root.says("outbound")) {
      findings.problem(
          Reference.ROOT,
          "has no listener",
          "add inbound.NAME { listen, forward, allow } or outbound.NAME { listen, connect }");
    }
    inbound.forEach((name, section) -> Names.check(name, ADMIN, section));
    outbound.forEach(
        (name, section) -> {
          Names.check(name, ADMIN, section);
          if (inbound.containsKey(name)) {
            findings.problem(
                section.path(),
                "has the name of inbound." + name + ", and names tell listeners apart in metrics",
                "rename one of them");
          }
        });
  }

  private void refuseCircles(List<InboundConfig> inbound, List<OutboundConfig> outbound) {
    for (InboundConfig listener : inbound) {
      if (listener.forward() != null) {
        bindings.refuseCircle(
            "inbound", listener.setting() + ".forward", List.of(listener.forward()));
      }
    }
    for (OutboundConfig listener : outbound) {
      bindings.refuseCircle("outbound", listener.setting() + ".connect", listener.connect());
    }
  }
}
