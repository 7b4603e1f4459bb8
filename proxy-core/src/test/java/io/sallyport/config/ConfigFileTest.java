package io.sallyport.config;

import static io.sallyport.config.ConfigText.IDENTITY;
import static io.sallyport.config.ConfigText.INBOUND;
import static io.sallyport.config.ConfigText.problems;
import static io.sallyport.config.ConfigText.write;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sallyport.rig.Program;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is said of a file that is none, or no HOCON. */
class ConfigFileTest {

  private static final String QUOTES =
      "; check braces, and put text that holds any of : , = + [ ] { } # ? $ in double quotes";

  private final Path folder;

  ConfigFileTest(@TempDir Path folder) {
    this.folder = folder;
  }

  @Test
  void refusesAFileThatDoesNotExist() {
    Path file = folder.resolve("proxy.conf");

    assertThatThrownBy(() -> ConfigReader.read(file))
        .isInstanceOf(InvalidConfig.class)
        .hasMessage(file + ": does not exist; check the path");
  }

  @Test
  void refusesAFolder() {
    assertThatThrownBy(() -> ConfigReader.read(folder))
        .isInstanceOf(InvalidConfig.class)
        .hasMessage(folder + ": is a folder; name a file");
  }

  @Test
  void whatIsInNoFileIsReadAndNamedAsOne() throws InvalidConfig {
    write(folder, "more.conf", INBOUND + "sallyport.workers = none\n");
    String included = "include required(file(\"" + folder.resolve("more.conf") + "\"))\n";

    ProxyConfig config = ConfigReader.read("env:CONFIG", IDENTITY + INBOUND);
    assertThat(config.inbound()).hasSize(1);
    assertThat(config.files()).contains(Path.of("tls.crt").toAbsolutePath());
    assertThat(problemsOf(IDENTITY + INBOUND + "sallyport.workers = 0\n"))
        .containsExactly("workers (env:CONFIG:3): \"0\" is out of range; use 1 to 1024");
    assertThat(problemsOf(IDENTITY + included))
        .containsExactly(
            "workers ("
                + folder.resolve("more.conf")
                + ":2): \"none\" is not a whole number; use 1 to 1024");
    assertThat(problemsOf(""))
        .containsExactly("env:CONFIG: is empty; write at least one listener, see reference.conf");
    assertThat(problemsOf("sallyport {\n  a = 127.0.0.1:1\n}"))
        .singleElement()
        .asString()
        .startsWith("sallyport (env:CONFIG:2): ");
    assertThat(problemsOf("include \"more.conf\""))
        .containsExactly(
            "sallyport: cannot include \"more.conf\", which is relative to no file;"
                + " write include required(file(\"/PATH\")) here");
  }

  private static List<String> problemsOf(String text) {
    try {
      ConfigReader.read("env:CONFIG", text);
      return List.of();
    } catch (InvalidConfig e) {
      return e.problems().stream().map(Problem::toString).toList();
    }
  }

  @Test
  void refusesAnEmptyFile() {
    String said = ": is empty; write at least one listener, see reference.conf";

    assertThat(problems(folder, "")).containsExactly(folder.resolve("proxy.conf") + said);
    assertThat(problems(folder, "# soon\n")).containsExactly(folder.resolve("proxy.conf") + said);
  }

  @Test
  void namesTheLineThatIsNotHocon() {
    assertThat(problems(folder, "sallyport {\n  admin.listen = 127.0.0.1:9901\n}\n"))
        .containsExactly(
            "sallyport (proxy.conf:2): Expecting close brace } or a comma, got ':'" + QUOTES);
    assertThat(problems(folder, "sallyport { workers = 2\n"))
        .containsExactly(
            "sallyport (proxy.conf:2): expecting a close parentheses ')' here, not: end of file"
                + QUOTES);
  }

  @Test
  void showsNothingOfAFileThatMayBeAKeyOrAPassword() {
    for (String secret :
        List.of(
            "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2Vw\n-----END PRIVATE KEY-----\n",
            "MC4CAQAwBQYDK2Vw\nMC4CAQAwBQYDK2Vw\n",
            "MC4CAQAwBQYDK2Vw==\n",
            "MC4CAQAwBQYDK2Vw",
            "MC4CAQAw..BQYDK2Vw = 1",
            "MC4CAQAw'BQYDK2Vw = ]'")) {
      assertThat(problems(folder, secret))
          .singleElement()
          .asString()
          .startsWith("sallyport (proxy.conf:")
          .contains("; ")
          .doesNotContain("MC4C", "BQYD");
    }
  }

