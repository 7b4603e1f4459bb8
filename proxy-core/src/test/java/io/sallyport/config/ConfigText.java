package io.sallyport.config;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Configurations written in a test. */
final class ConfigText {

  /** One good identity, on one line. */
  static final String IDENTITY =
      "sallyport.identities.default { certificate = tls.crt, key = tls.key, trust = ca.crt }\n";

  /** One good inbound listener, on one line. */
  static final String INBOUND =
      "sallyport.inbound.web { listen = \"0.0.0.0:8443\", forward = \"127.0.0.1:8080\","
          + " allow = [ { uri = \"spiffe://prod/a\" } ] }\n";

  /** One good outbound listener, on one line. */
  static final String OUTBOUND =
      "sallyport.outbound.ledger { listen = \"127.0.0.1:9000\", connect = \"ledger:8443\" }\n";

  private ConfigText() {}

  static ProxyConfig read(Path folder, String text) throws InvalidConfig {
    return ConfigReader.read(write(folder, "proxy.conf", text));
  }

  /** What is wrong with it, a line each; empty when it can be used. */
  static List<String> problems(Path folder, String text) {
    try {
      read(folder, text);
      return List.of();
    } catch (InvalidConfig e) {
      return e.problems().stream().map(Problem::toString).toList();
    }
  }

  static Path write(Path folder, String name, String text) {
    try {
      return Files.writeString(folder.resolve(name), text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
