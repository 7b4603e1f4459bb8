package io.sallyport.config;

import com.typesafe.config.ConfigValue;
import io.sallyport.config.ListenerConfig.Listen;
import java.util.List;
import java.util.Optional;

/** {@code admin}. */
final class AdminReader {

  /** Whoever may ask the admin server may also stop traffic. */
  private static final int UNIX_MODE = 0600;

  private AdminReader() {}

  /**
   * @param appProbe the template of {@code admin.app-probes.NAME}
   */
  static AdminConfig read(Section section, Section appProbe, Bindings bindings) {
    boolean insists = section.readOrDefault("allow-off-host", Values::flag);
    Optional<Address> listen = section.readOrDefault("listen", AdminReader::listen);
    listen.ifPresent(
        address -> {
          bindings.add(section.path("listen"), address);
          keepHome(section, address, insists);
        });
    Optional<Address.Tcp> probes = section.readOrDefault("probes", AdminReader::probes);
    probes.ifPresent(address -> bindings.add(section.path("probes"), address));
    List<AppProbe> appProbes = AppProbesReader.read(section, appProbe);
    if (!appProbes.isEmpty() && probes.isEmpty()) {
      section
          .findings()
          .problem(
              section.path("app-probes"),
              "are answered on admin.probes alone, which is off",
              "set admin.probes, such as \"0.0.0.0:9902\"");
    }
    return new AdminConfig(
        listen.map(address -> listen(address, insists)).orElse(null),
        probes.orElse(null),
        section.readOrDefault("actions", Values::flag),
        appProbes);
  }

  private static Listen listen(Address address, boolean offHost) {
    return address instanceof Address.Inherited
        ? new Listen(address, UNIX_MODE, List.of(), offHost)
        : new Listen(address, UNIX_MODE, List.of());
  }

  private static void keepHome(Section section, Address address, boolean insists) {
    if (Addresses.isOnHost(address)) {
      return;
    }
    String fault =
        "opens the admin server, which asks for no password, to other hosts on " + address;
    if (insists) {
      section.findings().warning(section.path("listen"), fault, "prefer admin.probes");
    } else {
      section
          .findings()
          .problem(
              section.path("listen"),
              fault,
              "use admin.probes for probes and metrics, or insist with admin.allow-off-host = true");
    }
  }

  private static Optional<Address> listen(ConfigValue value) throws Malformed {
    String text = Values.text(value);
    return text.equals(Durations.OFF) ? Optional.empty() : Optional.of(Addresses.listen(text));
  }

  private static Optional<Address.Tcp> probes(ConfigValue value) throws Malformed {
    Optional<Address> address = listen(value);
    if (address.isPresent() && !(address.get() instanceof Address.Tcp)) {
      throw new Malformed(
          Values.quoted(Values.text(value)) + " is not a TCP address",
          "write such as \"0.0.0.0:9902\": the kubelet and Prometheus speak TCP");
    }
    return address.map(Address.Tcp.class::cast);
  }
}
