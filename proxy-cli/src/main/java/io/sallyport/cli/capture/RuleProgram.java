package io.sallyport.cli.capture;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.sallyport.cli.CommandFailed;
import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** One program, run to its end. */
final class RuleProgram {

  /** Another program may hold the kernel's lock for a while. */
  private static final long LONGEST_SECONDS = 60;

  /** Where such programs are; an unprivileged user's PATH may lack them. */
  private static final List<String> SYSTEM_FOLDERS =
      List.of("/usr/sbin", "/sbin", "/usr/local/sbin");

  private final String name;

  RuleProgram(String name) {
    this.name = name;
  }

  /** How it ended, and all that it said. */
  private record Ended(int exitCode, String said) {}

  boolean isThere() {
    return path().isPresent();
  }

  private Optional<Path> path() {
    String[] path = System.getenv().getOrDefault("PATH", "").split(File.pathSeparator, -1);
    return Stream.concat(Stream.of(path), SYSTEM_FOLDERS.stream())
        .filter(folder -> !folder.isEmpty())
        .map(folder -> Path.of(folder, name))
        .filter(Files::isExecutable)
        .findFirst();
  }

  /**
   * @param input what it reads
   * @return what it said
   * @throws CommandFailed when it is not there or does not succeed
   */
  String run(String input, String... arguments) throws CommandFailed {
    Path path =
        path()
            .orElseThrow(
                () ->
                    CommandFailed.failed(
                        "--backend",
                        name + " is not installed",
                        "install it, or choose the other of nft and iptables"));
    Ended ended;
    try {
      ended = ended(path, input, arguments);
    } catch (IOException e) {
      throw CommandFailed.failed(name, e, "see that it can be run");
    }
    if (ended.exitCode() != 0) {
      String said = ended.said().strip().replaceAll("\\s*\\R\\s*", ", ");
      throw CommandFailed.failed(
          name,
          said.isEmpty() ? "failed with exit code " + ended.exitCode() : said,
          said.contains("ermi") // permitted, permission
              ? "run it as root, or with the capability NET_ADMIN"
              : "see that the kernel and the program can do it");
    }
    return ended.said();
  }

  private static Ended ended(Path path, String input, String... arguments) throws IOException {
    List<String> line = new ArrayList<>(List.of(path.toString()));
    line.addAll(List.of(arguments));
    Process process = new ProcessBuilder(line).redirectErrorStream(true).start();
    try {
      try (OutputStream in = process.getOutputStream()) {
        in.write(input.getBytes(UTF_8));
      } catch (IOException e) {
        // It has ended without reading all, and says why.
      }
      CompletableFuture.delayedExecutor(LONGEST_SECONDS, TimeUnit.SECONDS)
          .execute(process::destroyForcibly);
      String said = new String(process.getInputStream().readAllBytes(), UTF_8);
      return new Ended(process.waitFor(), said);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    } finally {
      process.destroyForcibly();
    }
  }
}
