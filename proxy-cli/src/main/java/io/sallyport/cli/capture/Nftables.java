package io.sallyport.cli.capture;

import io.sallyport.cli.CommandFailed;
import io.sallyport.cli.capture.CaptureRules.Inbound;
import io.sallyport.cli.capture.CaptureRules.Outbound;
import io.sallyport.config.IpRange;
import java.util.List;
import java.util.stream.Collectors;

/**
 * A table of our own for both families, which nft replaces or removes in one transaction. NAT in a
 * table of family inet needs Linux 5.2.
 */
public final class Nftables implements Backend {

  private static final String TABLE = "table inet sallyport_capture";

  /** Adding what may be there makes that it can be deleted. */
  private static final String CLEAN = TABLE + "\ndelete " + TABLE + "\n";

  private final RuleProgram nft = new RuleProgram("nft");

  @Override
  public boolean isThere() {
    return nft.isThere();
  }

  @Override
  public String text(CaptureRules rules) {
    StringBuilder text = new StringBuilder();
    text.append("# Made by sallyport capture, for nft -f; removed by sallyport capture --clean.\n")
        .append(CLEAN)
        .append(TABLE)
        .append(" {\n");
    if (rules.inbound() != null) {
      inbound(text, rules.inbound(), rules.ipv6());
    }
    if (rules.outbound() != null) {
      outbound(text, rules.outbound(), rules.ipv6());
    }
    return text.append("}\n").toString();
  }

  private static void inbound(StringBuilder text, Inbound rules, boolean ipv6) {
    text.append("  chain inbound {\n")
        .append("    type nat hook prerouting priority -100; policy accept;\n")
        .append("    iifname \"lo\" return\n");
    family(text, ipv6);
    exceptPorts(text, rules.except());
    String which = rules.ports().isEmpty() ? "meta l4proto tcp" : "tcp dport " + set(rules.ports());
    text.append("    ").append(which).append(" redirect to :").append(rules.to()).append('\n');
    text.append("  }\n");
  }

  private static void outbound(StringBuilder text, Outbound rules, boolean ipv6) {
    text.append("  chain outbound {\n")
        .append("    type nat hook output priority -100; policy accept;\n")
        .append("    meta skuid ")
        .append(rules.proxyUid())
        .append(" return\n")
        .append("    oifname \"lo\" return\n");
    family(text, ipv6);
    exceptPorts(text, rules.exceptPorts());
    for (IpRange range : rules.exceptRanges()) {
      String family = CaptureRules.isV6(range) ? "ip6" : "ip";
      text.append("    ").append(family).append(" daddr ").append(range).append(" return\n");
    }
    text.append("    meta l4proto tcp redirect to :").append(rules.to()).append('\n');
    text.append("  }\n");
  }

  private static void family(StringBuilder text, boolean ipv6) {
    if (!ipv6) {
      text.append("    meta nfproto ipv6 return\n");
    }
  }

  private static void exceptPorts(StringBuilder text, List<Integer> ports) {
    if (!ports.isEmpty()) {
      text.append("    tcp dport ").append(set(ports)).append(" return\n");
    }
  }

  private static String set(List<Integer> ports) {
    return ports.stream()
        .distinct()
        .sorted()
        .map(String::valueOf)
        .collect(Collectors.joining(", ", "{ ", " }"));
  }

  @Override
  public void apply(CaptureRules rules) throws CommandFailed {
    nft.run(text(rules), "-f", "-");
  }

  @Override
  public void clean() throws CommandFailed {
    nft.run(CLEAN, "-f", "-");
  }
}
