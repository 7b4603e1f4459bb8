package io.sallyport.config;

import io.sallyport.config.InboundConfig.ClientAuth;
import io.sallyport.config.InboundConfig.ProxyProtocol;
import io.sallyport.config.ListenerConfig.Listen;
import io.sallyport.config.ListenerConfig.Tls;
import java.nio.file.Path;
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
      String name, Section section, Identities identities, Bindings bindings) {
    ListenerReader.protocol(section);
    Listen listen =
        ListenerReader.listen(section, "say where peers come in, such as \"0.0.0.0:8443\"");
    if (listen != null) {
      bindings.add(section.path("listen"), listen.address());
    }
    Address forward =
        section.require(
            "forward",
            ListenerReader::target,
            "name the application, such as \"127.0.0.1:8080\" or \"unix:/run/app/app.sock\"");
    if (forward != null) {
      ListenerReader.keepHome(section, "forward", forward);
    }
    ProxyProtocol proxyProtocol = section.readOrDefault("proxy-protocol", PROXY_PROTOCOL);
    Tls tls = ListenerReader.tls(section);
    Limits limits = ListenerReader.limits(section);
    ClientAuth clientAuth = section.readOrDefault("client-auth", CLIENT_AUTH);
    List<Path> trust = section.files("trust");
    String identity = identity(section, clientAuth, trust, identities);
    Allow allow = allow(section, clientAuth);
    boolean enforce = enforce(section, allow);
    if (listen == null || forward == null || identity == null || allow == null) {
      return null;
    }
    return new InboundConfig(
        name,
        listen,
        forward,
        identity,
        trust,
        clientAuth,
        allow,
        enforce,
        tls,
        proxyProtocol,
        limits);
  }

  private static @Nullable String identity(
      Section section, ClientAuth clientAuth, List<Path> trust, Identities identities) {
    String name = ListenerReader.identity(section);
    IdentityConfig identity = name == null ? null : identities.named(name, section);
    if (identity == null) {
      return null;
    }
    if (identity.source() == null) {
      section
          .findings()
          .problem(
              section.where("identity"),
              "the identity " + name + " has no key, without which nobody can be served",
              "set identities." + name + ".certificate and .key, or .keystore");
    }
    if (clientAuth != ClientAuth.NONE
        && trust.isEmpty()
        && !section.has("trust")
        && identity.trust().isEmpty()) {
      section
          .findings()
          .problem(
              section.path("trust"),
              "no CA is named that could vouch for peers",
              "set identities." + name + ".trust, or trust here");
    }
    return name;
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

  private static @Nullable Allow allow(Section section, ClientAuth clientAuth) {
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
    Allow allow = AllowReader.read(section);
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
