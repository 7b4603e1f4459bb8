package io.sallyport.rig;

import io.sallyport.testcerts.PemFiles;
import java.util.ArrayList;
import java.util.List;

/** {@code openssl s_server}, a peer that is not Java. */
public final class OpenSslServer implements AutoCloseable {

  private final Program program;
  private final int port;

  public OpenSslServer(PemFiles identity, List<String> arguments) {
    List<String> command =
        new ArrayList<>(
            List.of(
                Program.installed("openssl"),
                "s_server",
                "-accept",
                "127.0.0.1:0",
                "-cert",
                identity.certificate().toString(),
                "-key",
                identity.key().toString()));
    command.addAll(arguments);
    program = Program.start(command);
    String ready = program.awaitLine(line -> line.startsWith("ACCEPT"));
    port = Integer.parseInt(ready.substring(ready.lastIndexOf(':') + 1).trim());
  }

  public int port() {
    return port;
  }

  /** To the peer, unless it is one of the letters that s_server takes for itself. */
  public void write(String text) {
    program.send(text);
  }

  /**
   * What it tells of its first connection, once that has shaken hands. To be asked before anything
   * is written: s_server takes its input first, and then tells nothing.
   */
  public String connection() {
    program.awaitLine(line -> line.startsWith("CIPHER is"));
    return program.output();
  }

  /** Waits until a peer has sent this alert (RFC 8446 §6). */
  public void awaitAlert(int number) {
    program.awaitLine(line -> line.endsWith("SSL alert number " + number));
  }

  @Override
  public void close() {
    program.close();
  }
}
