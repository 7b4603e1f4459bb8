package io.sallyport.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.sallyport.cli.Command.Ended;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Two hosts, {@code a} and {@code b}, that are network namespaces with a cable between them. What
 * runs on them is to be ended before.
 */
final class TwoHosts implements AutoCloseable {

  private final String prefix = "sallyport-" + ProcessHandle.current().pid() + "-";

  /** Where none can be made the test is skipped. */
  TwoHosts() throws IOException {
    boolean root = Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0);
    assumeTrue(root, "root, who alone can make network namespaces");
    assumeTrue(
        Command.runOther("ip", "netns", "add", name("a")).exitCode() == 0,
        "network namespaces can be made here");
    ip("netns", "add", name("b"));
    ip(
        "-n", name("a"), "link", "add", "eth0", "type", "veth", "peer", "name", "eth0", "netns",
        name("b"));
    for (String host : List.of("a", "b")) {
      ip("-n", name(host), "link", "set", "lo", "up");
      ip("-n", name(host), "addr", "add", v4(host) + "/24", "dev", "eth0");
      ip("-n", name(host), "addr", "add", v6(host) + "/64", "dev", "eth0", "nodad");
      ip("-n", name(host), "link", "set", "eth0", "up");
    }
  }

  private static void ip(String... arguments) {
    List<String> line = new ArrayList<>(List.of("ip"));
    line.addAll(List.of(arguments));
    assertThat(Command.runOther(line.toArray(String[]::new)).err()).isEmpty();
  }

  private String name(String host) {
    return prefix + host;
  }

  static String v4(String host) {
    return host.equals("a") ? "10.99.0.1" : "10.99.0.2";
  }

  static String v6(String host) {
    return host.equals("a") ? "fd99::1" : "fd99::2";
  }

  /** To be started there, as root. */
  ProcessBuilder on(String host, ProcessBuilder builder) {
    return Command.through(builder, "ip", "netns", "exec", name(host));
  }

  /** To be started there, as somebody without any rights. */
  ProcessBuilder on(String host, int uid, ProcessBuilder builder) {
    return on(host, as(uid, builder));
  }

  static ProcessBuilder as(int uid, ProcessBuilder builder) {
    String id = Integer.toString(uid);
    return Command.through(
        builder,
        "setpriv",
        "--reuid",
        id,
        "--regid",
        id,
        "--clear-groups",
        "--inh-caps=-all",
        "--bounding-set=-all");
  }

  /** Another program, run there to its end, as root. */
  Ended run(String host, String... line) {
    return Command.run(on(host, new ProcessBuilder(line)));
  }

  @Override
  public void close() {
    for (String host : List.of("a", "b")) {
      Command.runOther("ip", "netns", "del", name(host));
    }
  }
}
