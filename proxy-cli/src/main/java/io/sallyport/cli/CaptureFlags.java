package io.sallyport.cli;

import io.sallyport.cli.capture.CaptureRules;
import io.sallyport.cli.capture.CaptureRules.Inbound;
import io.sallyport.cli.capture.CaptureRules.Outbound;
import io.sallyport.config.InvalidConfig;
import io.sallyport.config.IpRange;
import io.sallyport.config.Malformed;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What is led to the proxy, and what is not. */
final class CaptureFlags {

  private static final String INBOUND_PORT = "--inbound-port";
  private static final String INBOUND_TO = "--inbound-to";
  private static final String EXCLUDE_INBOUND_PORTS = "--exclude-inbound-ports";
  private static final String OUTBOUND_TO = "--outbound-to";
  private static final String PROXY_UID = "--proxy-uid";
  private static final String EXCLUDE_OUTBOUND_PORTS = "--exclude-outbound-ports";
  private static final String EXCLUDE_OUTBOUND_CIDRS = "--exclude-outbound-cidrs";

  private static final String ALL = "all";
  private static final int HIGHEST_PORT = 65535;

  /** The one before -1, which stands for nobody. */
  private static final long HIGHEST_UID = 0xFFFF_FFFEL;

  @Option(
      names = INBOUND_PORT,
      paramLabel = "PORT[,..]",
      description = "Lead what comes to these ports to the proxy, or all.")
  private @Nullable String inboundPort;

  @Option(
      names = EXCLUDE_INBOUND_PORTS,
      paramLabel = "PORT[,..]",
      description = "But not what comes to these, such as that of admin.probes.")
  private @Nullable String excludeInboundPorts;

  @Option(
      names = INBOUND_TO,
      paramLabel = "PORT",
      description = "The port of the captured inbound listener.")
  private @Nullable String inboundTo;

  @Option(
      names = OUTBOUND_TO,
      paramLabel = "PORT",
      description =
          "Lead what goes elsewhere to the captured outbound listener at this port, of 127.0.0.1"
              + " and, for IPv6, of ::1.")
  private @Nullable String outboundTo;

  @Option(
      names = PROXY_UID,
      paramLabel = "UID",
      description =
          "But not what the proxy itself sends, which runs as this user, and nobody else.")
  private @Nullable String proxyUid;

  @Option(
      names = EXCLUDE_OUTBOUND_PORTS,
      paramLabel = "PORT[,..]",
      description = "Nor what goes to these ports.")
  private @Nullable String excludeOutboundPorts;

  @Option(
      names = EXCLUDE_OUTBOUND_CIDRS,
      paramLabel = "CIDR[,..]",
      description = "Nor what goes to these networks or addresses.")
  private @Nullable String excludeOutboundCidrs;

  /** Whether any of them is. */
  boolean given() {
    return Stream.of(
            inboundPort,
            excludeInboundPorts,
            inboundTo,
            outboundTo,
            proxyUid,
            excludeOutboundPorts,
            excludeOutboundCidrs)
        .anyMatch(Objects::nonNull);
  }

  /**
   * @throws InvalidConfig with all that is wrong
   */
  CaptureRules rules(boolean ipv6) throws InvalidConfig {
    FlagFindings findings = new FlagFindings();
    if (inboundTo == null && outboundTo == null && inboundPort == null && proxyUid == null) {
      findings.problem(
          INBOUND_TO,
          "missing, and so is " + OUTBOUND_TO,
          "name the port of a captured listener, or write --clean");
    }
    Inbound inbound = inbound(findings);
    Outbound outbound = outbound(findings);
    if (inbound != null && outbound != null && inbound.to() == outbound.to()) {
      findings.problem(
          OUTBOUND_TO, "is what " + INBOUND_TO + " is", "give each listener a port of its own");
    }
    if (findings.any()) {
      throw findings.invalid();
    }
    return new CaptureRules(inbound, outbound, ipv6);
  }

  private @Nullable Inbound inbound(FlagFindings findings) {
    List<Integer> except = findings.optional(EXCLUDE_INBOUND_PORTS, excludeInboundPorts, PORTS);
    if (inboundTo == null && inboundPort == null) {
      refuseWithout(findings, EXCLUDE_INBOUND_PORTS, excludeInboundPorts, INBOUND_TO);
      return null;
    }
    Integer to =
        findings.required(
            INBOUND_TO, inboundTo, CaptureFlags::port, "name the port of the inbound listener");
    List<Integer> ports =
        findings.required(
            INBOUND_PORT,
            inboundPort,
            text -> text.equals(ALL) ? List.of() : PORTS.parse(text),
            "name the application's ports, or write all");
    if (to != null && ports != null && ports.contains(to)) {
      findings.problem(
          INBOUND_PORT,
          to + " is the proxy's own",
          "name the application's ports, at which its clients ask for it");
    }
    return to == null || ports == null
        ? null
        : new Inbound(ports, except == null ? List.of() : except, to);
  }

  private @Nullable Outbound outbound(FlagFindings findings) {
    List<Integer> ports = findings.optional(EXCLUDE_OUTBOUND_PORTS, excludeOutboundPorts, PORTS);
    List<IpRange> ranges =
        findings.optional(EXCLUDE_OUTBOUND_CIDRS, excludeOutboundCidrs, CaptureFlags::ranges);
    if (outboundTo == null && proxyUid == null) {
      refuseWithout(findings, EXCLUDE_OUTBOUND_PORTS, excludeOutboundPorts, OUTBOUND_TO);
      refuseWithout(findings, EXCLUDE_OUTBOUND_CIDRS, excludeOutboundCidrs, OUTBOUND_TO);
      return null;
    }
    Integer to =
        findings.required(
            OUTBOUND_TO, outboundTo, CaptureFlags::port, "name the port of the outbound listener");
    Long uid =
        findings.required(
            PROXY_UID,
            proxyUid,
            CaptureFlags::uid,
            "name the user of the proxy, whose own connections would come back to it");
    return to == null || uid == null
        ? null
        : new Outbound(
            to, uid, ports == null ? List.of() : ports, ranges == null ? List.of() : ranges);
  }

  private static void refuseWithout(
      FlagFindings findings, String flag, @Nullable String value, String needed) {
    if (value != null) {
      findings.problem(flag, "is of no use without " + needed, "add " + needed + ", or remove it");
    }
  }

  private static final FlagFindings.Parser<List<Integer>> PORTS =
      text -> {
        List<Integer> ports = new ArrayList<>();
        for (String each : text.split(",", -1)) {
          ports.add(port(each));
        }
        return ports;
      };

  private static int port(String text) throws Malformed {
    return (int) number(text, 1, HIGHEST_PORT, "a port");
  }

  private static long uid(String text) throws Malformed {
    return number(text, 0, HIGHEST_UID, "the number of a user");
  }

  private static long number(String text, long lowest, long highest, String what) throws Malformed {
    long number = text.matches("[0-9]{1,10}") ? Long.parseLong(text) : -1;
    if (number < lowest || number > highest) {
      throw new Malformed("'" + text + "' is not " + what, "write " + lowest + " to " + highest);
    }
    return number;
  }

  private static List<IpRange> ranges(String text) throws Malformed {
    List<IpRange> ranges = new ArrayList<>();
    for (String each : text.split(",", -1)) {
      ranges.add(IpRange.parse(each));
    }
    return ranges;
  }
}
