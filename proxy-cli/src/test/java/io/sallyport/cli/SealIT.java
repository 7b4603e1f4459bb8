package io.sallyport.cli;

import static io.sallyport.cli.DataFolder.CHUNK;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.sallyport.cli.Command.Ended;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Base64;
import java.util.HexFormat;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code keygen}, {@code seal} and {@code open}, from and to files, pipes and terminals. */
final class SealIT {

  private static final String ZEROS_4_GIB_SHA256 =
      "8479e43911dc45e89f934fe48d01297e16f51d17aa561d4d1c216b1ae0fcddca";

  private final DataFolder data;

  SealIT(@TempDir Path folder) {
    data = new DataFolder(folder);
  }

  private static void assertDone(Ended ended) {
    assertThat(ended).isEqualTo(new Ended(0, "", ""));
  }

  private static void assertFailed(int exitCode, Ended ended, String error) {
    assertThat(ended.err()).isEqualTo("error: " + error + "\n");
    assertThat(ended.exitCode()).isEqualTo(exitCode);
    assertThat(ended.out()).isEmpty();
  }

  /** A line of the shell, in which {@code $0} is sallyport, in the folder. */
  private ProcessBuilder shell(String line) {
    ProcessBuilder builder = Command.sallyport();
    String sallyport = builder.command().get(0);
    builder.command("bash", "-c", line, sallyport);
    return builder.directory(data.path("").toFile());
  }

  @Test
  void keygenMakesAKeyThatOthersCannotRead() throws Exception {
    assertDone(Command.run("keygen", "-o", data.file("a.key")));
    assertDone(Command.run(shell("umask 077 && \"$0\" keygen -o b.key")));

    assertThat(data.mode("a.key")).isEqualTo("rw-------");
    String line = Files.readString(data.path("a.key"));
    assertThat(line).hasSize(45).endsWith("=\n");
    assertThat(Base64.getDecoder().decode(line.strip())).hasSize(32);
    assertThat(data.path("b.key")).content().isNotEqualTo(line);

    Ended again = Command.run("keygen", "-o", data.file("a.key"));
    assertThat(again.exitCode()).isEqualTo(2);
    assertThat(again.err()).startsWith("error: " + data.file("a.key") + ": is there already, ");
    assertThat(data.path("a.key")).hasContent(line);
  }

  @ParameterizedTest
  @CsvSource({"-k, sealed, 0", "-k, sealed, 100000", "--kek, sealed, 16384", "-k, raw, 100000"})
  void opensToItselfFromFileToFile(String flag, String format, int length) throws Exception {
    String plain = data.data("plain", length);
    String key = data.key("2026-a");

    assertDone(
        Command.run("seal", flag, key, "--format", format, "-o", data.file("sealed"), plain));
    assertDone(
        Command.run("open", flag, key, "--format", format, data.file("sealed"), "-o", out()));

    assertThat(data.path("out")).hasSameBinaryContentAs(Path.of(plain));
    assertThat(data.mode("out")).as("plaintext is its owner's").isEqualTo("rw-------");
    assertThat(data.names()).containsExactly("2026-a.key", "out", "plain", "sealed");
  }

  private String out() {
    return data.file("out");
  }

  @Test
  void opensToItselfThroughPipes() throws Exception {
    data.data("plain", 1_000_000);
    data.key("w");
    data.key("a");

    assertDone(
        Command.run(
            shell(
                "cat plain | \"$0\" seal --kek w=w.key --aad 'x y' | cat"
                    + " | \"$0\" open -k a=a.key --kek w=w.key --aad-hex 782079 - | cmp - plain")));
    assertDone(
        Command.run(
            shell(
                "\"$0\" seal -k a=<(cat a.key) < plain | \"$0\" open -k a=<(cat a.key) -o - |"
                    + " cmp - plain")));
  }

  @Test
  void aFifoIsReadAndWrittenLikeAPipe() throws Exception {
    data.data("plain", 300_000);
    data.key("a");

    assertDone(
        Command.run(
            shell(
                "mkfifo in sealed && { cat plain > in & } && { \"$0\" seal -k a=a.key -o sealed in &"
                    + " } && \"$0\" open -k a=a.key sealed | cmp - plain && test -p sealed")));
  }

