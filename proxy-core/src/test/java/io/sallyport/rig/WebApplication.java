package io.sallyport.rig;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;

/** HTTP/1.1 in its smallest form. */
public final class WebApplication {

  private WebApplication() {}

  /** Answers one request on each connection with 200 and {@code hello}, and finishes. */
  public static Application start() {
    return Application.serving(
        socket -> {
          BufferedReader lines =
              new BufferedReader(new InputStreamReader(socket.getInputStream(), US_ASCII));
          String line = lines.readLine();
          while (line != null && !line.isEmpty()) {
            line = lines.readLine();
          }
          if (line == null) {
            throw new IOException("no request");
          }
          socket
              .getOutputStream()
              .write(
                  "HTTP/1.1 200 OK\r\nContent-Length: 6\r\nConnection: close\r\n\r\nhello\n"
                      .getBytes(US_ASCII));
        });
  }
}
