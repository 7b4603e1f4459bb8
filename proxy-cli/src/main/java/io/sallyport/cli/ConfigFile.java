package io.sallyport.cli;

import io.sallyport.Proxy;
import io.sallyport.config.InvalidConfig;
import io.sallyport.config.Problem;
import io.sallyport.config.ProxyConfig;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.Option;

/** The flag that names the configuration. */
final class ConfigFile {

  /** A pod takes its configuration along so, without a file that could be another one's. */
  private static final String VARIABLE = "env:";

  @Option(
      names = {"-c", "--config"},
      required = true,
      paramLabel = "FILE",
      description = "The configuration; env:NAME for what that environment variable holds.")
  private String source = "sallyport.conf";

  static ConfigFile named(String source) {
    ConfigFile file = new ConfigFile();
    file.source = source;
    return file;
  }

  /** As it was given. */
  String name() {
    return source;
  }

  ProxyConfig read() throws InvalidConfig {
    if (!source.startsWith(VARIABLE)) {
      return Proxy.read(path());
    }
    String text = System.getenv(source.substring(VARIABLE.length()));
    if (text == null) {
      throw unusable("is not set", "set it to the configuration, or name a file");
    }
    return Proxy.read(source, text);
  }

  private Path path() throws InvalidConfig {
    try {
      return Path.of(source);
    } catch (InvalidPathException e) {
      throw unusable("is not a path", "use plain characters");
    }
  }

  private InvalidConfig unusable(String fault, String remedy) {
    return new InvalidConfig(List.of(new Problem(source, "", fault, remedy)));
  }
}
