package io.sallyport.cli.capture;

import io.sallyport.cli.CommandFailed;
import java.util.List;

/**
 * iptables and ip6tables, over whichever part of the kernel they are for. Each family changes at
 * once; where the second cannot, the first is put back. The chains that these programs make of
 * themselves in a kernel that has none stay there, empty.
 */
public final class Iptables implements Backend {

  private final IptablesFamily v4 = new IptablesFamily("iptables", false);
  private final IptablesFamily v6 = new IptablesFamily("ip6tables", true);

  @Override
  public boolean isThere() {
    return v4.isThere();
  }

  @Override
  public String text(CaptureRules rules) {
    String made = "# Made by sallyport capture; removed by sallyport capture --clean.\n";
    String text = made + "# For iptables-restore --noflush\n" + v4.text(rules);
    return rules.ipv6() ? text + "# For ip6tables-restore --noflush\n" + v6.text(rules) : text;
  }

  @Override
  public void apply(CaptureRules rules) throws CommandFailed {
    List<String> before = v4.present();
    List<String> before6 = rules.ipv6() ? v6.present() : presentOverIpv6();
    v4.test(rules, before);
    if (rules.ipv6()) {
      v6.test(rules, before6);
    }
    v4.apply(rules, before);
    try {
      if (rules.ipv6()) {
        v6.apply(rules, before6);
      } else {
        v6.clean(before6); // what was made when IPv6 was not left alone
      }
    } catch (CommandFailed e) {
      v4.putBack(before);
      throw e;
    }
  }

  @Override
  public void clean() throws CommandFailed {
    v4.clean(v4.present());
    v6.clean(presentOverIpv6());
  }

  /** Nothing where there is no IPv6, of which the program may have more to say than that. */
  private List<String> presentOverIpv6() throws CommandFailed {
    return v6.isThere() && CaptureRules.machineHasIpv6() ? v6.present() : List.of();
  }
}
