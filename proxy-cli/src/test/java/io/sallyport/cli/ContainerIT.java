package io.sallyport.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.sallyport.cli.Command.Ended;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The root file system of the image, built and run as a container runtime runs it. */
final class ContainerIT {

  private static final String USER = "65532";

  /** Mounts what a runtime mounts, all of it read-only, and becomes the program in there. */
  private static final String CONTAINED =
      """
      set -e
      root=$1 files=$2
      shift 2
      mount --bind "$root" "$root"
      mount --bind "$files/resolv.conf" "$root/etc/resolv.conf"
      mount --bind "$files" "$root/run/sallyport"
      mount -o bind,remount,ro "$root/run/sallyport"
      mount --rbind /proc "$root/proc"
      mount -t tmpfs -o mode=755 dev "$root/dev"
      for device in null random urandom; do
        touch "$root/dev/$device"
        mount --bind "/dev/$device" "$root/dev/$device"
      done
      mount -o remount,ro "$root/dev"
      mount -o bind,remount,ro "$root"
      exec chroot --userspec=65532:65532 --groups= "$root" "$@"
      """;

  private static Path root;
  private static boolean hasAotCache;

  private final Site site;

  ContainerIT(@TempDir Path folder) throws IOException {
    site = new Site(folder);
    Files.writeString(folder.resolve("resolv.conf"), "nameserver 127.0.0.1\n");
  }

  @BeforeAll
  static void build(@TempDir Path folder) throws IOException {
    assumeThat(System.getenv("CI_CONTAINER")).as("CI_CONTAINER asks for it").isEqualTo("1");
    assumeThat(System.getProperty("user.name")).as("root, who may mount").isEqualTo("root");
    assumeInstalled("cc", "unshare", "chroot", "nsenter");
    Path own = Path.of(System.getProperty("java.home"));
    Path jdk = InstalledJava.of(25).orElse(own);
    assumeThat(jdk.resolve("bin/jlink")).as("a JDK with jlink").exists();
    hasAotCache = !jdk.equals(own) || Runtime.version().feature() >= 25;
    root = folder.resolve("root");
    Ended built = Command.runOther("bash", builder(), "--jdk", jdk.toString(), root.toString());
    assertThat(built.exitCode()).as(built.err()).isZero();
  }

  private static void assumeInstalled(String... programs) {
    for (String program : programs) {
      assertThat(Command.runOther(program, "--version").exitCode()).isNotNegative();
    }
  }

  private static String builder() {
    return Path.of("..", "deploy", "container", "build-rootfs.sh").toAbsolutePath().toString();
  }

  @AfterEach
  void close() {
    site.close();
  }

  @Test
  void servesAndDrainsAsAnotherUserWhereNothingCanBeWritten() throws Exception {
    site.config("delay = 0s");
    Map<String, String> before = contents();
    try (Command command = Command.start(contained("run", "-c", "/run/sallyport/proxy.conf"))) {
      int port = command.port("web");
      assertThat(site.curl(port).out()).isEqualTo("hello\n");

      Path process = Path.of("/proc", Long.toString(command.pid()));
      assertThat(Files.readString(process.resolve("status")))
          .containsPattern("Uid:\t65532\t65532\t65532\t65532\n");
      List<String> mapped = Files.readAllLines(process.resolve("maps"));
      assertThat(mapped).noneMatch(line -> line.endsWith("(deleted)"));
      assertThat(mapped.stream().filter(line -> line.contains("libnetty")))
          .allMatch(line -> line.contains("/opt/sallyport/lib/native/"))
          .anyMatch(line -> line.contains("libnetty_tcnative"))
          .anyMatch(line -> line.contains("libnetty_transport_native_epoll"));
      assertThat(
              mapped.stream()
                  .anyMatch(line -> line.endsWith("/opt/sallyport/lib/cache/sallyport.aot")))
          .isEqualTo(hasAotCache);

      Ended drained = drain(command.pid(), command.port("admin"));
      assertThat(drained.exitCode()).as(drained.err()).isZero();
      command.signal("TERM");
      Ended ended = command.ended();
      assertThat(ended.exitCode()).isZero();
      assertThat(ended.err()).doesNotContain("\"level\":\"warn\"");
    }
    assertThat(contents()).isEqualTo(before);
  }

  @Test
  void aStartLoadsNothingOfBouncyCastle() throws Exception {
    site.config("delay = 0s");
    ProcessBuilder run = contained("run", "-c", "/run/sallyport/proxy.conf");
    run.environment().put("SALLYPORT_JAVA_OPTS", "-Xlog:class+load");
    try (Command command = Command.start(run)) {
      assertThat(site.curl(command.port("web")).out()).isEqualTo("hello\n");

      assertThat(command.out()).contains(" io.sallyport.").doesNotContain(" org.bouncycastle.");
    }
  }

  /** As a preStop is run: the program alone, in there. */
  private static Ended drain(long pid, int admin) {
    return Command.runOther(
        "nsenter",
        "--target=" + pid,
        "--mount",
        "--root",
        "--wd",
        "--setuid=" + USER,
        "--setgid=" + USER,
        "sallyport",
        "drain",
        "--admin",
        "127.0.0.1:" + admin);
  }