  @Test
  void fourGibibytesPassThroughASmallHeap() throws Exception {
    data.key("a");
    ProcessBuilder builder =
        shell(
            "head -c 4294967296 /dev/zero | \"$0\" seal -k a=a.key | \"$0\" open -k a=a.key |"
                + " sha256sum");
    builder.environment().put("SALLYPORT_JAVA_OPTS", "-Xmx64m");

    assertThat(Command.run(builder)).isEqualTo(new Ended(0, ZEROS_4_GIB_SHA256 + "  -\n", ""));
  }

  @Test
  void aKeyFileIsReadAsItIsSaidToBe() throws Exception {
    byte[] key = new byte[32];
    key[0] = -1;
    String base64 = data.key("a", key);
    Files.write(data.path("binary"), key);
    Files.writeString(data.path("hex"), HexFormat.of().formatHex(key) + "\r\n");
    for (String name : new String[] {"binary", "hex"}) {
      Files.setPosixFilePermissions(data.path(name), PosixFilePermissions.fromString("r--------"));
    }
    String plain = data.data("plain", 5);
    assertDone(Command.run("seal", "-k", base64, "-o", data.file("sealed"), plain));

    for (String name : new String[] {"binary", "hex"}) {
      String named = "a=" + data.file(name);
      assertDone(
          Command.run(
              "open", "-k", named, "--key-encoding", name, "-o", out(), data.file("sealed")));
      assertThat(data.path("out")).hasSameBinaryContentAs(Path.of(plain));
      Ended guessed = Command.run("open", "-k", named, data.file("sealed"));
      assertThat(guessed.exitCode()).isEqualTo(2);
      assertThat(guessed.err())
          .startsWith("error: " + data.file(name) + ": ")
          .endsWith("; it was read as base64, see --key-encoding; keygen makes keys\n");
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 16, 31, 33})
  void aKeyOfAnotherLength(int length) throws Exception {
    String key = data.key("a", new byte[length]);

    assertFailed(
        2,
        Command.run("seal", "-k", key, "-o", out(), data.data("plain", 5)),
        data.file("a.key")
            + ": holds a key of "
            + length
            + " bytes; it must be 32; it was read as base64, see --key-encoding; keygen makes keys");
    assertThat(data.names()).containsExactly("a.key", "plain");
  }

  @Test
  void aKeyThatOthersCanRead() throws Exception {
    String key = data.key("a");
    String plain = data.data("plain", 5);
    Files.setPosixFilePermissions(data.path("a.key"), PosixFilePermissions.fromString("rw-r-----"));
    String fault =
        "%s: can be read by group or others; chmod 600 %s\n"
            .formatted(data.file("a.key"), data.file("a.key"));

    assertThat(Command.run("seal", "-k", key, "-o", out(), plain))
        .isEqualTo(new Ended(0, "", "warning: " + fault));
    assertThat(
            Command.run(
                "open", "--strict-permissions", "-k", key, "-o", data.file("opened"), out()))
        .isEqualTo(new Ended(2, "", "error: " + fault));
    assertThat(data.path("opened")).doesNotExist();
  }

  @Test
  void permissionsOfANewFileAreByTheUmaskAndOfAnOldOneKept() throws Exception {
    data.data("plain", 5);
    data.key("a");

    assertDone(Command.run(shell("umask 027 && \"$0\" seal -k a=a.key -o sealed plain")));
    assertThat(data.mode("sealed")).isEqualTo("rw-r-----");
    assertDone(Command.run(shell("chmod 604 sealed && \"$0\" seal -k a=a.key -o sealed plain")));
    assertThat(data.mode("sealed")).isEqualTo("rw----r--");
    assertDone(
        Command.run(shell("touch out && chmod 664 out && \"$0\" open -k a=a.key -o out sealed")));
    assertThat(data.mode("out")).isEqualTo("rw-rw-r--");
  }

