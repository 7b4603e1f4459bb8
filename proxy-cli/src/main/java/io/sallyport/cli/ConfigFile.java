package io.sallyport.cli;

import io.sallyport.Proxy;
import io.sallyport.config.InvalidConfig;
import io.sallyport.config.ProxyConfig;
import java.nio.file.Path;
import picocli.CommandLine.Option;

/** The flag that names the configuration. */
final class ConfigFile {

  @Option(
      names = {"-c", "--config"},
      required = true,
      paramLabel = "FILE",
      description = "The configuration.")
  private Path file = Path.of("sallyport.conf");

  Path path() {
    return file;
  }

  ProxyConfig read() throws InvalidConfig {
    return Proxy.read(file);
  }
}
