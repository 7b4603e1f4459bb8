package io.sallyport.cli;

import static io.sallyport.cli.DataFolder.CHUNK;
import static io.sallyport.cli.DataFolder.done;
import static org.assertj.core.api.Assertions.assertThat;

import io.sallyport.cli.Command.Ended;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code inspect} of sealed files: what their headers say, to whoever has no key. */
final class InspectSealedTest {

  private final DataFolder data;
  private String key = "";
  private String kek = "";

  InspectSealedTest(@TempDir Path folder) {
    data = new DataFolder(folder);
  }

  @BeforeEach
  void keys() throws IOException {
    Files.createDirectories(data.path("keys"));
    DataFolder keys = new DataFolder(data.path("keys"));
    key = keys.key("2026-a");
    kek = keys.key("kek-1");
  }

  private String sealed(String name, int length, String... flags) throws IOException {
    Files.createDirectories(data.path("tree/deep"));
    String plain = data.data("plain", length);
    done(Flags.with(Flags.with(new String[] {"seal"}, flags), "-o", data.file(name), plain));
    return data.file(name);
  }

  @Test
  void tellsWhichKeyAFileTakesAndHowLongItsContentIs() throws Exception {
    String direct = sealed("direct", CHUNK + 5, "-k", key);
    String wrapped = sealed("wrapped", 0, "--kek", kek);

    assertThat(done("inspect", direct))
        .isEqualTo(
            """
            file               %s
            format             sealed, version 1
            suite              1, AES-256-GCM in chunks of 16 KiB
            key                2026-a
            key mode           direct
            wrapped key bytes  0
            sealed bytes       16493
            plaintext bytes    16389
            length             can be whole; opening it proves it
            """
                .formatted(direct));
    assertThat(done("inspect", "--json", wrapped))
        .isEqualTo(
            ("{\"file\":\"%s\",\"format\":\"sealed, version 1\","
                    + "\"suite\":\"1, AES-256-GCM in chunks of 16 KiB\",\"key\":\"kek-1\","
                    + "\"key_mode\":\"wrapped\",\"wrapped_key_bytes\":40,\"sealed_bytes\":127,"
                    + "\"plaintext_bytes\":0,\"length\":\"can be whole; opening it proves it\"}\n")
                .formatted(wrapped));
  }

  @Test
  void tellsThatAFileCannotBeWhole() throws Exception {
    sealed("file", 2 * CHUNK, "-k", key);
    byte[] sealed = data.bytes("file");
    Files.write(data.path("file"), Arrays.copyOf(sealed, sealed.length - 1));

    assertThat(done("inspect", data.file("file")))
        .contains("length             of no whole message\n")
        .doesNotContain("plaintext");
  }

  @Test
  void saysWhatIsWrongWithAHeader() throws Exception {
    sealed("file", 5, "-k", key);
    byte[] sealed = data.bytes("file");
    Files.write(data.path("file"), Arrays.copyOf(sealed, 30));

    Ended ended = DataFolder.run("inspect", data.file("file"));

    assertThat(ended.exitCode()).isEqualTo(1);
    assertThat(ended.err())
        .isEqualTo(
            "error: %s: it ends within its header; restore it from a good copy%n"
                .formatted(data.file("file")));
  }

  @Test
  void listsTheKeysThatATreeStillTakes() throws Exception {
    sealed("tree/a", 5, "-k", key);
    sealed("tree/deep/b", 7, "-k", key);
    sealed("tree/deep/c", 0, "--kek", kek);
    data.data("tree/plain", 3);
    data.data("tree/empty", 0);
    Files.createSymbolicLink(data.path("tree/link"), Path.of("a"));
    Files.createSymbolicLink(data.path("tree/around"), Path.of(".."));
    Command.runOther("mkfifo", data.file("tree/pipe"));
    String tree = data.file("tree");

    assertThat(done("inspect", "-r", tree))
        .isEqualTo(
            """
            folder      %s
            not sealed  2
            unreadable  0

            key     key mode  files  bytes
            2026-a  direct    2      188
            kek-1   wrapped   1      127
            """
                .formatted(tree));
    assertThat(done("inspect", "-r", tree, "--json"))
        .isEqualTo(
            ("{\"folder\":\"%s\",\"not_sealed\":2,\"unreadable\":0,\"keys\":["
                    + "{\"key\":\"2026-a\",\"key_mode\":\"direct\",\"files\":2,\"bytes\":188},"
                    + "{\"key\":\"kek-1\",\"key_mode\":\"wrapped\",\"files\":1,\"bytes\":127}]}\n")
                .formatted(tree));
  }

  @Test
  void namesTheFilesOfATreeThatSayNotWhichKeyTheyTake() throws Exception {
    sealed("tree/a", 5, "-k", key);
    byte[] sealed = data.bytes("tree/a");
    sealed[7] = 0;
    Files.write(data.path("tree/deep/bad"), sealed);

    Ended ended = DataFolder.run("inspect", "-r", data.file("tree"));

    assertThat(ended.exitCode()).isEqualTo(1);
    assertThat(ended.err())
        .startsWith(
            "error: " + data.file("tree/deep/bad") + ": the header has a key id of 0 bytes");
    assertThat(ended.out()).contains("unreadable  1\n", "2026-a  direct    1      93\n");
  }

  @Test
  void aTreeOfNothingSealedHasAnEmptyList() throws Exception {
    Files.createDirectory(data.path("empty"));

    assertThat(done("inspect", "-r", "--json", data.file("empty"))).contains(",\"keys\":[]}");
    assertThat(done("inspect", "-r", data.file("empty"))).endsWith("unreadable  0\n");
  }

  @Test
  void flagsForAServerAreRefused() {
    Ended ended = DataFolder.run("inspect", "-r", data.file(""), "--servername", "a");

    assertThat(ended.exitCode()).isEqualTo(2);
    assertThat(ended.err()).startsWith("error: --servername: is for a server, and ");
  }
}
