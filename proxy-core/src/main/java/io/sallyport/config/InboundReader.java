package io.sallyport.config;

import com.typesafe.config.ConfigValue;
import io.sallyport.config.InboundConfig.ClientAuth;
import io.sallyport.config.InboundConfig.ProxyProtocol;
import io.sallyport.config.ListenerConfig.Listen;
import io.sallyport.config.ListenerConfig.Tls;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** {@code inbound.X}. */
final class InboundReader {

  private static final Values.Parser<ClientAuth> CLIENT_AUTH = Values.choice(ClientAuth.values());
  private static final Values.Parser<ProxyProtocol> PROXY_PROTOCOL =
      Values.choice(ProxyProtocol.values());

  private InboundReader() {}

  /** Null when it has problems, which are then told. */
  static @Nullable InboundConfig read(
      String name, Section section, Identities identities, KeyRings keyRings, Bindings bindings) {
    boolean overHttp = ListenerReader.carriesHttp(section);
    Listen listen =
        ListenerReader.listen(section, "say where peers come in, such as \"0.0.0.0:8443\"", true);
    if (listen != null) {
      bindings.add(section.path("listen"), listen.address());
    }
    boolean captured = listen != null && listen.captured();
    Address forward = forward(section, captured);
    ProxyProtocol proxyProtocol = section.readOrDefault("proxy-protocol", PROXY_PROTOCOL);
    Tls said = ListenerReader.tls(section);
    Tls tls = overHttp ? HttpReader.tls(said, HttpReader.SPOKEN) : said;
    Limits limits =
        ListenerReader.limits(section, overHttp ? HttpReader.IDLE_TIMEOUT : Duration.ZERO);
    ClientAuth clientAuth = section.readOrDefault("client-auth", CLIENT_AUTH);
    List<Path> trust = section.files("trust");
    List<String> shown = identities(section, clientAuth, trust, identities);
    boolean sniRequired = sniRequired(section, shown);
    Allow allow = allow(section, clientAuth, overHttp);
    boolean enforce = enforce(section, allow);
    EnvelopeReader envelope = new EnvelopeReader(section, keyRings, tls, overHttp, forward);
    HttpConfig http = null;
    if (overHttp) {
      http = HttpReader.read(section, tls, proxyProtocol);
    } else {
      HttpReader.refuseOverTcp(section);
    }
    if (listen == null
        || (forward == null && !captured)
        || shown.isEmpty()
        || allow == null
        || !envelope.isSound()) {
      return null;
    }
    return new InboundConfig(
        name,
        listen,
        forward,
        shown,
        sniRequired,
        trust,
        clientAuth,
        allow,
        enforce,
        tls,
        proxyProtocol,
        limits,
        envelope.envelope(),
        http);
  }

  /** Null when it has problems, which are then told, and where each connection knows its own. */
  private static @Nullable Address forward(Section section, boolean captured) {
    if (captured) {
      ListenerReader.refuseOfCaptured(
          section, "forward", "is where captured connections were going, each for itself");
      return null;
    }
    Address forward =
        section.require(
            "forward",
            ListenerReader::target,
            "name the application, such as \"127.0.0.1:8080\" or \"unix:/run/app/app.sock\"");
    if (forward != null) {
      ListenerReader.keepHome(section, "forward", forward);
    }
    return forward;
  }

  /** Empty when one has problems, which are then told. */
  private static List<String> identities(
      Section section, ClientAuth clientAuth, List<Path> trust, Identities identities) {
    List<String> names = section.read("identity", InboundReader::names);
    if (names == null) {
      return List.of();
    }
    List<IdentityConfig> shown = new ArrayList<>();
    for (String name : names) {
      IdentityConfig identity = identities.named(name, section);
      if (identity != null) {
        checkHasKey(section, identity);
        shown.add(identity);
      }
    }
    if (shown.size() < names.size()) {
      return List.of();
    }
    if (clientAuth != ClientAuth.NONE) {
      checkTrust(section, trust, shown);
    }
    return names;
  }

  private static List<String> names(ConfigValue value) throws Malformed {
    List<String> names = Values.texts(value);
    for (String name : names) {
      if (Collections.frequency(names, name) > 1) {
        throw new Malformed("names " + name + " twice", "name each once");
      }
    }
    return names;
  }

  private static void checkHasKey(Section section, IdentityConfig identity) {
    if (identity.source() == null) {
      section
          .findings()
          .problem(
              section.where("identity"),
              "the identity " + identity.name() + " has no key, without which nobody can be served",
              "set identities." + identity.name() + ".certificate and .key, .keystore or .spiffe");
    }
  }

  /** One trust for all, lest a peer choose its judge by the name that it asks for. */
  private static void checkTrust(Section section, List<Path> trust, List<IdentityConfig> shown) {
    IdentityConfig first = shown.get(0);
    boolean own = !trust.isEmpty() || section.has("trust");
    if (!own && !first.trustsSomebody()) {
      section
          .findings()
          .problem(
              section.path("trust"),
              "no CA is named that could vouch for peers",
              "set identities." + first.name() + ".trust, or trust here");
    }
    for (IdentityConfig other : shown.subList(1, shown.size())) {
      boolean sameTrust =
          (own || other.trust().equals(first.trust())) && other.hasTrustDomainsOf(first);
      if (!sameTrust || !other.revocation().equals(first.revocation())) {
        section
            .findings()
            .problem(
                section.where("identity"),
                first.name()
                    + " and "
                    + other.name()
                    + (sameTrust ? " differ in revocation" : " differ in trust")
                    + ", and a peer could choose who judges it by the name that it asks for",
                sameTrust
                    ? "give both the same revocation"
                    : "give both the same trust, or set trust here");
      }
    }
  }

  private static boolean sniRequired(Section section, List<String> shown) {
    Boolean said = section.read("sni-required", Values::flag);
    return said == null ? shown.size() > 1 : said;
  }

  private static boolean enforce(Section section, @Nullable Allow allow) {
    boolean enforce = section.readOrDefault("enforce", Values::flag);
    if (!enforce) {
      section
          .findings()
          .warning(
              section.where("enforce"),
              allow instanceof Allow.Anyone
                  ? "false changes nothing where anyone may come in"
                  : "false lets in peers that no rule allows, and only tells of them",
              "remove it once the log names nobody who should come in");
    }
    return enforce;
  }

  private static @Nullable Allow allow(Section section, ClientAuth clientAuth, boolean overHttp) {
    boolean certificates = clientAuth != ClientAuth.NONE;
    if (!section.has("allow")) {
      section
          .findings()
          .problem(
              section.path("allow"),
              certificates
                  ? "is missing: nothing says which peers may come in"
                  : "is missing: client-auth = none lets anyone in, which must be said",
              certificates
                  ? "list rules such as [ { uri = \"spiffe://prod/ns/shop/sa/web\" } ], or say"
                      + " any-trusted"
                  : "write allow = anyone");
    }
    Allow allow = AllowReader.read(section, overHttp ? null : AllowReader.OF_BYTES);
    if (allow instanceof Allow.Anyone && clientAuth == ClientAuth.REQUIRE) {
      section
          .findings()
          .problem(
              section.where("allow"),
              "anyone contradicts client-auth = require",
              "write allow = any-trusted, or client-auth = request");
    }
    if (allow != null && !(allow instanceof Allow.Anyone) && !certificates) {
      section
          .findings()
          .problem(
              section.where("allow"),
              "nobody can match it: client-auth = none asks for no certificate",
              "write client-auth = require, or allow = anyone");
    }
    return allow;
  }
}
