package io.sallyport.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.sallyport.cli.Command.Ended;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the journal of systemd is given to tell errors from the rest. */
final class JournalIT {

  private final Site site;
  private final Path config;

  JournalIT(@TempDir Path folder) throws IOException {
    site = new Site(folder);
    config = Path.of(site.config("delay = 0s"));
  }

  @AfterEach
  void close() {
    site.close();
  }

  @Test
  void errorsAndWarningsHaveTheirPriority() throws Exception {
    Files.setPosixFilePermissions(
        site.folder().resolve("server.key"), PosixFilePermissions.fromString("rw-r--r--"));
    assertThat(Command.run(Systemd.withJournal("check", "-c", "" + config)).out().lines())
        .anyMatch(line -> line.startsWith("<4>warning: identities.server.key"));

    Files.writeString(config, "sallyport { inbound.web.lisen = 1 }");
    Ended ended = Command.run(Systemd.withJournal("run", "-c", "" + config));
    assertThat(ended.exitCode()).isEqualTo(2);
    assertThat(ended.out().lines()).allMatch(line -> line.startsWith("<3>error: "));
  }

  @Test
  void whatIsLoggedHasItToo() throws Exception {
    try (Command command = Command.start(Systemd.withJournal("run", "-c", "" + config))) {
      assertThat(command.line(line -> line.contains("\"ready\""))).startsWith("<6>{\"time\":");
    }
  }

  @Test
  void anInheritedVariableMarksNothing() {
    ProcessBuilder builder = Command.sallyport("check", "-c", site.file("absent.conf"));
    builder.environment().put("JOURNAL_STREAM", "8:12345");

    assertThat(Command.run(builder).err()).startsWith("error: ");
  }
}
