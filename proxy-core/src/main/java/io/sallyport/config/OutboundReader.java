package io.sallyport.config;

import com.typesafe.config.ConfigList;
import com.typesafe.config.ConfigValue;
import io.sallyport.config.ListenerConfig.Listen;
import io.sallyport.config.ListenerConfig.Tls;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** {@code outbound.X}. */
final class OutboundReader {

  private OutboundReader() {}

  /** Null when it has problems, which are then told. */
  static @Nullable OutboundConfig read(
      String name, Section section, Identities identities, KeyRings keyRings, Bindings bindings) {
    boolean overHttp = ListenerReader.carriesHttp(section);
    Listen listen =
        ListenerReader.listen(
            section,
            "say where the application comes in, such as \"127.0.0.1:9000\"",
            ListenerReader.insistsOnOffHost(section));
    if (listen != null) {
      bindings.add(section.path("listen"), listen.address());
      ListenerReader.keepHome(section, "listen", listen.address());
    }
    boolean captured = listen != null && listen.captured();
    List<Address> connect =
        captured
            ? CapturedOutbound.endpoints(section, overHttp)
            : section.require(
                "connect",
                OutboundReader::endpoints,
                "name whom to connect to, such as \"ledger.prod.svc:8443\"");
    List<PassthroughRule> passthrough = CapturedOutbound.passthrough(section, captured);
    String serverName = section.read("server-name", value -> Addresses.host(Values.text(value)));
    Tls said = ListenerReader.tls(section);
    Tls tls = overHttp ? HttpReader.tls(said, OutboundHttpReader.SPOKEN) : said;
    Limits limits =
        ListenerReader.limits(section, overHttp ? HttpReader.IDLE_TIMEOUT : Duration.ZERO);
    List<Path> trust = section.files("trust");
    String identity = identity(section, trust, identities);
    Allow allow = allow(section, overHttp, captured);
    if (allow instanceof Allow.HostName) {
      refuseIdsAlone(section, trust, identities, identity);
    }
    if (connect != null && !section.has("server-name")) {
      refuseNameless(section, connect);
    }
    EnvelopeReader envelope =
        new EnvelopeReader(
            section, keyRings, tls, overHttp, listen == null ? null : listen.address());
    if (!passthrough.isEmpty()) {
      CapturedOutbound.checkEnvelope(section, envelope.envelope());
    }
    OutboundHttpConfig http = null;
    if (overHttp) {
      http = OutboundHttpReader.read(section, connect, tls, envelope.envelope());
    } else {
      OutboundHttpReader.refuseOverTcp(section);
    }
    if (listen == null
        || connect == null
        || identity == null
        || allow == null
        || !envelope.isSound()) {
      return null;
    }
    return new OutboundConfig(
        name,
        listen,
        connect,
        passthrough,
        serverName,
        identity.equals(Identities.NONE) ? null : identity,
        trust,
        allow,
        tls,
        limits,
        envelope.envelope(),
        http);
  }

  private static List<Address> endpoints(ConfigValue value) throws Malformed {
    List<Address> endpoints = new ArrayList<>();
    for (String text : Values.texts(value)) {
      endpoints.add(Addresses.target(text));
    }
    return endpoints;
  }

  private static @Nullable String identity(
      Section section, List<Path> trust, Identities identities) {
    String name = section.read("identity", OutboundReader::identity);
    boolean none = Identities.NONE.equals(name);
    IdentityConfig identity = name == null || none ? null : identities.named(name, section);
    if (name == null || (identity == null && !none)) {
      return null;
    }
    boolean vouched = identity != null && identity.trustsSomebody();
    if (!vouched && trust.isEmpty() && !section.has("trust")) {
      section
          .findings()
          .problem(
              section.path("trust"),
              "no CA is named that could vouch for the server, and the system's are not used",
              none ? "set trust here" : "set identities." + name + ".trust, or trust here");
    }
    return name;
  }

  private static String identity(ConfigValue value) throws Malformed {
    if (value instanceof ConfigList) {
      throw new Malformed(
          "is a list, and servers do not say which of several they would see", "name one");
    }
    return Values.text(value);
  }

  private static @Nullable Allow allow(Section section, boolean overHttp, boolean captured) {
    if (!section.has("allow")) {
      return captured ? CapturedOutbound.refuseNameless(section) : new Allow.HostName();
    }
    Allow allow =
        AllowReader.read(section, overHttp ? AllowReader.OF_SERVERS : AllowReader.OF_BYTES);
    String setting = section.where("allow");
    if (allow instanceof Allow.Anyone) {
      section
          .findings()
          .problem(
              setting,
              "anyone would send the application's data to whoever answers",
              "leave allow out so that the host name must match, or write rules");
    }
    if (allow instanceof Allow.AnyTrusted) {
      section
          .findings()
          .warning(
              setting,
              "any-trusted takes any server that the CAs vouch for",
              "leave allow out so that the host name must match, or write rules");
    }
    return allow;
  }

  private static void refuseIdsAlone(
      Section section, List<Path> trust, Identities identities, @Nullable String name) {
    IdentityConfig identity = name == null ? null : identities.usable().get(name);
    if (identity != null
        && identity.keepsTrustDomainsApart()
        && trust.isEmpty()
        && identity.trust().isEmpty()) {
      section
          .findings()
          .problem(
              section.path("allow"),
              "is missing: whom "
                  + (identity.trustDomains().isEmpty()
                      ? "a Workload API vouches"
                      : "trust-domains vouch")
                  + " for is a SPIFFE ID, and no host name counts",
              "name the server, such as [ { spiffe = \"spiffe://prod.example/ledger\" } ]");
    }
  }

  private static void refuseNameless(Section section, List<Address> connect) {
    if (section.has("allow") || connect.stream().noneMatch(Address.Unix.class::isInstance)) {
      return;
    }
    section
        .findings()
        .problem(
            section.where("connect"),
            "a Unix socket has no host name that the server's certificate could match",
            "set server-name, or allow rules");
  }
}
