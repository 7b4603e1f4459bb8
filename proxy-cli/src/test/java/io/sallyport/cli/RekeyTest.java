package io.sallyport.cli;

import static io.sallyport.cli.DataFolder.CHUNK;
import static io.sallyport.cli.DataFolder.done;
import static org.assertj.core.api.Assertions.assertThat;

import io.sallyport.cli.Command.Ended;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * {@code reseal} and {@code rewrap}: sealed files get another key, each as a whole or not at all.
 */
final class RekeyTest {

  private final DataFolder data;
  private String old = "";
  private String oldKek = "";
  private String next = "";
  private String nextKek = "";

  RekeyTest(@TempDir Path folder) {
    data = new DataFolder(folder);
  }

  @BeforeEach
  void keys() throws IOException {
    old = data.key("old");
    oldKek = data.key("old-kek");
    next = data.key("next");
    nextKek = data.key("next-kek");
  }

  /** Sealed data of that name; the plaintext has the name and {@code .plain}. */
  private String sealed(String name, int length, String... flags) throws IOException {
    String plain = data.data(name + ".plain", length);
    done(Flags.with(Flags.with(new String[] {"seal"}, flags), "-o", data.file(name), plain));
    return data.file(name);
  }

  private void assertOpens(String name, String... flags) {
    String[] open = {"open", "-o", data.file("opened"), data.file(name)};
    done(Flags.with(open, flags));
    assertThat(data.path("opened")).hasSameBinaryContentAs(data.path(name + ".plain"));
  }

  @Test
  void resealsFromAnyOldKeyToTheNewOne() throws Exception {
    String direct = sealed("direct", 3 * CHUNK, "-k", old, "--aad", "a");
    String wrapped = sealed("wrapped", 0, "--kek", oldKek, "--aad", "a");
    Files.setPosixFilePermissions(Path.of(direct), PosixFilePermissions.fromString("rw-rw-r--"));
    String[] from = {"reseal", "-k", old, "--kek", oldKek, "--aad", "a", direct, wrapped};

    assertThat(done(Flags.with(from, "--to", next)))
        .isEqualTo("resealed 2 files with next%n".formatted());
    assertOpens("direct", "-k", next, "--aad", "a");
    assertOpens("wrapped", "-k", next, "--aad", "a");
    assertThat(data.mode("direct")).isEqualTo("rw-rw-r--");

    done(Flags.with(from, "-k", next, "--to-kek", nextKek));
    assertOpens("direct", "--kek", nextKek, "--aad", "a");
    // Once more, to the same: for new data keys, say.
    done(Flags.with(from, "--kek", nextKek, "--to-kek", nextKek));
    assertOpens("wrapped", "--kek", nextKek, "--aad", "a");
  }

  @Test
  void rewrapChangesTheHeaderAlone() throws Exception {
    String file = sealed("file", 2 * CHUNK + 5, "--kek", oldKek, "--aad", "a");
    Files.setPosixFilePermissions(Path.of(file), PosixFilePermissions.fromString("rw-r-----"));
    byte[] before = data.bytes("file");

    assertThat(done("rewrap", "--kek", oldKek, "--to-kek", nextKek, file))
        .isEqualTo("rewrapped 1 file with next-kek%n".formatted());

    byte[] after = data.bytes("file");
    int oldStart = before.length - 2 * (CHUNK + 16) - 21 - 56;
    int newStart = oldStart + "next-kek".length() - "old-kek".length();
    assertThat(Arrays.copyOfRange(after, newStart, after.length))
        .as("salt, commitment and chunks")
        .isEqualTo(Arrays.copyOfRange(before, oldStart, before.length));
    assertOpens("file", "--kek", nextKek, "--aad", "a");
    assertThat(data.mode("file")).isEqualTo("rw-r-----");

    Object inode = Files.getAttribute(Path.of(file), "unix:ino");
    assertThat(done("rewrap", "--kek", oldKek, "--to-kek", nextKek, file))
        .isEqualTo("rewrapped 0 files with next-kek, 1 file had it already%n".formatted());
    assertThat(Files.getAttribute(Path.of(file), "unix:ino")).isEqualTo(inode);
  }

