package io.sallyport.identity;

import io.sallyport.testcerts.PemFiles;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** {@code openssl s_server}, a peer that is not Java. */
final class OpenSslServer implements AutoCloseable {
  private final Process process;
  private final int port;

  OpenSslServer(PemFiles identity, List<String> arguments) throws IOException {
    List<String> command =
        new ArrayList<>(
            List.of(
                "openssl",
                "s_server",
                "-accept",
                "127.0.0.1:0",
                "-cert",
                identity.certificate().toString(),
                "-key",
                identity.key().toString()));
    command.addAll(arguments);
    process = new ProcessBuilder(command).redirectErrorStream(true).start();
    BufferedReader printed =
        new BufferedReader(
            new InputStreamReader(process.getInputStream(), StandardCharsets.ISO_8859_1));
    String line;
    do {
      line = printed.readLine();
      if (line == null) {
        throw new AssertionError("openssl s_server did not start");
      }
    } while (!line.startsWith("ACCEPT"));
    port = Integer.parseInt(line.substring(line.lastIndexOf(':') + 1).trim());
  }

  int port() {
    return port;
  }

  /** To the peer, unless it is one of the letters that s_server takes for itself. */
  void write(String text) throws IOException {
    process.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
    process.getOutputStream().flush();
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}