  @Test
  void runsEachCommandWithTheOptionsThatTheScriptGivesIt() {
    assertThat(flags("drain", "-XX:+PrintFlagsFinal"))
        .containsPattern("MaxHeapSize += " + (32L << 20) + " ");
    assertThat(flags("run", "-XX:+PrintFlagsFinal"))
        .containsPattern("MaxHeapSize += " + (160L << 20) + " ");
    assertThat(flags("run", "  -Xmx96m   -XX:+PrintFlagsFinal "))
        .containsPattern("MaxHeapSize += " + (96L << 20) + " ");
    assertThat(flags("../options/drain", "-XX:+PrintFlagsFinal"))
        .containsPattern("MaxHeapSize += " + (160L << 20) + " ");
  }

  private String flags(String command, String options) {
    ProcessBuilder builder = contained(command, "--help");
    builder.environment().put("SALLYPORT_JAVA_OPTS", options);
    return Command.run(builder).out();
  }

  @Test
  void passesItsArgumentsOnAsTheyAre() {
    Ended ended = Command.run(contained("check", "-c", "@no such $file *.conf"));

    assertThat(ended.exitCode()).isEqualTo(2);
    assertThat(ended.err()).contains("@no such $file *.conf: does not exist");
  }

  @Test
  void hasNoProgramBesideItsOwn() throws IOException {
    assertThat(names("usr/bin")).containsExactly("sallyport");
    assertThat(names("opt/java/bin")).containsExactly("java");
  }

  @Test
  void hasNftToCaptureWithWhereThatIsAskedFor(@TempDir Path folder) throws IOException {
    assumeInstalled("nft");
    Path withNft = folder.resolve("root");
    Ended built =
        Command.runOther(
            "bash",
            builder(),
            "--capture",
            "--jdk",
            InstalledJava.of(25).orElse(Path.of(System.getProperty("java.home"))).toString(),
            withNft.toString());
    assertThat(built.exitCode()).as(built.err()).isZero();

    Ended capture =
        Command.runOther(
            "unshare",
            "--mount",
            "--net",
            "sh",
            "-c",
            "root=$1; shift; mount --rbind /proc $root/proc; touch $root/dev/urandom;"
                + " mount --bind /dev/urandom $root/dev/urandom; exec chroot $root \"$@\"",
            "sh",
            withNft.toString(),
            "/usr/bin/sallyport",
            "capture",
            "--apply",
            "--inbound-port=all",
            "--inbound-to=15006");

    assertThat(capture.err()).isEmpty();
    assertThat(capture.exitCode()).isZero();
    assertThat(withNft.resolve("var/lib/dpkg/status.d/nftables")).exists();
  }

  @Test
  void whatCannotBeBuiltFromIsNamedAndNothingIsBegun(@TempDir Path folder) {
    String to = folder.resolve("root").toString();

    assertThat(build(to, "--jdk", "/nowhere"))
        .startsWith("error: --jdk: no bin/jlink in /nowhere; ");
    String jdk = System.getProperty("java.home");
    assertThat(build(to, "--jdk", jdk, "--dist", "/nowhere"))
        .startsWith("error: --dist: no bin/sallyport in /nowhere; ");
    assertThat(build(folder.toString(), "--jdk", jdk))
        .startsWith("error: " + folder + ": is there already; ");
    assertThat(build(to + " 2", "--jdk", jdk)).contains("root 2: has other than letters, ");
    assertThat(build(to, "--jdc", jdk)).startsWith("error: --jdc: unknown; ");
    assertThat(folder).isEmptyDirectory();
  }

  private static String build(String to, String... flags) {
    List<String> line = new ArrayList<>(List.of("bash", builder()));
    line.addAll(List.of(flags));
    line.add(to);
    Ended ended = Command.runOther(line.toArray(String[]::new));
    assertThat(ended.exitCode()).isEqualTo(2);
    return ended.err();
  }

  private ProcessBuilder contained(String... arguments) {
    List<String> line = new ArrayList<>(List.of("unshare", "--mount", "sh", "-c", CONTAINED, "sh"));
    line.addAll(List.of(root.toString(), site.folder().toString(), "/usr/bin/sallyport"));
    line.addAll(List.of(arguments));
    ProcessBuilder builder = new ProcessBuilder(line);
    builder.environment().keySet().retainAll(List.of("PATH"));
    ownFiles();
    return builder;
  }

  /** Of the user in there, as a Secret's are by fsGroup. */
  private void ownFiles() {
    try (Stream<Path> files = Files.walk(site.folder())) {
      for (Path file : files.toList()) {
        Files.setAttribute(file, "unix:uid", Integer.valueOf(USER));
      }
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private static List<String> names(String folder) throws IOException {
    try (Stream<Path> files = Files.list(root.resolve(folder))) {
      return files.map(file -> file.getFileName().toString()).toList();
    }
  }

  /** Each file of the root, with what changes when it is written. */
  private static Map<String, String> contents() throws IOException {
    Map<String, String> contents = new TreeMap<>();
    try (Stream<Path> files = Files.walk(root)) {
      for (Path file : files.toList()) {
        Map<String, Object> now =
            Files.readAttributes(file, "unix:ctime,size,ino", LinkOption.NOFOLLOW_LINKS);
        contents.put(file.toString(), new TreeMap<>(now).toString());
      }
    }
    return contents;
  }
}