  @Test
  void theInputMayBeTheOutput() throws Exception {
    String plain = data.data("plain", 100_000);
    byte[] before = data.bytes("plain");
    String key = data.key("a");
    Path link = Files.createSymbolicLink(data.path("link"), Path.of("plain"));

    assertDone(Command.run("seal", "-k", key, "-o", plain, plain));
    assertThat(data.bytes("plain")).isNotEqualTo(before);
    assertDone(Command.run("open", "-k", key, "-o", link.toString(), plain));
    assertThat(data.bytes("plain")).isEqualTo(before);
    assertThat(link).isSymbolicLink();
  }

  @Test
  void aLinkThatLeadsNowhereYetIsFollowed() throws Exception {
    Files.createSymbolicLink(data.path("link"), Path.of("new"));

    assertDone(
        Command.run("seal", "-k", data.key("a"), "-o", data.file("link"), data.data("plain", 5)));

    assertThat(data.path("link")).isSymbolicLink();
    assertThat(data.path("new")).isRegularFile();
  }

  @Test
  void saysWhereNothingCanBeWritten() throws Exception {
    String[] seal = {"seal", "-k", data.key("a"), data.data("plain", 5), "-o"};

    assertFailed(
        2,
        Command.run(Flags.with(seal, data.file("none/out"))),
        data.file("none/out") + ": is in a folder that does not exist; make it first");
    assertFailed(
        2,
        Command.run(Flags.with(seal, data.path("").toString())),
        data.path("") + ": is a folder; name a file in it");
    assertFailed(
        1,
        Command.run(Flags.with(seal, "/dev/full")),
        "/dev/full: No space left on device; make room there, or write elsewhere");
    assertDone(Command.run(Flags.with(seal, "/dev/null")));
  }

  @Test
  void anInputThatIsNotThere() throws Exception {
    String[] seal = {"seal", "-k", data.key("a"), "-o", out()};

    assertFailed(
        2,
        Command.run(Flags.with(seal, data.file("none"))),
        data.file("none") + ": no such file or folder; name a file that can be read");
    assertFailed(
        2,
        Command.run(Flags.with(seal, data.path("").toString())),
        data.path("") + ": is a folder; name a file");
    assertThat(data.names()).containsExactly("a.key");
  }

  @Test
  void standardOutputThatIsFull() throws Exception {
    data.key("a");
    data.data("plain", 5);

    assertFailed(
        1,
        Command.run(shell("\"$0\" seal -k a=a.key plain > /dev/full")),
        "standard output: No space left on device; make room there, or write elsewhere");
  }

  @Test
  void aDiskThatFillsKeepsNothingOfIt() throws Exception {
    Path disk = Files.createDirectory(data.path("disk"));
    Ended mounted =
        Command.runOther("mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", disk.toString());
    assumeThat(mounted.exitCode()).as("a small disk can be mounted: " + mounted.err()).isZero();
    try {
      DataFolder small = new DataFolder(disk);
      String old = small.data("out", 1000);
      byte[] before = small.bytes("out");

      assertFailed(
          1,
          Command.run("seal", "-k", data.key("a"), "-o", old, data.data("plain", 1_000_000)),
          old + ": No space left on device; make room there, or write elsewhere");

      assertThat(small.names()).containsExactly("out");
      assertThat(small.bytes("out")).isEqualTo(before);
    } finally {
      Command.runOther("umount", disk.toString());
    }
  }

  @ParameterizedTest
  @CsvSource({"TERM, 143", "INT, 130", "HUP, 129"})
  void whatIsInterruptedLeavesNothing(String signal, int exitCode) throws Exception {
    data.data("out", 10);
    byte[] before = data.bytes("out");
    String key = data.key("a");

    try (Command seal = Command.startInForeground("seal", "-k", key, "-o", out())) {
      seal.type("x".repeat(3 * CHUNK));
      awaitTemporaryFile();
      seal.signal(signal);

      assertThat(seal.ended()).isEqualTo(new Ended(exitCode, "", ""));
    }
    assertThat(data.names()).containsExactly("a.key", "out");
    assertThat(data.bytes("out")).isEqualTo(before);
  }

