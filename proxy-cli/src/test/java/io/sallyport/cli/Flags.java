package io.sallyport.cli;

import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.sallyport.config.Allow;
import io.sallyport.config.IdentityConfig;
import io.sallyport.config.InvalidConfig;
import io.sallyport.config.Problem;
import io.sallyport.config.ProxyConfig;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import picocli.CommandLine;

/** What {@code server} and {@code client} make of their flags; nothing is started. */
final class Flags {

  private Flags() {}

  static ProxyConfig server(String... flags) throws InvalidConfig {
    ServerCommand command = new ServerCommand();
    parse(command, flags);
    return command.config();
  }

  static ProxyConfig client(String... flags) throws InvalidConfig {
    ClientCommand command = new ClientCommand();
    parse(command, flags);
    return command.config();
  }

  /** The only identity there is. */
  static IdentityConfig identity(ProxyConfig config) {
    return Objects.requireNonNull(config.identities().get("tunnel"));
  }

  /** The lines that the user gets to see. */
  static List<String> faultsOfServer(String... flags) {
    return lines(catchThrowableOfType(InvalidConfig.class, () -> server(flags)).problems());
  }

  /** The lines that the user gets to see. */
  static List<String> faultsOfClient(String... flags) {
    return lines(catchThrowableOfType(InvalidConfig.class, () -> client(flags)).problems());
  }

  static List<String> lines(List<Problem> problems) {
    return problems.stream().map(Faults::line).toList();
  }

  /** Both, one after the other. */
  static String[] with(String[] flags, String... more) {
    String[] all = new String[flags.length + more.length];
    System.arraycopy(flags, 0, all, 0, flags.length);
    System.arraycopy(more, 0, all, flags.length, more.length);
    return all;
  }

  private static void parse(Object command, String... flags) {
    new CommandLine(command).registerConverter(Duration.class, new GoDuration()).parseArgs(flags);
  }

  /** A rule of one field. */
  static Allow.Rule rule(String setting, Allow.Field field, String... values) {
    return new Allow.Rule(setting, Map.of(field, List.of(values)));
  }
}
