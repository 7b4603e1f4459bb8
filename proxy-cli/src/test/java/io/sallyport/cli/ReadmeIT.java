package io.sallyport.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.sallyport.cli.Command.Ended;
import io.sallyport.identity.HandshakeFailure;
import java.io.File;
import java.io.IOException;
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

/** The README does what it says, to the letter. */
final class ReadmeIT {

  private static final Path README = Path.of("..", "README.md");

  /** A block to type and, where it says so, what is seen then. */
  private static final Pattern BLOCK =
      Pattern.compile(
          "```sh\\n(?<typed>.*?)```\\n(?:\\n```\\n(?<seen>.*?)```\\n)?", Pattern.DOTALL);

  private static final String END = "-- end of block";

  /** All of it in one shell, as somebody would who reads from top to bottom. */
  @Test
  void whatIsToBeTypedWorksAndShowsWhatIsToBeSeen(@TempDir Path folder) throws IOException {
    StringBuilder script = new StringBuilder("set -euo pipefail\ntrap 'kill $(jobs -p)' EXIT\n");
    List<String> seen = new ArrayList<>();
    Matcher blocks = BLOCK.matcher(Files.readString(README));
    while (blocks.find()) {
      script.append(blocks.group("typed")).append("echo '").append(END).append("'\n");
      seen.add(blocks.group("seen") == null ? "" : blocks.group("seen"));
    }
    assertThat(seen).as("blocks of the README").hasSizeGreaterThanOrEqualTo(6);
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
    assertThat(shown).hasSameSizeAs(seen);
    for (int i = 0; i < seen.size(); i++) {
      assertThat(shown.get(i)).as("after block %d", i + 1).endsWith(seen.get(i));
    }
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
