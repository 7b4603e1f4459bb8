package io.sallyport.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.sallyport.cli.Command.Ended;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code bin/sallyport}: wherever it is, and whatever Java there is. */
final class LauncherIT {

  private final Path folder;

  LauncherIT(@TempDir Path folder) {
    this.folder = folder;
  }

  private static Ended version(ProcessBuilder builder) {
    Ended ended = Command.run(builder);
    assertThat(ended.exitCode()).as(ended.err()).isZero();
    assertThat(ended.out()).startsWith("sallyport  ");
    assertThat(ended.err()).isEmpty();
    return ended;
  }

  /** The script with this {@code JAVA_HOME}; empty for none. */
  private static ProcessBuilder with(String javaHome) {
    ProcessBuilder builder = Command.sallyport("version");
    builder.environment().put("JAVA_HOME", javaHome);
    return builder;
  }

  @Test
  void runsThroughLinksFromAnotherFolder() throws Exception {
    Path bin = Files.createDirectory(folder.resolve("my bin"));
    Files.createSymbolicLink(folder.resolve("absolute"), copy().resolve("bin/sallyport"));
    Path relative = Files.createSymbolicLink(bin.resolve("sallyport"), Path.of("../absolute"));

    version(at(relative.toString()).directory(folder.toFile()));
    version(at("./sallyport").directory(bin.toFile()));
  }

  @Test
  void runsFromAFolderWithSpacesInItsName() throws Exception {
    version(at("bin/sallyport").directory(copy().toFile()));
  }

  private static ProcessBuilder at(String script) {
    ProcessBuilder builder = Command.sallyport("version");
    builder.command().set(0, script);
    return builder;
  }

  private Path copy() throws IOException {
    return copy("all of it");
  }

  private Path copy(String name) throws IOException {
    Path copy = folder.resolve(name);
    try (Stream<Path> files = Files.walk(Command.DISTRIBUTION)) {
      for (Path file : files.toList()) {
        Files.copy(file, copy.resolve(Command.DISTRIBUTION.relativize(file).toString()));
      }
    }
    executable(copy.resolve("bin/sallyport"));
    executable(copy.resolve("bin/sallyport-cache"));
    return copy;
  }

