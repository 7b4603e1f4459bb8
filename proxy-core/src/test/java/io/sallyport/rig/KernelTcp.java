package io.sallyport.rig;

import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** What Linux tells of its TCP connections (Documentation/networking/proc_net_tcp.rst). */
public final class KernelTcp {

  private static final List<Path> TABLES =
      List.of(Path.of("/proc/net/tcp"), Path.of("/proc/net/tcp6"));
  private static final int KEEPALIVE_TIMER = 2;

  private KernelTcp() {}

  /** One end of a connection, as the kernel holds it. */
  public record End(int localPort, int remotePort, int timer) {

    /** Nothing is in flight, and the next thing to happen by itself is a keepalive probe. */
    public boolean awaitsKeepAlive() {
      return timer == KEEPALIVE_TIMER;
    }
  }

  /** Skips a test by name where the kernel tells nothing. */
  public static void assumeTold() {
    assumeThat(TABLES.get(0)).as("/proc/net/tcp is there").exists();
  }

  /** Both ends of every connection on this machine. */
  public static List<End> ends() {
    return TABLES.stream().filter(Files::exists).flatMap(KernelTcp::ends).toList();
  }

  /** Whether an IPv4 socket of this machine listens on the port. */
  public static boolean listensOverV4(int port) {
    return ends(TABLES.get(0)).anyMatch(end -> end.localPort() == port && end.remotePort() == 0);
  }

  private static Stream<End> ends(Path table) {
    try {
      return Files.readAllLines(table).stream().skip(1).map(KernelTcp::end);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private static End end(String line) {
    String[] columns = line.trim().split("\\s+", -1);
    return new End(
        port(columns[1]), port(columns[2]), Integer.parseInt(columns[5].substring(0, 2), 16));
  }

  private static int port(String address) {
    return Integer.parseInt(address.substring(address.indexOf(':') + 1), 16);
  }
}
