package io.sallyport.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.sallyport.cli.Command.Ended;
import io.sallyport.identity.HandshakeFailure;
import java.io.File;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine.ParseResult;

/** The README does what it says, to the letter. */
final class ReadmeIT {

  private static final Path README = Path.of("..", "README.md");

  /** A block to type and, where it says so, what is seen then. */
  private static final Pattern BLOCK =
      Pattern.compile(
          "```sh\\n(?<typed>.*?)```\\n(?:\\n```\\n(?<seen>.*?)```\\n)?", Pattern.DOTALL);

  private static final String END = "-- end of block";

  /** Where Debian's PostgreSQL, and that of many others, has its socket. */
  private static final String SOCKETS = "/run/postgresql";

  /** A command of ours in a line that is shown and not to be typed as it is. */
  private static final Pattern SHOWN =
      Pattern.compile(
          "(?m)^    (?:\\$ |.*\\| )?sallyport (?<arguments>(?:[^|#>&\\n\\\\]|\\\\\\n)*)");

  private static final Pattern WORD = Pattern.compile("'([^']*)'|[^\\s'\\\\]+");

  /** One block, and what is seen after it. */
  private record Block(String typed, String seen) {
    boolean isOfPostgreSql() {
      return typed.contains("psql");
    }
  }

  private static List<Block> blocks() throws IOException {
    List<Block> blocks = new ArrayList<>();
    Matcher found = BLOCK.matcher(Files.readString(README));
    while (found.find()) {
      blocks.add(
          new Block(found.group("typed"), found.group("seen") == null ? "" : found.group("seen")));
    }
    return blocks;
  }

  /** All of it in one shell, as somebody would who reads from top to bottom. */
  @Test
  void whatIsToBeTypedWorksAndShowsWhatIsToBeSeen(@TempDir Path folder) throws IOException {
    List<Block> blocks = blocks().stream().filter(block -> !block.isOfPostgreSql()).toList();
    assertThat(blocks).as("blocks of the README").hasSizeGreaterThanOrEqualTo(6);

    type(blocks, folder);
  }

  @Test
  void aPostgreSqlIsReachedAsIsToBeTyped(@TempDir Path folder) throws IOException {
    List<Block> all = blocks();
    List<Block> ofIt = all.stream().filter(Block::isOfPostgreSql).toList();
    assertThat(ofIt).as("blocks of PostgreSQL").hasSize(1);

    try (PostgreSql server = PostgreSql.start()) {
      Block moved =
          new Block(
              ofIt.get(0).typed().replace(SOCKETS, server.sockets().toString()),
              ofIt.get(0).seen());
      assertThat(moved.typed()).contains(server.sockets().toString());
      type(List.of(all.get(0), moved), folder);
    }
  }

  private static void type(List<Block> blocks, Path folder) throws IOException {
    StringBuilder script = new StringBuilder("set -euo pipefail\ntrap 'kill $(jobs -p)' EXIT\n");
    for (Block block : blocks) {
      script.append(block.typed()).append("echo '").append(END).append("'\n");
    }
    Path file = Files.writeString(folder.resolve("typed.sh"), script);
    ProcessBuilder shell = Command.sallyport();
    shell
        .command("bash", file.toString())
        .directory(Files.createDirectory(folder.resolve("new")).toFile());
    shell.environment().put("no_proxy", "*");
    shell
        .environment()
        .merge(
            "PATH",
            Command.DISTRIBUTION.resolve("bin").toString(),
            (path, ours) -> ours + File.pathSeparator + path);

    Ended ended = Command.run(shell);

    assertThat(ended.exitCode()).as("%s%n%s", ended.out(), ended.err()).isZero();
    List<String> shown = List.of(ended.out().split(END + "\n"));
    assertThat(shown).hasSameSizeAs(blocks);
    for (int i = 0; i < blocks.size(); i++) {
      assertThat(shown.get(i)).as("after block %d", i + 1).endsWith(blocks.get(i).seen());
    }
  }

  static List<String> shown() throws IOException {
    String text = Files.readString(README);
    return SHOWN.matcher(text).results().map(found -> found.group(1)).toList();
  }

  /** Its places are to be filled in by who reads it, so it is taken apart and not run. */
  @ParameterizedTest
  @MethodSource("shown")
  void whatIsShownIsWhatTheCommandTakes(String arguments) {
    String[] words =
        WORD.matcher(arguments)
            .results()
            .map(word -> word.group(1) == null ? word.group() : word.group(1))
            .toArray(String[]::new);
    StringWriter out = new StringWriter();

    ParseResult taken =
        Sallyport.commandLine(new PrintWriter(out), new PrintWriter(out), words).parseArgs(words);

    assertThat(taken.subcommand().commandSpec().name()).isEqualTo(words[0]);
  }

  @ParameterizedTest
  @EnumSource
  void eachFailureOfAHandshakeIsExplained(HandshakeFailure failure) throws IOException {
    assertThat(Files.readString(README).lines())
        .as("a row of the table")
        .anyMatch(
            line ->
                line.startsWith("| `" + failure.label() + "` | ")
                    && line.endsWith(" | " + failure.advice() + " |"));
  }
}