  private void awaitTemporaryFile() throws Exception {
    long deadline = System.nanoTime() + Duration.ofSeconds(60).toNanos();
    while (data.names().stream().noneMatch(name -> name.endsWith(".tmp"))) {
      assertThat(System.nanoTime()).as("a temporary file is there in time").isLessThan(deadline);
      TimeUnit.MILLISECONDS.sleep(5);
    }
    for (String name : data.names()) {
      if (name.endsWith(".tmp")) {
        assertThat(data.mode(name)).isEqualTo("rw-------");
      }
    }
  }

  @Test
  void aReaderThatGoesIsAFailure() throws Exception {
    data.key("a");
    data.data("plain", 10_000_000);

    Ended ended =
        Command.run(
            shell("\"$0\" seal -k a=a.key plain | head -c 5 > head; exit ${PIPESTATUS[0]}"));

    assertFailed(
        1, ended, "standard output: whoever reads it has gone; have it read until the end");
    assertThat(data.path("head")).hasSize(5);
  }

  @Test
  void whatWasWrittenBeforeABadEndIsToBeDiscarded() throws Exception {
    data.key("a");
    data.data("plain", 40 * CHUNK);

    Ended ended =
        Command.run(
            shell(
                "\"$0\" seal -k a=a.key plain | head -c 500000 | \"$0\" open -k a=a.key > out;"
                    + " exit ${PIPESTATUS[2]}"));

    assertThat(ended.exitCode()).isEqualTo(1);
    assertThat(ended.err().lines())
        .filteredOn(line -> line.contains("standard input"))
        .singleElement()
        .isEqualTo(
            "error: standard input: chunk 30 does not verify: it was changed, moved or cut, or"
                + " something follows the end; discard what was written to standard output (491520"
                + " bytes), and restore it from a good copy");
    assertThat(data.bytes("plain")).startsWith(data.bytes("out"));
  }

  @Test
  void aRawMessageIsCapped() throws Exception {
    data.key("a");
    String tooLong =
        "a raw message is one buffer, and may have 16777216 bytes; the sealed format takes any"
            + " length; seal it in parts";

    assertFailed(
        1,
        Command.run(shell("head -c 16777217 /dev/zero | \"$0\" seal -k a=a.key --format raw")),
        "standard input: " + tooLong);
    assertDone(
        Command.run(
            shell(
                "head -c 16777216 /dev/zero | \"$0\" seal -k a=a.key --format raw |"
                    + " \"$0\" open -k a=a.key --format raw | cmp -n 16777216 - /dev/zero")));
  }

  @Test
  void aTerminalGetsTextAlone() throws Exception {
    String key = data.key("a");
    String text = Files.writeString(data.path("text"), "caf\u00e9\n").toString();
    String binary = data.file("binary");
    Files.write(Path.of(binary), "a\u001b[2J".getBytes(StandardCharsets.US_ASCII));
    String remedy = "; name a file with -o, or send it to another program";

    assertThat(onTerminal(Command.sallyport("seal", "-k", key, text)))
        .isEqualTo("2 error: standard output: is a terminal, and this is no text" + remedy + "\n");
    assertDone(Command.run("seal", "-k", key, text, "-o", data.file("text.sealed")));
    assertThat(onTerminal(Command.sallyport("open", "-k", key, data.file("text.sealed"))))
        .isEqualTo("0 caf\u00e9\n");
    assertDone(Command.run("seal", "-k", key, binary, "-o", data.file("binary.sealed")));
    assertThat(onTerminal(Command.sallyport("open", "-k", key, data.file("binary.sealed"))))
        .isEqualTo("2 error: standard output: is a terminal, and this is no text" + remedy + "\n");
  }

  @Test
  void longWorkShowsHowFarItIsAndCleansUp() throws Exception {
    data.key("a");

    String shown =
        onTerminal(
            shell(
                "for i in $(seq 25); do printf x; sleep 0.1; done |"
                    + " \"$0\" seal -k a=a.key -o out && echo done"));

    assertThat(shown)
        .startsWith("0 ")
        .containsPattern("\u001b\\[Ksealing: \\d+ B, \\d+ B/s\n")
        .endsWith("\u001b[Kdone\n");
  }

  private static String onTerminal(ProcessBuilder builder) throws IOException {
    try (Command command = Command.startOnTerminal(builder)) {
      Ended ended = command.ended();
      return ended.exitCode() + " " + ended.out();
    }
  }
}
