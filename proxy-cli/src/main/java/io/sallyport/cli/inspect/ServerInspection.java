package io.sallyport.cli.inspect;

import io.sallyport.cli.CommandFailed;
import io.sallyport.config.Address;
import io.sallyport.config.Addresses;
import io.sallyport.config.Allow;
import io.sallyport.config.Malformed;
import io.sallyport.config.Origins;
import io.sallyport.config.OutboundConfig;
import io.sallyport.identity.FailedHandshake;
import io.sallyport.identity.HandshakeFailure;
import io.sallyport.policy.AllowRules;
import io.sallyport.policy.Peer;
import io.sallyport.policy.Verdict;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What a server tells in handshakes such as the proxy's own, on the proxy's TLS engine.
 *
 * @param serverName for SNI and for comparing with the certificate
 * @param alpn protocols to offer
 * @param cas who may vouch for the server; empty for those that Java knows
 * @param identity to show when asked, except by a listener, which shows its own
 * @param admission whom to ask whether they would let the server in
 */
public record ServerInspection(
    Address.Tcp server,
    String serverName,
    List<String> alpn,
    List<X509Certificate> cas,
    @Nullable ClientIdentity identity,
    @Nullable Admission admission) {

  /** RFC 7301 §3.1: the length of a protocol's name is one byte. */
  private static final int LONGEST_ALPN = 255;

  /**
   * What was found.
   *
   * @param admitted whether one of the listeners that were asked gets through; true where none was
   */
  public record Found(Report report, boolean admitted) {}

  public ServerInspection {
    alpn = List.copyOf(alpn);
    cas = List.copyOf(cas);
  }

  /**
   * Reads the files that the flags name. Where one listener alone is asked, its server name and
   * protocols stand in for flags that are not given.
   */
  public static ServerInspection of(
      Address.Tcp server,
      @Nullable String serverName,
      List<String> alpn,
      @Nullable Path cas,
      @Nullable Path certificate,
      @Nullable Path key,
      @Nullable Admission admission)
      throws CommandFailed {
    if ((certificate == null) != (key == null)) {
      throw CommandFailed.invalid(
          certificate == null ? "--cert" : "--key", "missing", "give --cert and --key, or neither");
    }
    if (alpn.stream().anyMatch(name -> name.isEmpty() || name.length() > LONGEST_ALPN)) {
      throw CommandFailed.invalid(
          "--alpn",
          "the name of a protocol has 1 to " + LONGEST_ALPN + " characters",
          "write such as h2,http/1.1");
    }
    OutboundConfig only = admission == null ? null : admission.only();
    String ofListener = only == null ? null : only.serverName();
    return new ServerInspection(
        server,
        serverName == null
            ? Objects.requireNonNullElse(ofListener, server.host())
            : host(serverName),
        alpn.isEmpty() && only != null ? only.tls().alpn() : alpn,
        cas == null ? List.of() : Certificates.read(cas),
        certificate == null || key == null ? null : ClientIdentity.read(certificate, key),
        admission);
  }

  private static String host(String serverName) throws CommandFailed {
    try {
      return Addresses.host(serverName);
    } catch (Malformed e) {
      throw CommandFailed.invalid("--servername", e.fault(), e.remedy());
    }
  }

  /** Connects a few times, looks and hangs up. */
  public Found run(Instant now) throws CommandFailed {
    try (Visitor visitor = new Visitor(server)) {
      Look look = Look.at(visitor, serverName, alpn, identity);
      if (look.chain().isEmpty()) {
        throw noHandshake(look.handshake());
      }
      Report report = describe(look);
      boolean admitted = admission == null || admit(admission, look, visitor, report);
      report.chain(CertificateReport.of(look.chain(), now));
      return new Found(report, admitted);
    }
  }

  private CommandFailed noHandshake(Handshake handshake) {
    FailedHandshake failed = handshake.failed();
    boolean mute = failed != null && failed.failure() == HandshakeFailure.TIMEOUT;
    return CommandFailed.failed(
        server.toString(),
        "no handshake, " + failed,
        mute
            ? "check that TLS is spoken there, without STARTTLS"
            : "check that TLS 1.2 or 1.3 is spoken there, and what the server's log says");
  }

  private Report describe(Look look) {
    Report report = new Report();
    report.put("server", server.toString());
    report.put("handshake", look.handshake().outcome());
    Handshake.Agreed agreed = look.handshake().agreed();
    if (agreed != null) {
      report.put("version", agreed.version());
      report.put("group", agreed.group());
      report.put("cipher", agreed.cipher());
      report.put("alpn", agreed.alpn());
      report.put("resumption", look.resumption());
      if (agreed.certificates() > look.chain().size()) {
        // Netty passes on no more than it would have BoringSSL look at.
        report.put(
            "certificates",
            "%d, of which the first %d are shown"
                .formatted(agreed.certificates(), look.chain().size()));
      }
    }
    report.put("client certificate", clientCertificate(look.acceptedCas()));
    report.put("host name", serverName + (matches(look) ? " matches" : " does not match"));
    if (!cas.isEmpty()) {
      report.put("vouched for by", Voucher.of(look.chain(), cas, "of the CAs given"));
    } else if (admission == null) {
      report.put(
          "vouched for by",
          Voucher.of(look.chain(), Voucher.knownToJava(), "of the CAs that Java knows"));
    }
    return report;
  }

  private String clientCertificate(@Nullable List<String> acceptedCas) {
    if (acceptedCas == null) {
      return "not asked for";
    }
    return "asked for, "
        + (identity == null ? "none shown" : "shown")
        + (acceptedCas.isEmpty() ? "" : "; accepted from " + String.join("; ", acceptedCas));
  }

  private boolean matches(Look look) {
    return AllowRules.compile(new Allow.HostName(), Origins.NONE, new ArrayList<>())
            .judge(Peer.of(look.chain().get(0)), serverName)
        instanceof Verdict.Allowed;
  }

  private boolean admit(Admission admission, Look look, Visitor visitor, Report report) {
    List<Admission.Result> results =
        admission.listeners().stream().map(each -> admit(admission, each, look, visitor)).toList();
    report.putLines("admission", results.stream().map(Admission.Result::words).toList());
    return results.stream().anyMatch(Admission.Result::connects);
  }

  private Admission.Result admit(
      Admission admission, OutboundConfig listener, Look look, Visitor visitor) {
    String name = Objects.requireNonNullElse(listener.serverName(), serverName);
    String who = listener.setting() + " as " + name + ": ";
    try {
      // By another name the server may show another certificate.
      Look its = name.equals(serverName) ? look : Look.at(visitor, name, alpn, identity);
      return its.chain().isEmpty()
          ? new Admission.Result(false, who + "handshake " + its.handshake().outcome())
          : admission.of(listener, its.chain(), name, visitor);
    } catch (CommandFailed e) {
      return new Admission.Result(false, who + e.getMessage());
    }
  }
}
