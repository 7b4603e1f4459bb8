package io.sallyport.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * A PostgreSQL of the test's own, on a Unix socket alone; where there is none the test is skipped.
 */
final class PostgreSql implements AutoCloseable {

  private final Path programs;
  private final boolean root;

  /** Short, since the path of a socket may have 107 bytes. */
  private final Path folder;

  private PostgreSql(Path programs) throws IOException {
    this.programs = programs;
    root = Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0);
    folder =
        Files.createTempDirectory(
            "pg",
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx--x--x")));
  }

  static PostgreSql start() throws IOException {
    List<Path> found;
    try (Stream<Path> versions =
        Files.exists(Path.of("/usr/lib/postgresql"))
            ? Files.list(Path.of("/usr/lib/postgresql"))
            : Stream.empty()) {
      found =
          versions
              .map(version -> version.resolve("bin"))
              .filter(bin -> Files.isExecutable(bin.resolve("initdb")))
              .toList();
    }
    assumeThat(found).as("PostgreSQL is installed").isNotEmpty();
    PostgreSql server = new PostgreSql(found.get(0));
    try {
      server.begin();
      return server;
    } catch (Throwable e) {
      server.close();
      throw e;
    }
  }

  private void begin() throws IOException {
    if (root) { // as whom it does not run
      Files.setAttribute(
          folder,
          "posix:owner",
          folder.getFileSystem().getUserPrincipalLookupService().lookupPrincipalByName("postgres"));
    }
    run("initdb", "--pgdata=" + data(), "--username=postgres", "--auth=trust", "--no-sync");
    run(
        "pg_ctl",
        "--pgdata=" + data(),
        "--log=" + folder.resolve("log"),
        "--wait",
        "--options=-c listen_addresses='' -c fsync=off -k " + folder,
        "start");
  }

  private Path data() {
    return folder.resolve("data");
  }

  private void run(String program, String... arguments) throws IOException {
    List<String> line = new ArrayList<>();
    if (root) {
      line.addAll(List.of("runuser", "-u", "postgres", "--"));
    }
    line.add(programs.resolve(program).toString());
    line.addAll(List.of(arguments));
    // To a file: the server would hold a pipe open, whose end would be waited for.
    Path said = folder.resolveSibling(folder.getFileName() + ".said");
    try {
      Process process =
          new ProcessBuilder(line)
              .redirectErrorStream(true)
              .redirectOutput(said.toFile())
              .directory(folder.toFile())
              .start();
      assertThat(process.waitFor()).as("%s: %s", line, Files.readString(said)).isZero();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    } finally {
      Files.deleteIfExists(said);
    }
  }

  Path sockets() {
    return folder;
  }

  @Override
  public void close() throws IOException {
    if (Files.exists(data().resolve("postmaster.pid"))) {
      run("pg_ctl", "--pgdata=" + data(), "--wait", "--mode=immediate", "stop");
    }
    try (Stream<Path> all = Files.walk(folder)) {
      for (Path each : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(each);
      }
    }
  }
}
