package io.sallyport;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import io.sallyport.config.ConfigReader;
import io.sallyport.config.InvalidConfig;
import io.sallyport.config.KeyConfig;
import io.sallyport.config.Problem;
import io.sallyport.envelope.EnvelopeFailed;
import io.sallyport.envelope.EnvelopeKey;
import io.sallyport.envelope.KeyEncoding;
import io.sallyport.envelope.KeyRing;
import io.sallyport.envelope.KeyState;
import io.sallyport.envelope.KeyUse;
import io.sallyport.envelope.RawSealer;
import io.sallyport.rig.Program;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Key files on disk, and the rings that come of them. */
final class KeyRingFilesTest {

  private final Path folder;

  KeyRingFilesTest(@TempDir Path folder) {
    this.folder = folder;
  }

  private LoadedKeyRings load(String rings) throws Exception {
    Path file =
        Files.writeString(
            folder.resolve("proxy.conf"),
            "sallyport.identities.default { certificate = c, key = k, trust = t }\n"
                + "sallyport.inbound.web { listen = \"127.0.0.1:0\", forward = \"127.0.0.1:1\","
                + " allow = any-trusted }\n"
                + "sallyport {\n"
                + rings
                + "\n}\n");
    return KeyRingFiles.load(ConfigReader.read(file));
  }

  /** With a comma: HOCON makes one object of two that stand on one line. */
  private static String key(String id, String encoding, String use, String state) {
    return "{ id = %s, file = %s.key, encoding = %s, use = %s, state = %s },"
        .formatted(id, id, encoding, use, state);
  }

  /** The only key of the ring main. */
  private static String main(String encoding, String more) {
    return "key-rings.main { keys = [ " + key("a", encoding, "raw", "primary") + " ]" + more + " }";
  }

  private Path write(String name, byte[] content) throws IOException {
    Path file = folder.resolve(name);
    Files.deleteIfExists(file);
    Files.createFile(
        file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    return Files.write(file, content);
  }

  private Path hex(String name, int secret) throws IOException {
    return write(name, HexFormat.of().formatHex(secret(secret)).getBytes(US_ASCII));
  }

  private static byte[] secret(int fill) {
    byte[] secret = new byte[EnvelopeKey.SECRET_BYTES];
    Arrays.fill(secret, (byte) fill);
    return secret;
  }

  private static List<String> texts(List<Problem> problems) {
    return problems.stream().map(Problem::toString).toList();
  }

  private static KeyRing ring(LoadedKeyRings loaded, String name) {
    KeyRing ring = loaded.rings().get(name);
    if (ring == null) {
      throw new AssertionError("no " + name + " in " + loaded);
    }
    return ring;
  }

  private static void seal(KeyRing ring) throws EnvelopeFailed {
    new RawSealer(ring.primary(KeyUse.RAW), 1)
        .seal(Unpooled.buffer().writeByte(1), Unpooled.buffer());
  }

  @Test
  void bothRoomsHaveTheSameWords() {
    assertThat(names(KeyConfig.Encoding.values())).isEqualTo(names(KeyEncoding.values()));
    assertThat(names(KeyConfig.Use.values())).isEqualTo(names(KeyUse.values()));
    assertThat(names(KeyConfig.State.values())).isEqualTo(names(KeyState.values()));
  }

  private static List<String> names(Enum<?>[] constants) {
    return Stream.of(constants).map(Enum::name).toList();
  }

  @Test
  void readsEveryEncodingUseAndState() throws Exception {
    write("b.key", Base64.getEncoder().encode(secret(1)));
    hex("h.key", 2);
    write("n.key", secret(3));
    hex("f.key", 4);

    LoadedKeyRings loaded =
        load(
            "key-rings.main.keys = ["
                + key("b", "base64", "sealed", "primary")
                + key("h", "hex", "wrap", "enabled")
                + key("n", "binary", "raw", "open-only")
                + key("f", "hex", "frames", "primary")
                + key("gone", "hex", "sealed", "disabled")
                + "]");

    assertThat(loaded.problems()).isEmpty();
    assertThat(loaded.warnings()).isEmpty();
    assertThat(loaded.rings())
        .hasToString(
            "{main=[b (SEALED, PRIMARY), h (WRAP, ENABLED), n (RAW, OPEN_ONLY),"
                + " f (FRAMES, PRIMARY), gone (SEALED, DISABLED)]}");
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 16, 31, 33})
  void refusesAKeyOfAnyOtherLength(int length) throws Exception {
    Path file = folder.resolve("a.key");
    byte[] secret = Arrays.copyOf(secret('s'), length);
    String fault =
        "key-rings.main.keys.0.file (proxy.conf:4): %s holds a key of %d bytes; it must be 32;"
            + " check that it is %s, as encoding says";

    write("a.key", secret);
    assertThat(texts(load(main("binary", "")).problems()))
        .containsExactly(fault.formatted(file, length, "binary"));
    write("a.key", Base64.getEncoder().encode(secret));
    assertThat(texts(load(main("base64", "")).problems()))
        .containsExactly(fault.formatted(file, length, "base64"));
    write("a.key", HexFormat.of().formatHex(secret).getBytes(US_ASCII));
    assertThat(texts(load(main("hex", "")).problems()))
        .containsExactly(fault.formatted(file, length, "hex"));
  }

