package io.sallyport.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The manual page says what the command itself says. */
class ManPageTest {

  private static final Path PAGE = Path.of("src/main/dist/share/man/man1/sallyport.1");
  private static final Pattern COMMAND = Pattern.compile("\\.TP\n\\.B (\\w+)\n([^.].*)\n");

  private final String page = Files.readString(PAGE);

  ManPageTest() throws IOException {}

  private Map<String, String> commands() {
    int begin = page.indexOf(".SH COMMANDS");
    Matcher commands = COMMAND.matcher(page.substring(begin, page.indexOf(".SH SIGNALS")));
    Map<String, String> described = new LinkedHashMap<>();
    while (commands.find()) {
      String words = commands.group(2).replace("\\-", "-").replace("\\(aq", "'");
      described.put(commands.group(1), words);
    }
    return described;
  }

  private static String help(String... arguments) {
    StringWriter out = new StringWriter();
    Sallyport.run(new PrintWriter(out), new PrintWriter(out), arguments);
    return out.toString();
  }

  @Test
  void hasEveryCommandInTheOrderOfTheHelp() {
    List<String> named =
        help("--help")
            .lines()
            .dropWhile(line -> !line.startsWith("Commands:"))
            .filter(line -> line.matches("  \\w+ .*"))
            .map(line -> line.strip().split(" ", 2)[0])
            .toList();

    assertThat(named).contains("run", "help");
    assertThat(commands().keySet()).containsExactlyElementsOf(named);
  }

  @Test
  void describesEachAsItsHelpDoes() {
    commands()
        .forEach(
            (command, words) ->
                assertThat(help(command, "--help").replaceAll("\\s+", " "))
                    .as(command)
                    .contains(" " + words + " "));
  }
}
