package io.sallyport.identity;

import io.sallyport.testcerts.PemFiles;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** {@code openssl s_client}, a peer that is not Java. */
final class OpenSslClient {

  private OpenSslClient() {}

  /** All that it prints, for a connection that the server ends or that ends with the input. */
  static String connect(int port, String input, List<String> arguments)
      throws IOException, InterruptedException {
    List<String> command =
        new ArrayList<>(List.of("openssl", "s_client", "-connect", "127.0.0.1:" + port));
    command.addAll(arguments);
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    try (var in = process.getInputStream();
        var out = process.getOutputStream()) {
      StringBuilder printed = new StringBuilder();
      boolean wrote = false;
      byte[] some = new byte[8192];
      for (int read; (read = in.read(some)) >= 0; ) {
        printed.append(new String(some, 0, read, StandardCharsets.ISO_8859_1));
        // s_client obeys commands only at the start of what it reads after the handshake.
        if (!wrote && printed.indexOf("hello") >= 0) {
          wrote = true;
          write(out, input);
        }
      }
      if (!process.waitFor(20, TimeUnit.SECONDS)) {
        throw new AssertionError("openssl did not end: " + printed);
      }
      return printed.toString();
    } finally {
      process.destroyForcibly();
    }
  }

  private static void write(OutputStream out, String input) {
    try {
      out.write(input.getBytes(StandardCharsets.US_ASCII));
      out.flush();
    } catch (IOException e) {
      // It has ended, and what it printed tells why.
    }
  }

  static List<String> with(String version, PemFiles identity) {
    String certificate = identity.certificate().toString();
    return List.of(
        version,
        "-cert",
        certificate,
        "-cert_chain",
        certificate,
        "-key",
        identity.key().toString());
  }
}
