package io.sallyport.cli;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.sallyport.cli.Command.Ended;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Base64;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/** A folder with keys and data, and the command on them, in this process. */
final class DataFolder {

  static final int CHUNK = 16384;
  static final int SEALED_CHUNK = CHUNK + 16;

  private final Path folder;
  private final Random random = new Random();

  DataFolder(Path folder) {
    this.folder = folder;
  }

  Path path(String name) {
    return folder.resolve(name);
  }

  String file(String name) {
    return path(name).toString();
  }

  byte[] bytes(String name) throws IOException {
    return Files.readAllBytes(path(name));
  }

  /** Writes a new key; returns ID=FILE. */
  String key(String id) throws IOException {
    byte[] key = new byte[32];
    random.nextBytes(key);
    return key(id, key);
  }

  String key(String id, byte[] key) throws IOException {
    Path file = path(id + ".key");
    Files.write(file, (Base64.getEncoder().encodeToString(key) + "\n").getBytes(US_ASCII));
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    return id + "=" + file;
  }

  /** Writes bytes of no meaning; returns the file. */
  String data(String name, int length) throws IOException {
    byte[] bytes = new byte[length];
    random.nextBytes(bytes);
    return Files.write(path(name), bytes).toString();
  }

  Set<String> names() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return new TreeSet<>(files.map(file -> file.getFileName().toString()).toList());
    }
  }

  String mode(String name) throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(path(name)));
  }

  static Ended run(String... arguments) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    int code = Sallyport.run(new PrintWriter(out), new PrintWriter(err), arguments);
    return new Ended(code, out.toString(), err.toString());
  }

  /** Runs what has to succeed; returns what it printed. */
  static String done(String... arguments) {
    Ended ended = run(arguments);
    if (ended.exitCode() != 0 || !ended.err().isEmpty()) {
      throw new AssertionError(List.of(arguments) + ": " + ended);
    }
    return ended.out();
  }
}
