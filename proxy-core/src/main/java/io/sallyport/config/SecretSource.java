package io.sallyport.config;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** Where a password is to be had; the password itself is in no record, log or message. */
public sealed interface SecretSource {

  /** The first line of a file. */
  record InFile(Path file) implements SecretSource {
    @Override
    public char[] read() throws IOException {
      if (PipeOrDevice.is(file)) {
        throw new IOException(file + " " + PipeOrDevice.FAULT);
      }
      String text = Files.readString(file, StandardCharsets.UTF_8);
      int end = text.indexOf('\n');
      String line = end < 0 ? text : text.substring(0, end);
      return (line.endsWith("\r") ? line.substring(0, line.length() - 1) : line).toCharArray();
    }
  }

  /** Given as it is, on a command line that should not have held it. */
  final class Literal implements SecretSource {
    private final char[] secret;

    public Literal(char[] secret) {
      this.secret = secret.clone();
    }

    @Override
    public char[] read() {
      return secret.clone();
    }

    @Override
    public String toString() {
      return "Literal[hidden]";
    }
  }

  /** A new array each time; the caller wipes it. */
  char[] read() throws IOException;
}