  @Test
  void refusesAnotherEncodingThanTheOneThatIsNamedAndTellsNothingOfTheKey() throws Exception {
    String secret = Base64.getEncoder().encodeToString(secret(0xa7));
    Path file = write("a.key", secret.getBytes(US_ASCII));

    assertThat(texts(load(main("hex", "")).problems()))
        .containsExactly(
            "key-rings.main.keys.0.file (proxy.conf:4): "
                + file
                + " is not hex; check that it is hex, as encoding says");
    assertThat(texts(load(main("binary", "")).problems()))
        .singleElement()
        .asString()
        .contains("holds a key of 44 bytes")
        .doesNotContain(secret.substring(0, 4));
  }

  @Test
  void refusesWhatIsNoFileInTheWordsOfIdentities() throws Exception {
    Path file = folder.resolve("a.key");
    String at = "key-rings.main.keys.0.file (proxy.conf:4): " + file;

    assertThat(texts(load(main("hex", "")).problems()))
        .containsExactly(at + " does not exist; check the path");
    Files.createDirectory(file);
    assertThat(texts(load(main("hex", "")).problems()))
        .containsExactly(at + " is a folder; name a file in it");
  }

  @Test
  void doesNotWaitForAPipe() throws Exception {
    Path file = folder.resolve("a.key");
    Program.run(List.of(Program.installed("mkfifo"), file.toString()));

    assertThat(texts(load(main("hex", "")).problems()))
        .containsExactly(
            "key-rings.main.keys.0.file (proxy.conf:4): "
                + file
                + " is a pipe, a socket or a device; name a file, which can be read again");
  }

  @ParameterizedTest
  @ValueSource(strings = {"rw-r-----", "rw----r--"})
  void warnsOfAKeyThatOthersCanReadAndRefusesItWhenStrict(String permissions) throws Exception {
    Path file = hex("a.key", 1);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(permissions));
    String text =
        "key-rings.main.keys.0.file (proxy.conf:4): "
            + file
            + " can be read by group or others; chmod 600 "
            + file;

    LoadedKeyRings mild = load(main("hex", ""));
    LoadedKeyRings strict = load(main("hex", ", strict-permissions = true"));

