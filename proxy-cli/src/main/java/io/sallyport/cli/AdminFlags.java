package io.sallyport.cli;

import io.netty.util.NetUtil;
import io.sallyport.config.Address;
import io.sallyport.config.Addresses;
import io.sallyport.config.ConfigReader;
import io.sallyport.config.InvalidConfig;
import io.sallyport.config.ListenerConfig.Listen;
import io.sallyport.config.Malformed;
import io.sallyport.config.ProxyConfig;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Which running proxy is meant. */
final class AdminFlags {

  /** What {@code admin.listen} is where nothing says otherwise. */
  private static final Address.Tcp DEFAULT = new Address.Tcp("127.0.0.1", 9901);

  @Option(
      names = {"-c", "--config"},
      paramLabel = "FILE",
      description = "The proxy's configuration, of which only admin.listen counts.")
  private @Nullable Path config;

  @Option(
      names = "--admin",
      paramLabel = "ADDR",
      description =
          "Its admin server, HOST:PORT or unix:/PATH, in place of a configuration;"
              + " default 127.0.0.1:9901.")
  private @Nullable String admin;

  @Option(
      names = "--timeout",
      paramLabel = "DURATION",
      description = "How long to wait for the answer; default 1m.")
  private Duration timeout = Duration.ofMinutes(1);

  /**
   * @throws InvalidConfig when the file cannot be read so far as to know
   */
  AdminClient client() throws InvalidConfig, CommandFailed {
    if (config != null && admin != null) {
      throw CommandFailed.invalid("--admin", "--config says it too", "give one of them");
    }
    if (timeout.isZero()) {
      throw CommandFailed.invalid("--timeout", "leaves no time", "write such as 10s");
    }
    if (config != null) {
      return new AdminClient(listen(config), timeout);
    }
    return new AdminClient(admin == null ? DEFAULT : target(admin), timeout);
  }

  private static Address target(String text) throws CommandFailed {
    try {
      return Addresses.target(text);
    } catch (Malformed e) {
      throw CommandFailed.invalid("--admin", e.fault(), e.remedy());
    }
  }

  private static Address listen(Path file) throws InvalidConfig, CommandFailed {
    Listen listen = sound(file).admin().listen();
    if (listen == null) {
      throw CommandFailed.invalid(
          "admin.listen", "is off in " + file, "turn it on and restart, or send a signal");
    }
    if (listen.address() instanceof Address.Inherited) {
      throw CommandFailed.invalid(
          "admin.listen",
          "is a socket of systemd's in " + file + ", which does not say where it is",
          "give --admin the address that the .socket unit says");
    }
    if (!(listen.address() instanceof Address.Tcp tcp)) {
      return listen.address();
    }
    if (tcp.port() == 0) {
      throw CommandFailed.invalid(
          "admin.listen",
          "leaves the port to the system in " + file,
          "give --admin the address that the log says");
    }
    return switch (tcp.host()) {
      case "0.0.0.0" -> new Address.Tcp(NetUtil.LOCALHOST4.getHostAddress(), tcp.port());
      case "::" -> new Address.Tcp("::1", tcp.port());
      default -> tcp;
    };
  }

  /** What is wrong with the rest of it is for the proxy to say. */
  private static ProxyConfig sound(Path file) throws InvalidConfig {
    try {
      return ConfigReader.read(file);
    } catch (InvalidConfig e) {
      ProxyConfig sound = e.sound();
      if (sound == null) {
        throw e;
      }
      return sound;
    }
  }
}
