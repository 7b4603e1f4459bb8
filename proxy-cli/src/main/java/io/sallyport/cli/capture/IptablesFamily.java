package io.sallyport.cli.capture;

import io.sallyport.cli.CommandFailed;
import io.sallyport.cli.capture.CaptureRules.Inbound;
import io.sallyport.cli.capture.CaptureRules.Outbound;
import io.sallyport.config.IpRange;
import java.util.ArrayList;
import java.util.List;

/** The rules of one address family: two chains of our own, and a jump to each. */
final class IptablesFamily {

  private static final String INBOUND = "SALLYPORT_INBOUND";
  private static final String OUTBOUND = "SALLYPORT_OUTBOUND";

  private static final List<String> CHAINS = List.of(INBOUND, OUTBOUND);

  private static final String JUMP_IN = "PREROUTING -p tcp -j " + INBOUND;
  private static final String JUMP_OUT = "OUTPUT -p tcp -j " + OUTBOUND;

  /** For who holds the lock; not each of the programs that have this name takes a time for it. */
  private static final String WAIT = "-w";

  private final boolean v6;
  private final RuleProgram save;
  private final RuleProgram restore;

  IptablesFamily(String program, boolean v6) {
    this.v6 = v6;
    save = new RuleProgram(program + "-save");
    restore = new RuleProgram(program + "-restore");
  }

  boolean isThere() {
    return save.isThere() && restore.isThere();
  }

  /** As on a machine without any of it. */
  String text(CaptureRules rules) {
    return change(rules, List.of());
  }

  /** The lines of all rules of NAT that there are. */
  List<String> present() throws CommandFailed {
    return save.run("", "-t", "nat").lines().toList();
  }

  /** Whether the kernel would take it; changes nothing. */
  void test(CaptureRules rules, List<String> present) throws CommandFailed {
    restore(change(rules, present), "--test");
  }

  /** All at once, in place of what was made here before. */
  void apply(CaptureRules rules, List<String> present) throws CommandFailed {
    restore(change(rules, present));
  }

  /** Removes what was made here; does nothing where nothing was. */
  void clean(List<String> present) throws CommandFailed {
    List<String> lines = new ArrayList<>(jumpsAway(present));
    for (String chain : CHAINS) {
      if (isDeclared(chain, present)) {
        lines.add("-F " + chain);
        lines.add("-X " + chain);
      }
    }
    if (!lines.isEmpty()) {
      restore(nat(lines));
    }
  }

  /** Has our rules be as they were, all at once, and no others change. */
  void putBack(List<String> before) throws CommandFailed {
    List<String> lines = emptied();
    lines.addAll(jumpsAway(present()));
    for (String line : before) {
      boolean ours =
          line.startsWith("-A " + INBOUND + " ") || line.startsWith("-A " + OUTBOUND + " ");
      if (ours || isJump(line)) {
        lines.add(line);
      }
    }
    for (String chain : CHAINS) {
      if (!isDeclared(chain, before)) {
        lines.add("-X " + chain);
      }
    }
    restore(nat(lines));
  }

  private void restore(String text, String... more) throws CommandFailed {
    List<String> arguments = new ArrayList<>(List.of("--noflush", WAIT));
    arguments.addAll(List.of(more));
    restore.run(text, arguments.toArray(String[]::new));
  }

  private static boolean isDeclared(String chain, List<String> present) {
    return present.stream().anyMatch(line -> line.startsWith(":" + chain + " "));
  }

  private static boolean isJump(String line) {
    return line.equals("-A " + JUMP_IN) || line.equals("-A " + JUMP_OUT);
  }

  /** Declared anew, a chain that is there is emptied. */
  private static List<String> emptied() {
    List<String> lines = new ArrayList<>();
    CHAINS.forEach(chain -> lines.add(":" + chain + " - [0:0]"));
    return lines;
  }

  /** A rule is removed once for each time that it is there. */
  private static List<String> jumpsAway(List<String> present) {
    return present.stream()
        .filter(IptablesFamily::isJump)
        .map(line -> "-D" + line.substring("-A".length()))
        .toList();
  }

  private String change(CaptureRules rules, List<String> present) {
    List<String> lines = emptied();
    lines.addAll(jumpsAway(present));
    if (rules.inbound() != null) {
      inbound(lines, rules.inbound());
    }
    if (rules.outbound() != null) {
      outbound(lines, rules.outbound());
    }
    return nat(lines);
  }

  private static void inbound(List<String> lines, Inbound rules) {
    String start = "-A " + INBOUND;
    lines.add(start + " -i lo -j RETURN");
    rules.except().forEach(port -> lines.add(start + " -p tcp --dport " + port + " -j RETURN"));
    String redirect = " -j REDIRECT --to-ports " + rules.to();
    if (rules.ports().isEmpty()) {
      lines.add(start + " -p tcp" + redirect);
    }
    rules.ports().forEach(port -> lines.add(start + " -p tcp --dport " + port + redirect));
    lines.add("-A " + JUMP_IN);
  }

  private void outbound(List<String> lines, Outbound rules) {
    String start = "-A " + OUTBOUND;
    lines.add(start + " -m owner --uid-owner " + rules.proxyUid() + " -j RETURN");
    lines.add(start + " -o lo -j RETURN");
    rules
        .exceptPorts()
        .forEach(port -> lines.add(start + " -p tcp --dport " + port + " -j RETURN"));
    for (IpRange range : rules.exceptRanges()) {
      if (CaptureRules.isV6(range) == v6) {
        lines.add(start + " -d " + range + " -j RETURN");
      }
    }
    lines.add(start + " -p tcp -j REDIRECT --to-ports " + rules.to());
    lines.add("-A " + JUMP_OUT);
  }

  private static String nat(List<String> lines) {
    return "*nat\n" + String.join("\n", lines) + "\nCOMMIT\n";
  }
}
