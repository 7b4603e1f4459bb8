package io.sallyport.envelope;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;

/** Test vectors of other hands, which lie beside the project's folder or not at all. */
final class Vectors {

  /** Tests run in their module's folder. */
  private static final Path FOLDER = Path.of("../../shared/vectors");

  private Vectors() {}

  static Config json(String file) {
    return ConfigFactory.parseFile(present(file).toFile());
  }

  static List<String> lines(String file) {
    try {
      return Files.readAllLines(present(file));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Path present(String file) {
    Path path = FOLDER.resolve(file);
    assumeTrue(Files.exists(path), path + " is not there");
    return path;
  }

  /** The tests of a Wycheproof file, each with what its group says of it. */
  static Stream<Config> wycheproof(String file) {
    return json(file).getConfigList("testGroups").stream()
        .flatMap(
            group ->
                group.getConfigList("tests").stream()
                    .map(test -> ((Config) test).withFallback(group.withoutPath("tests"))));
  }

  static byte[] bytes(Config test, String key) {
    return HexFormat.of().parseHex(test.getString(key));
  }

  static boolean isValid(Config test) {
    return test.getString("result").equals("valid");
  }

  static String name(Config test) {
    return test.getInt("tcId") + " " + test.getString("comment");
  }
}
