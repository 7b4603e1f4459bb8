package io.sallyport.cli;

import static io.sallyport.cli.DataFolder.CHUNK;
import static io.sallyport.cli.DataFolder.SEALED_CHUNK;
import static io.sallyport.cli.DataFolder.done;
import static org.assertj.core.api.Assertions.assertThat;

import io.sallyport.cli.Command.Ended;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code open} of what is not as it was sealed: one line that says why, exit 1, and no file. */
final class DamagedEnvelopeTest {

  private static final String RESTORE = "; restore it from a good copy";

  private final DataFolder data;
  private String key = "";
  private String kek = "";

  DamagedEnvelopeTest(@TempDir Path folder) {
    data = new DataFolder(folder);
  }

  @BeforeEach
  void keys() throws IOException {
    key = data.key("k");
    kek = data.key("w");
  }

  private byte[] sealed(int length, String... flags) throws IOException {
    data.data("plain", length);
    done(Flags.with(flags, "-o", data.file("sealed"), data.file("plain")));
    return data.bytes("sealed");
  }

  private void assertRefused(byte[] sealed, String fault) throws IOException {
    assertRefused(sealed, fault, "-k", key, "--kek", kek);
  }

  private void assertRefused(byte[] sealed, String fault, String... flags) throws IOException {
    Files.write(data.path("bad"), sealed);
    Set<String> before = data.names();
    Ended ended =
        DataFolder.run(
            Flags.with(Flags.with(new String[] {"open"}, flags), "-o", data.file("out"), bad()));

    assertThat(ended.exitCode()).as(ended.err()).isEqualTo(1);
    assertThat(ended.out()).isEmpty();
    assertThat(ended.err())
        .startsWith("error: " + bad() + ": " + fault)
        .endsWith("\n")
        .contains(";");
    assertThat(ended.err().lines()).hasSize(1);
    assertThat(data.names()).as("no output, and nothing temporary").isEqualTo(before);
  }

  private String bad() {
    return data.file("bad");
  }

  @ParameterizedTest
  @ValueSource(strings = {"-k", "--kek"})
  void anyByteThatIsChanged(String flag) throws Exception {
    byte[] sealed = sealed(20, "seal", flag, flag.equals("-k") ? key : kek, "--aad", "a");

    for (int at = 0; at < sealed.length; at++) {
      byte[] changed = sealed.clone();
      changed[at] ^= 1;
      assertRefused(changed, "", "-k", key, "--kek", kek, "--aad", "a");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"-k", "--kek"})
  void anyByteThatIsCutOff(String flag) throws Exception {
    byte[] sealed = sealed(20, "seal", flag, flag.equals("-k") ? key : kek);

    for (int length = 0; length < sealed.length; length++) {
      assertRefused(Arrays.copyOf(sealed, length), length == 0 ? "it is empty" : "");
    }
  }

  @Test
  void anyByteOfARawMessage() throws Exception {
    byte[] sealed = sealed(20, "seal", "-k", key, "--format", "raw");

    for (int at = 0; at < sealed.length; at++) {
      byte[] changed = sealed.clone();
      changed[at] ^= 1;
      assertRefused(changed, "it was changed or cut, ", "-k", key, "--format", "raw");
      assertRefused(
          Arrays.copyOf(sealed, at),
          at < 28 ? "a raw message has at least a nonce and a tag" : "it was changed or cut, ",
          "-k",
          key,
          "--format",
          "raw");
    }
    assertRefused(
        new byte[(16 << 20) + 29],
        "a raw message is one buffer, and may have 16777216 bytes; the sealed format takes any",
        "-k",
        key,
        "--format",
        "raw");
  }

  @Test
  void chunksInAnotherOrderTwiceLeftOutOrAdded() throws Exception {
    byte[] sealed = sealed(3 * CHUNK + 100, "seal", "-k", key);
    int start = sealed.length - 3 * SEALED_CHUNK - 116;
    byte[] header = Arrays.copyOf(sealed, start);
    byte[][] chunks = new byte[4][];
    for (int i = 0; i < chunks.length; i++) {
      int from = start + i * SEALED_CHUNK;
      chunks[i] = Arrays.copyOfRange(sealed, from, Math.min(sealed.length, from + SEALED_CHUNK));
    }
    byte[] a = chunks[0];
    byte[] b = chunks[1];
    byte[] c = chunks[2];
    byte[] end = chunks[3];

    assertRefused(concat(header, b, a, c, end), "chunk 0 does not verify: ");
    assertRefused(concat(header, a, a, b, c, end), "chunk 1 does not verify: ");
    assertRefused(concat(header, a, c, end), "chunk 1 does not verify: ");
    assertRefused(concat(header, a, b, end), "chunk 2 does not verify: ");
    assertRefused(concat(header, a, b, c), "it ends before its last chunk, number 3");
    assertRefused(concat(header, a, b), "it ends before its last chunk, number 2");
    assertRefused(concat(header, end), "chunk 0 does not verify: ");
    assertRefused(
        concat(sealed, end), "chunk 3 does not verify: it was changed, moved or cut, or ");
    assertRefused(concat(sealed, a), "chunk 3 does not verify: ");
    assertRefused(concat(sealed, new byte[1]), "chunk 3 does not verify: ");
    assertRefused(concat(sealed, sealed), "chunk 3 does not verify: ");
  }

