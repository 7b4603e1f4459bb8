package io.sallyport.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.sallyport.cli.inject.Injection.Manifest;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** Manifests from files, folders and standard input. */
final class ManifestFiles {

  static final String STANDARD_INPUT = "-";

  /** Twice what the store of Kubernetes takes; and as much of it as the command's heap does. */
  private static final int MOST_BYTES = 3 << 20;

  private static final int MOST_BYTES_OF_ALL = 12 << 20;

  private static final String MANIFESTS = "*.{yaml,yml,json}";

  private long bytes;

  private ManifestFiles() {}

  /** In the order given; those of a folder in the order of their names, without its folders. */
  static List<Manifest> read(List<String> sources) throws CommandFailed {
    ManifestFiles files = new ManifestFiles();
    List<Manifest> manifests = new ArrayList<>();
    for (String source : sources) {
      if (source.equals(STANDARD_INPUT)) {
        manifests.add(files.manifest("standard input", System.in));
        continue;
      }
      for (Path file : files(path(source))) {
        manifests.add(files.manifest(file));
      }
    }
    return manifests;
  }

  private static Path path(String source) throws CommandFailed {
    try {
      return Path.of(source);
    } catch (InvalidPathException e) {
      throw CommandFailed.invalid("--filename", "is not a path", "use plain characters");
    }
  }

  private static List<Path> files(Path source) throws CommandFailed {
    if (!Files.isDirectory(source)) {
      return List.of(source);
    }
    List<Path> files = new ArrayList<>();
    try (DirectoryStream<Path> content = Files.newDirectoryStream(source, MANIFESTS)) {
      content.forEach(files::add);
    } catch (IOException e) {
      throw CommandFailed.unreadable(source, e);
    }
    if (files.isEmpty()) {
      throw CommandFailed.invalid(
          source.toString(), "has no .yaml, .yml or .json in it", "name another folder");
    }
    Collections.sort(files);
    return files;
  }

  private Manifest manifest(Path file) throws CommandFailed {
    try (InputStream stream = Files.newInputStream(file)) {
      return manifest(file.toString(), stream);
    } catch (IOException e) {
      throw CommandFailed.unreadable(file, e);
    }
  }

  private Manifest manifest(String name, InputStream stream) throws CommandFailed {
    byte[] content;
    try {
      content = stream.readNBytes(MOST_BYTES + 1);
    } catch (IOException e) {
      throw CommandFailed.invalid(name, Faults.describe(e), "name a file that can be read");
    }
    bytes += content.length;
    if (content.length > MOST_BYTES || bytes > MOST_BYTES_OF_ALL) {
      throw CommandFailed.invalid(
          name,
          content.length > MOST_BYTES ? "is larger than 3 MiB" : "makes it more than 12 MiB",
          "give it in parts");
    }
    try {
      return new Manifest(name, UTF_8.newDecoder().decode(ByteBuffer.wrap(content)).toString());
    } catch (CharacterCodingException e) {
      throw CommandFailed.invalid(name, "is not UTF-8", "convert it");
    }
  }
}