    assertThat(mild.problems()).isEmpty();
    assertThat(texts(mild.warnings())).containsExactly(text);
    assertThat(mild.rings()).containsOnlyKeys("main");
    assertThat(texts(strict.problems())).containsExactly(text);
    assertThat(strict.rings()).isEmpty();
  }

  @Test
  void tellsAllFaultsAtOnceAndOneRingKeepsBackNoOther() throws Exception {
    hex("good.key", 1);
    write("short.key", new byte[3]);

    LoadedKeyRings loaded =
        load(
            "key-rings.b.keys = ["
                + key("good", "hex", "raw", "primary")
                + "]\nkey-rings.a.keys = ["
                + key("short", "binary", "raw", "primary")
                + key("none", "hex", "raw", "enabled")
                + "]");

    assertThat(loaded.problems())
        .extracting(Problem::setting)
        .containsExactly("key-rings.a.keys.0.file", "key-rings.a.keys.1.file");
    assertThat(loaded.rings()).containsOnlyKeys("b");
  }

  @Test
  void oneSecretNeverServesTwoUsesInOneRingOrInTwo() throws Exception {
    hex("a.key", 1);
    write("b.key", secret(1));
    hex("c.key", 1);

    LoadedKeyRings loaded =
        load(
            "key-rings.main.keys = ["
                + key("a", "hex", "raw", "primary")
                + key("b", "binary", "frames", "primary")
                + "]\nkey-rings.other.keys = ["
                + key("c", "hex", "sealed", "primary")
                + "]");

    assertThat(texts(loaded.problems()))
        .containsExactly(
            "key-rings.main.keys.1.file (proxy.conf:4): "
                + folder.resolve("b.key")
                + " holds the secret of key-rings.main.keys.0 too, and one never serves two uses;"
                + " make a key for each use, with sallyport keygen",
            "key-rings.other.keys.0.file (proxy.conf:5): "
                + folder.resolve("c.key")
                + " holds the secret of key-rings.main.keys.0 too, and one never serves two uses;"
                + " make a key for each use, with sallyport keygen");
    assertThat(loaded.rings()).isEmpty();
  }

  @Test
  void oneSecretInTwoRingsIsCountedOnce() throws Exception {
    hex("a.key", 1);
    String key = key("a", "hex", "raw", "primary");

    LoadedKeyRings loaded =
        load("key-rings.one.keys = [" + key + "], key-rings.two.keys = [" + key + "]");
    seal(ring(loaded, "one"));
    seal(ring(loaded, "two"));

    assertThat(ring(loaded, "one").primary(KeyUse.RAW).nonces().used()).isEqualTo(2);
    assertThat(ring(loaded, "two").primary(KeyUse.RAW).nonces().used()).isEqualTo(2);
  }

  @Test
  void whatHasNotChangedIsTheSameRingAndWhatCannotServeStays() throws Exception {
    hex("a.key", 1);
    hex("b.key", 2);
    String both =
        "key-rings.a.keys = ["
            + key("a", "hex", "raw", "primary")
            + "], key-rings.b.keys = ["
            + key("b", "hex", "raw", "primary")
            + "]";
    LoadedKeyRings before = load(both);

    hex("a.key", 3);
    LoadedKeyRings after = load(both).after(before);
    assertThat(ring(after, "a")).isNotSameAs(ring(before, "a"));
    assertThat(ring(after, "b")).isSameAs(ring(before, "b"));

    write("a.key", new byte[0]);
    hex("b.key", 4);
    LoadedKeyRings half = load(both).after(after);
    assertThat(half.problems()).hasSize(1);
    assertThat(ring(half, "a")).isSameAs(ring(after, "a"));
    assertThat(ring(half, "b")).isNotSameAs(ring(after, "b"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "keys = [ { id = a, file = a.key, encoding = hex, use = raw, state = enabled } ]",
        "keys = [ { id = c, file = a.key, encoding = hex, use = raw, state = primary } ]",
        "keys = [ { id = a, file = a.key, encoding = hex, use = raw, state = disabled } ]",
        "keys = [ { id = a, file = b.key, encoding = hex, use = raw, state = primary } ]",
        "keys = [ { id = a, file = a.key, encoding = hex, use = frames, state = primary } ]",
        "keys = [ { id = a, file = a.key, encoding = hex, use = raw, state = primary }"
            + ", { id = b, file = b.key, encoding = hex, use = raw, state = enabled } ]"
      })
  void anyChangeMakesAnotherRing(String next) throws Exception {
    hex("a.key", 1);
    hex("b.key", 2);
    LoadedKeyRings before = load(main("hex", ""));

    LoadedKeyRings after = load("key-rings.main { " + next + " }").after(before);

    assertThat(after.problems()).isEmpty();
    assertThat(ring(after, "main")).isNotSameAs(ring(before, "main"));
  }

  @Test
  void aSecretCountsOnWhenItsRingChangesOrHasAnotherName() throws Exception {
    hex("a.key", 1);
    hex("b.key", 2);
    LoadedKeyRings first = load(main("hex", ""));
    seal(ring(first, "main"));

    LoadedKeyRings rotated =
        load("key-rings.renamed.keys = ["
                + key("b", "hex", "raw", "primary")
                + key("a", "hex", "raw", "open-only")
                + "]")
            .after(first);

    assertThat(rotated.rings()).containsOnlyKeys("renamed");
    assertThat(ring(rotated, "renamed").keys())
        .extracting(key -> key.nonces().used())
        .containsExactly(0L, 1L);
  }

  @Test
  void aDisabledKeyNeedsNoFileAndDoesNotStartAnewWhenItIsEnabledAgain() throws Exception {
    Path file = hex("a.key", 1);
    LoadedKeyRings first = load(main("hex", ""));
    seal(ring(first, "main"));
    Files.delete(file);

    LoadedKeyRings disabled =
        load("key-rings.main.keys = [" + key("a", "hex", "raw", "disabled") + "]").after(first);
    assertThat(disabled.problems()).isEmpty();
    assertThat(ring(disabled, "main")).hasToString("[a (RAW, DISABLED)]");

    hex("a.key", 1);
    LoadedKeyRings again = load(main("hex", "")).after(disabled);
    assertThat(ring(again, "main").primary(KeyUse.RAW).nonces().used()).isOne();
  }

  @Test
  void checkTellsOfItWithAllElse() throws Exception {
    hex("a.key", 1);
    load(main("base64", ""));

    assertThat(Proxy.check(ConfigReader.read(folder.resolve("proxy.conf"))).problems())
        .extracting(Problem::setting)
        .contains("identities.default.certificate", "key-rings.main.keys.0.file");
  }

  @Test
  void isToldBesideWhatIsWrongInTheConfigurationItself() throws Exception {
    Path file = folder.resolve("proxy.conf");
    Files.writeString(
        file, "sallyport.inbound.web.listen = 3\nsallyport { " + main("hex", "") + " }\n");

    try {
      Proxy.read(file);
      throw new AssertionError("it was read");
    } catch (InvalidConfig e) {
      assertThat(e.problems())
          .extracting(Problem::setting)
          .contains("inbound.web.listen", "key-rings.main.keys.0.file");
    }
  }
}