  @Test
  void aKeyOfTheSameNameIsNotTheSameKey() throws Exception {
    String file = sealed("file", 5, "--kek", oldKek);
    byte[] before = data.bytes("file");
    Files.createDirectory(data.path("other"));
    DataFolder other = new DataFolder(data.path("other"));
    other.key("unused");

    Ended ended = DataFolder.run("rewrap", "--to-kek", other.key("old-kek"), file);

    assertThat(ended.exitCode()).isEqualTo(1);
    assertThat(ended.err())
        .startsWith("error: " + file + ": the wrapped key is damaged, or was wrapped by another");
    assertThat(data.bytes("file")).isEqualTo(before);
  }

  @Test
  void goesOnAfterAFileThatFailsAndNamesEach() throws Exception {
    String unknown = sealed("unknown", 5, "-k", data.key("unknown"));
    String good = sealed("good", 2 * CHUNK, "-k", old);
    String damaged = sealed("damaged", 2 * CHUNK, "-k", old);
    byte[] changed = data.bytes("damaged");
    changed[changed.length - 1] ^= 1;
    Files.write(data.path("damaged"), changed);
    String none = data.file("none");

    Ended ended =
        DataFolder.run(
            "reseal", "-k", old, "--to", next, unknown, none, damaged, good, data.file(""));

    assertThat(ended.exitCode()).isEqualTo(1);
    assertThat(ended.out()).isEqualTo("resealed 1 file with next%n".formatted());
    assertThat(ended.err().lines())
        .satisfiesExactly(
            line -> assertThat(line).startsWith("error: " + unknown + ": no key unknown is known;"),
            line ->
                assertThat(line).startsWith("error: " + none + ": no such file or folder; name"),
            line -> assertThat(line).startsWith("error: " + damaged + ": chunk 2 does not verify:"),
            line -> assertThat(line).endsWith(": is a folder; name a file"));
    assertThat(data.bytes("damaged")).isEqualTo(changed);
    assertOpens("good", "-k", next);
    assertThat(data.names()).noneMatch(name -> name.endsWith(".tmp"));
  }

  @Test
  void whatHasNoWrappedKeyHasToBeResealed() throws Exception {
    String file = sealed("file", 5, "-k", old);

    Ended ended = DataFolder.run("rewrap", "--kek", oldKek, "--to-kek", nextKek, file);

    assertThat(ended.exitCode()).isEqualTo(1);
    assertThat(ended.err())
        .isEqualTo(
            "error: %s: is sealed with key old itself, which wraps nothing; use reseal%n"
                .formatted(file));
  }

  @Test
  void aLinkStaysAndWhatItLeadsToIsReplaced() throws Exception {
    sealed("file", 5, "--kek", oldKek);
    Path link = Files.createSymbolicLink(data.path("link"), Path.of("file"));
    Path far = Files.createSymbolicLink(data.path("far"), Path.of("link"));

    done("rewrap", "--kek", oldKek, "--to-kek", nextKek, far.toString());
    assertOpens("file", "--kek", nextKek);
    done("reseal", "--kek", nextKek, "--to", next, link.toString());

    assertThat(link).isSymbolicLink();
    assertThat(far).isSymbolicLink();
    assertOpens("file", "-k", next);
  }

  @Test
  void aPipeCannotBeReplaced() throws Exception {
    Command.runOther("mkfifo", data.file("pipe"));

    for (String command : new String[] {"reseal", "rewrap"}) {
      Ended ended =
          DataFolder.run(command, "--kek", oldKek, "--to-kek", nextKek, data.file("pipe"));
      assertThat(ended.exitCode()).isEqualTo(1);
      assertThat(ended.err())
          .isEqualTo(
              "error: %s: is a pipe, a socket or a device; name a file%n"
                  .formatted(data.file("pipe")));
    }
  }

  @Test
  void oneSecretServesOneUse() throws Exception {
    byte[] secret = new byte[32];
    String file = sealed("file", 5, "-k", data.key("a", secret));

    Ended ended =
        DataFolder.run(
            "reseal", "-k", data.key("a", secret), "--to-kek", data.key("b", secret), file);

    assertThat(ended.exitCode()).isEqualTo(2);
    assertThat(ended.err())
        .isEqualTo(
            "error: key b: is the same secret, and one never serves two uses: a;"
                + " give each its own%n".formatted());
  }
}