  private static byte[] concat(byte[]... parts) throws IOException {
    ByteArrayOutputStream whole = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      whole.write(part);
    }
    return whole.toByteArray();
  }

  @Test
  void anotherKeyOrOtherAad() throws Exception {
    byte[] direct = sealed(20, "seal", "-k", key, "--aad", "a");
    byte[] wrapped = sealed(20, "seal", "--kek", kek, "--aad", "a");
    byte[] raw = sealed(20, "seal", "-k", key, "--format", "raw");
    String unproven = "it was sealed with another key of the name ";
    String aadToo = "; check the key file, and --aad\n";
    Files.createDirectory(data.path("other"));
    DataFolder other = new DataFolder(data.path("other"));
    other.key("unused");
    String otherKey = other.key("k");
    String otherKek = other.key("w");

    assertRefused(direct, unproven, "-k", otherKey, "--aad", "a");
    assertRefused(direct, unproven, "-k", key, "--aad", "b");
    assertRefused(direct, unproven, "-k", key);
    assertThat(openBad("-k", key).err()).endsWith(aadToo);
    assertRefused(wrapped, unproven, "--kek", kek, "--aad", "");
    assertRefused(
        wrapped,
        "the wrapped key is damaged, or was wrapped by another key;"
            + " check the file that --kek names for this id",
        "--kek",
        otherKek);
    String named = "; name its key: -k ID=FILE, or --kek ID=FILE where it wraps a data key";
    assertRefused(direct, "no key k is known" + named, "--kek", kek);
    assertRefused(wrapped, "key w is not for WRAP but for SEALED" + named, "-k", kek);
    assertRefused(
        raw,
        "it was changed or cut, or sealed with another key; check the key file, or restore it",
        "-k",
        otherKey,
        "--format",
        "raw");
    assertRefused(
        raw,
        "it does not begin as a sealed message does;"
            + " check that it is sealed; a raw message takes --format raw",
        "-k",
        key);
  }

  private Ended openBad(String... flags) {
    return DataFolder.run(
        Flags.with(Flags.with(new String[] {"open"}, flags), "-o", data.file("out"), bad()));
  }

  @Test
  void everyRawKeyIsTried() throws Exception {
    sealed(20, "seal", "-k", key, "--format", "raw");
    String another = data.key("another");

    done("open", "--format", "raw", "-k", another, "-k", key, "-o", out(), data.file("sealed"));

    assertThat(data.path("out")).hasSameBinaryContentAs(data.path("plain"));
  }

  private String out() {
    return data.file("out");
  }

  /** At its offset, in place of what is there, these bytes. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "4 | 02 | version 2, suite 1; known is version 1, suite 1; open it with a later sallyport",
        "5 | ff | version 1, suite 255; known is version 1, suite 1; open it with a later",
        "6 | 02 | the header has key mode 2, which is neither 0 nor 1",
        "7 | 00 | the header has a key id of 0 bytes; 1 to 64 are allowed",
        "7 | 41 | the header has a key id of 65 bytes; 1 to 64 are allowed",
        "7 | ff | the header has a key id of 255 bytes; 1 to 64 are allowed",
        "8 | 2f | the header has a key id with other characters than",
        "9 | 0000 | the header has a wrapped key of 0 bytes; 1 to 4096 are allowed",
        "9 | 1001 | the header has a wrapped key of 4097 bytes; 1 to 4096 are allowed",
        "9 | ffff | the header has a wrapped key of 65535 bytes; 1 to 4096 are allowed",
        "9 | 0001 | the wrapped key has 1 bytes; AES key wrap makes 40",
        "6 | 00 | the header has a wrapped key of 40 bytes; a direct key has none",
      })
  void aHeaderThatIsOutOfBounds(int offset, String hex, String fault) throws Exception {
    byte[] sealed = sealed(CHUNK, "seal", "--kek", kek);
    byte[] bytes = HexFormat.of().parseHex(hex);
    System.arraycopy(bytes, 0, sealed, offset, bytes.length);

    assertRefused(sealed, fault);
    if (fault.contains("the header has")) {
      assertThat(openBad("--kek", kek).err()).endsWith(RESTORE + "\n");
    }
  }

  @Test
  void aFileThatIsNotSealed() throws Exception {
    assertRefused(
        "plain text of some length".getBytes(StandardCharsets.US_ASCII),
        "it does not begin as a sealed message does; check that it is sealed;");
  }

  @Test
  void anOutputThatWasThereStaysAsItWas() throws Exception {
    byte[] sealed = sealed(3 * CHUNK, "seal", "-k", key);
    sealed[sealed.length - 1] ^= 1;
    Files.write(data.path("bad"), sealed);
    data.data("out", 5);
    byte[] before = data.bytes("out");

    assertThat(openBad("-k", key).exitCode()).isEqualTo(1);

    assertThat(data.path("out")).hasBinaryContent(before);
    assertThat(data.names()).containsExactly("bad", "k.key", "out", "plain", "sealed", "w.key");
  }
}
