package io.sallyport.cli.capture;

import io.sallyport.config.IpRange;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What is led to the proxy. What stays on the loopback interface never is.
 *
 * @param inbound what comes; null for nothing
 * @param outbound what goes; null for nothing
 * @param ipv6 whether IPv6 is led there too, or goes where it was going
 */
public record CaptureRules(@Nullable Inbound inbound, @Nullable Outbound outbound, boolean ipv6) {

  /**
   * @param ports those that are; empty for all
   * @param except those that are not
   * @param to the port of the proxy's listener
   */
  public record Inbound(List<Integer> ports, List<Integer> except, int to) {
    public Inbound {
      ports = List.copyOf(ports);
      except = List.copyOf(except);
    }
  }

  /**
   * @param to the port of the proxy's listener, on loopback
   * @param proxyUid whose own connections are not
   * @param exceptPorts that are not
   * @param exceptRanges that are not
   */
  public record Outbound(
      int to, long proxyUid, List<Integer> exceptPorts, List<IpRange> exceptRanges) {
    public Outbound {
      exceptPorts = List.copyOf(exceptPorts);
      exceptRanges = List.copyOf(exceptRanges);
    }
  }

  /** Linux has a line for each address there. */
  public static boolean machineHasIpv6() {
    return Files.exists(Path.of("/proc/net/if_inet6"));
  }

  static boolean isV6(IpRange range) {
    return range.toString().indexOf(':') >= 0;
  }
}
