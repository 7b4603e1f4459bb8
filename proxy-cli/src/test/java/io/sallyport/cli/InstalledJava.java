package io.sallyport.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;

/** The Java of a version, where this system has one. */
final class InstalledJava {

  private InstalledJava() {}

  /** Beside the Java that runs the tests, or that one. */
  static Optional<Path> of(int version) throws IOException {
    Path home = Path.of(System.getProperty("java.home"));
    if (Runtime.version().feature() == version) {
      return Optional.of(home);
    }
    try (Stream<Path> homes = Files.list(home.resolveSibling(""))) {
      return homes.filter(other -> isJava(other, version)).findFirst();
    }
  }

  private static boolean isJava(Path home, int version) {
    try {
      return Files.isExecutable(home.resolve("bin/java"))
          && Files.readString(home.resolve("release")).contains("JAVA_VERSION=\"" + version);
    } catch (IOException e) {
      return false;
    }
  }
}