  @Test
  void namesTheLineInAnIncludedFile() {
    write(folder, "more.conf", "\n\nadmin { = }\n");

    assertThat(problems(folder, "sallyport { include \"more.conf\" }"))
        .singleElement()
        .asString()
        .startsWith("sallyport (more.conf:3): ");
  }

  @Test
  void refusesAnIncludeThatIsRequiredAndNotThere() {
    assertThat(problems(folder, "sallyport { include required(\"more.conf\") }"))
        .containsExactly("sallyport: cannot include \"more.conf\"; check its path and permissions");
  }

  /**
   * Whoever opens a pipe waits for somebody who writes to it, and whoever asks a server waits too.
   */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "~pipe.conf~             | pipe.conf      | is a pipe, a socket or a device",
        "~pipe~                  | pipe.conf      | is a pipe, a socket or a device",
        "required(~pipe.conf~)   | pipe.conf      | is a pipe, a socket or a device",
        "file(~FOLDER/pipe~)     | pipe.conf      | is a pipe, a socket or a device",
        "~more/nested.conf~      | more/pipe.conf | is a pipe, a socket or a device",
        "~more~                  | more.conf      | is a folder",
        "~http://127.0.0.1/a~    | http           | is a URL",
        "url(~file:FOLDER/pipe~) | file           | is a URL",
      })
  @Timeout(value = 20, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void refusesToIncludeWhatIsNoFile(String what, String name, String fault) throws Exception {
    Files.createDirectories(folder.resolve("more.conf"));
    Files.createDirectory(folder.resolve("more"));
    write(folder.resolve("more"), "nested.conf", "include \"pipe\"");
    for (String pipe : List.of("pipe.conf", "more/pipe.conf")) {
      Program.run(List.of(Program.installed("mkfifo"), folder.resolve(pipe).toString()));
    }
    String included = what.replace('~', '"').replace("FOLDER", folder.toString());

    assertThat(problems(folder, IDENTITY + INBOUND + "sallyport { include " + included + " }"))
        .singleElement()
        .asString()
        .startsWith("sallyport: cannot include \"" + (fault.equals("is a URL") ? "" : folder + "/"))
        .contains(name)
        .endsWith("\", which " + fault + "; name a file, which can be read again");
  }

  @ParameterizedTest
  @ValueSource(strings = {"\"a\\u0000b\"", "file(\"a\\u0000b\")"})
  void refusesToIncludeWhatIsNoPath(String what) {
    assertThat(problems(folder, "sallyport { include " + what + " }"))
        .singleElement()
        .asString()
        .matches("sallyport: cannot include \"[\\x20-\\x7e]*\", which is no path; name a file, .*");
  }

  @Test
  void refusesASubstitutionThatNothingMakes() {
    assertThat(problems(folder, "sallyport {\n  workers = ${NOT_IN_THE_ENVIRONMENT}\n}\n"))
        .containsExactly(
            "sallyport (proxy.conf:2): Could not resolve substitution to a value:"
                + " ${NOT_IN_THE_ENVIRONMENT}; define it in the file or in the environment, or write"
                + " ${?NAME} if it may be missing");
  }

  @Test
  void refusesASubstitutionThatDoesNotFit() {
    assertThat(problems(folder, "vars.a = 1\nsallyport.admin = ${vars.a} { listen = off }\n"))
        .containsExactly(
            "sallyport (proxy.conf:1): values of different kinds are joined here; join objects with"
                + " objects, lists with lists, strings with strings");
  }

  @Test
  void refusesSettingsOutsideOfTheRoot() {
    assertThat(problems(folder, IDENTITY + INBOUND + "admin.listen = off\n"))
        .containsExactly(
            "admin (proxy.conf:3): is outside of sallyport { … }; move it inside or, if it is there"
                + " to be substituted, into vars { … }");
  }

  @Test
  void refusesARootThatIsNoObject() {
    assertThat(problems(folder, "sallyport = 3"))
        .containsExactly("sallyport (proxy.conf:1): is a number, not an object; write it as { … }");
  }

  @Test
  void refusesARootWithoutAListener() {
    assertThat(problems(folder, IDENTITY))
        .containsExactly(
            "sallyport (proxy.conf:1): has no listener; add inbound.NAME { listen, forward, allow }"
                + " or outbound.NAME { listen, connect }");
  }
}