  private static void executable(Path file) throws IOException {
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  @Test
  void passesItsArgumentsOnAsTheyAre() {
    ProcessBuilder builder = Command.sallyport("check", "-c", "no such $file *.conf");

    assertThat(Command.run(builder).err()).contains("no such $file *.conf: does not exist");
  }

  @Test
  void takesTheJavaOfThePathWithoutJavaHome() {
    ProcessBuilder builder = with("");
    String path = System.getProperty("java.home") + "/bin:" + System.getenv("PATH");
    builder.environment().put("PATH", path);

    assertThat(version(builder).out()).contains(System.getProperty("java.vm.name"));
    builder.environment().remove("JAVA_HOME");
    assertThat(version(builder).out()).contains(Runtime.version().toString());
  }

  @Test
  void saysWhatIsWrongWithJava() throws Exception {
    assertThat(Command.run(with("/nowhere")))
        .isEqualTo(
            failed("JAVA_HOME: no bin/java in /nowhere; name the folder of a Java 17 or later"));

    ProcessBuilder none = with("");
    none.environment().put("PATH", tools().toString());
    assertThat(Command.run(none))
        .isEqualTo(failed("java: not found; install Java 17 or later, or set JAVA_HOME"));

    Path eight = fakeJava("eight", "java version \"1.8.0_392\"");
    assertThat(Command.run(with(eight.toString())))
        .isEqualTo(failed(eight + "/bin/java: is Java 8; Sallyport needs 17 or later"));
    Files.writeString(eight.resolve("release"), "JAVA_VERSION=\"1.8.0_392\"\n");
    assertThat(Command.run(with(eight.toString())))
        .isEqualTo(failed(eight + "/bin/java: is Java 8; Sallyport needs 17 or later"));
    Path old = fakeJava("old", "openjdk version \"11.0.2\" 2019-01-15");
    assertThat(Command.run(with(old.toString())))
        .isEqualTo(failed(old + "/bin/java: is Java 11; Sallyport needs 17 or later"));
    Files.writeString(old.resolve("release"), "IMPLEMENTOR=\"x\"\nJAVA_VERSION=\"16.0.1\"\n");
    assertThat(Command.run(with(old.toString())))
        .isEqualTo(failed(old + "/bin/java: is Java 16; Sallyport needs 17 or later"));

    Path odd = fakeJava("odd", "hello");
    assertThat(Command.run(with(odd.toString())))
        .isEqualTo(
            failed(odd + "/bin/java: is Java of an unknown version; Sallyport needs 17 or later"));
  }

  private static Ended failed(String fault) {
    return new Ended(2, "", "error: " + fault + "\n");
  }

  /** A folder that has all that the script needs, but no Java. */
  private Path tools() throws IOException {
    Path tools = Files.createDirectory(folder.resolve("tools"));
    for (String tool : new String[] {"dirname", "readlink", "sed"}) {
      String real = Command.runOther("sh", "-c", "command -v " + tool).out().strip();
      executable(Files.writeString(tools.resolve(tool), "#!/bin/sh\nexec " + real + " \"$@\"\n"));
    }
    return tools;
  }

  private Path fakeJava(String name, String version) throws IOException {
    Path home = folder.resolve(name);
    Path java = Files.createDirectories(home.resolve("bin")).resolve("java");
    executable(Files.writeString(java, "#!/bin/sh\necho '" + version + "' >&2\n"));
    return home;
  }

  @Test
  void moreOptionsForJavaComeLastAndWin() {
    ProcessBuilder builder = Command.sallyport("version");
    builder.environment().put("SALLYPORT_JAVA_OPTS", "-Xmx96m -XX:+PrintFlagsFinal");

    assertThat(Command.run(builder).out())
        .containsPattern("MaxHeapSize += " + (96L << 20) + " ")
        .contains("sallyport  ");
  }

  @ParameterizedTest
  @ValueSource(strings = {"status", "denials", "reload", "drain"})
  void whoAsksARunningProxyTakesLittleMemory(String command) {
    ProcessBuilder builder = Command.sallyport(command, "--help");
    builder.environment().put("SALLYPORT_JAVA_OPTS", "-XX:+PrintFlagsFinal");

    assertThat(Command.run(builder).out()).containsPattern("MaxHeapSize += " + (32L << 20) + " ");
  }

  @Test
  void tellsJavaWhichOfItsStreamsIsATerminal() throws Exception {
    Path home = fakeJava("echo", "java");
    executable(Files.writeString(home.resolve("bin/java"), "#!/bin/sh\necho \"$@\"\n"));
    Files.writeString(home.resolve("release"), "JAVA_VERSION=\"17.0.1\"\n");
    ProcessBuilder errorsElsewhere =
        Command.through(with(home.toString()), "sh", "-c", "\"$@\" 2>/dev/null", "sh");

    assertThat(Command.run(with(home.toString())).out())
        .contains(" -Dsallyport.stderr.tty=false -Dsallyport.stdout.tty=false ");
    assertThat(onTerminal(with(home.toString())))
        .contains(" -Dsallyport.stderr.tty=true -Dsallyport.stdout.tty=true ");
    assertThat(onTerminal(errorsElsewhere))
        .contains(" -Dsallyport.stderr.tty=false -Dsallyport.stdout.tty=true ");
  }

  @Test
  void hasJavaGiveMemoryBackWhereItCan() throws Exception {
    assumeThat(Path.of("/proc/self")).as("this system is Linux").exists();
    Path home = fakeJava("echo", "java");
    executable(Files.writeString(home.resolve("bin/java"), "#!/bin/sh\necho \"$@\"\n"));

    for (String version : List.of("17", "17.0.14", "18.0.2", "20.0.2.1", "21", "21.0.6")) {
      assertThat(options(home, version)).as(version).doesNotContain("TrimNativeHeap");
    }
    for (String version : List.of("17.0.15", "17.0.15.1", "21.0.7", "22", "25.0.3", "26-ea")) {
      assertThat(options(home, version)).as(version).contains("-XX:TrimNativeHeapInterval=5000 ");
    }
  }

  @Test
  void hasWhatMovesFilesCompiledSoonAndNothingElse() throws Exception {
    Path home = fakeJava("echo", "java");
    executable(Files.writeString(home.resolve("bin/java"), "#!/bin/sh\necho \"$@\"\n"));
    Files.writeString(home.resolve("release"), "JAVA_VERSION=\"17.0.1\"\n");

    for (String command : List.of("seal", "open", "reseal", "run", "rewrap", "")) {
      ProcessBuilder builder = Command.sallyport(command);
      builder.environment().put("JAVA_HOME", home.toString());
      assertThat(
              Command.run(builder).out().contains(" -XX:CompileCommand=CompileThresholdScaling,"))
          .as(command)
          .isEqualTo(List.of("seal", "open", "reseal").contains(command));
    }
  }

  private static String options(Path home, String version) throws IOException {
    Files.writeString(home.resolve("release"), "JAVA_VERSION=\"" + version + "\"\n");
    return Command.run(with(home.toString())).out();
  }

  private static String onTerminal(ProcessBuilder builder) {
    try (Command command = Command.startOnTerminal(builder)) {
      return command.ended().out();
    }
  }

  private static List<String> classes(ProcessBuilder builder) {
    builder.environment().put("SALLYPORT_JAVA_OPTS", "-Xlog:class+load");
    Ended ended = Command.run(builder);
    assertThat(ended.exitCode()).as(ended.err()).isZero();
    return ended.out().lines().filter(line -> line.contains(" io.sallyport.")).toList();
  }

  @Test
  void aStartTakesItsClassesReadyMade() {
    assertThat(classes(Command.sallyport("version")))
        .isNotEmpty()
        .anyMatch(line -> line.contains(" source: shared objects file"));
  }

  @Test
  void librariesAreLoadedFromWhereTheyLie() throws Exception {
    Path nothing = Files.createDirectory(folder.resolve("nothing"));
    ProcessBuilder demo = Command.sallyport("demo", "--once");
    demo.environment().put("SALLYPORT_JAVA_OPTS", "-Dio.netty.native.workdir=" + nothing);
    assertThat(nothing.toFile().setWritable(false)).isTrue();

    assertThat(Command.run(demo).exitCode()).isZero();
    assertThat(nothing).isEmptyDirectory();
  }

  @Test
  void anotherJavaStartsWithoutAndSaysSo() throws Exception {
    Path copy = copy();
    Files.writeString(copy.resolve("lib/cache/release"), "JAVA_VERSION=\"17.0.0\"\n");

    try (Site site = new Site(folder)) {
      ProcessBuilder run = Command.sallyport("run", "-c", site.config("delay = 0s"));
      run.command().set(0, copy.resolve("bin/sallyport").toString());
      try (Command command = Command.start(run)) {
        assertThat(command.line(line -> line.contains("\"ready\"")))
            .contains(
                "\"classes\":\"not ready made, which another Java did; run bin/sallyport-cache once\"");
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {17, 25})
  void theJavaThatIsThereHasThemMadeAnew(int feature) throws Exception {
    Optional<Path> java = InstalledJava.of(feature);
    assumeThat(java).as("a JDK %d is installed", feature).isPresent();
    Path copy = copy("copy"); // Java 17 takes none from a path with blanks
    ProcessBuilder make = Command.sallyport();
    make.command(copy.resolve("bin/sallyport-cache").toString());
    make.environment().put("JAVA_HOME", java.orElseThrow().toString());
    ProcessBuilder version = at(copy.resolve("bin/sallyport").toString());
    version.environment().put("JAVA_HOME", java.orElseThrow().toString());

    assertThat(Command.run(make)).isEqualTo(new Ended(0, "", ""));

    version(version);
    assertThat(classes(version)).anyMatch(line -> line.contains(" source: shared objects file"));
    try (Stream<Path> made = Files.list(copy.resolve("lib/cache"))) {
      assertThat(made).hasSize(2);
    }
  }

  @Test
  void whereNoneCanBeMadeThoseThatAreThereStay() throws Exception {
    Path copy = copy();
    Files.delete(copy.resolve("lib/config-1.4.5.jar")); // without which nothing starts
    ProcessBuilder make = Command.sallyport();
    make.command(copy.resolve("bin/sallyport-cache").toString());

    Ended failed = Command.run(make);

    assertThat(failed.exitCode()).isEqualTo(1);
    assertThat(failed.err()).startsWith("error: a start for it failed: ");
    assertThat(copy.resolve("lib/cache/release")).exists();
    try (Stream<Path> left = Files.list(copy.resolve("lib"))) {
      assertThat(left.filter(file -> file.getFileName().toString().startsWith("cache"))).hasSize(1);
    }

    make.environment().put("JAVA_HOME", "/nowhere");
    assertThat(Command.run(make))
        .isEqualTo(
            failed("JAVA_HOME: no bin/java in /nowhere; name the folder of a Java 17 or later"));
  }

  @Test
  void whatIsNotAsItWasWhenTheyWereMadeIsReadAnew() throws Exception {
    Path copy = copy();
    ProcessBuilder make = Command.sallyport();
    make.command(copy.resolve("bin/sallyport-cache").toString());
    assertThat(Command.run(make).err()).isEmpty();
    Path jar = copy.resolve("lib/proxy-cli-0.1.0.jar");
    Files.setLastModifiedTime(jar, FileTime.fromMillis(0));

    version(at(copy.resolve("bin/sallyport").toString()));
  }

  @Test
  void java25HasNothingToWarnOf() throws Exception {
    Optional<Path> java25 = InstalledJava.of(25);
    assumeThat(java25).as("a JDK 25 is installed").isPresent();
    ProcessBuilder builder = Command.sallyport("demo", "--once");
    builder.environment().put("JAVA_HOME", java25.orElseThrow().toString());
    Ended ended = Command.run(builder);

    assertThat(ended.exitCode()).as(ended.out()).isZero();
    assertThat(ended.err()).isEmpty();
    assertThat(version(with(java25.orElseThrow().toString())).out()).contains("java       25");
  }
}
