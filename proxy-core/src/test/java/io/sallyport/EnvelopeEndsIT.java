package io.sallyport;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.sallyport.envelope.KeyFile;
import io.sallyport.relay.CloseReason;
import io.sallyport.rig.Application;
import io.sallyport.rig.Pki;
import io.sallyport.rig.RunningProxy;
import java.io.IOException;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How framed connections end where TLS itself carries no half-close. */
final class EnvelopeEndsIT {

  private static final String KEYS =
      """
      key-rings.default.keys = [
        { id = f1, file = "FOLDER/frames.key", encoding = base64, use = frames, state = primary }
      ]
      """;

  private static final String FRAMES = "envelope { key-ring = default, format = frames }\n";

  private final Pki pki;

  EnvelopeEndsIT(@TempDir Path folder) throws IOException {
    pki = new Pki(folder);
    byte[] key = new byte[32];
    new SecureRandom().nextBytes(key);
    Files.write(folder.resolve("frames.key"), KeyFile.encoded(key));
  }

  private RunningProxy inbound(Application application) {
    return RunningProxy.with(
        pki,
        KEYS
            + """
            inbound.in {
              listen = "127.0.0.1:0", forward = "%s", allow = [ { uri = "spiffe://test/*" } ]
              %s
            }
            """
                .formatted(application.address(), FRAMES));
  }

  private RunningProxy outbound(RunningProxy in) {
    return RunningProxy.with(
        pki,
        KEYS
            + """
            outbound.out {
              listen = "127.0.0.1:0", connect = "127.0.0.1:%d", identity = client
              allow = [ { uri = "spiffe://test/*" } ]
              %s
            }
            """
                .formatted(in.port("in"), FRAMES));
  }

  @Test
  void aServerThatFinishesFirstIsNotReset() throws Exception {
    try (Application server =
            Application.serving(
                socket -> {
                  socket.getInputStream().readNBytes(4);
                  socket.getOutputStream().write("pong".getBytes(US_ASCII));
                  socket.shutdownOutput();
                  socket.getInputStream().readAllBytes();
                });
        RunningProxy in = inbound(server);
        RunningProxy out = outbound(in);
        Socket client = out.connect("out")) {
      client.getOutputStream().write("ping".getBytes(US_ASCII));
      assertThat(client.getInputStream().readAllBytes()).asString().isEqualTo("pong");
      client.close();

      assertThat(server.nextEnding()).isEmpty();
      out.awaitClosed("out", CloseReason.PEER_CLOSED, 1);
      in.awaitClosed("in", CloseReason.APPLICATION_CLOSED, 1);
    }
  }

  @Test
  void aClientThatFinishesFirstIsNotReset() throws Exception {
    try (Application server =
            Application.serving(
                socket -> {
                  socket.getInputStream().readNBytes(4);
                  socket.getOutputStream().write("pong".getBytes(US_ASCII));
                  socket.getInputStream().readAllBytes();
                });
        RunningProxy in = inbound(server);
        RunningProxy out = outbound(in);
        Socket client = out.connect("out")) {
      client.getOutputStream().write("ping".getBytes(US_ASCII));
      assertThat(client.getInputStream().readNBytes(4)).asString().isEqualTo("pong");
      client.shutdownOutput();

      assertThat(server.nextEnding()).isEmpty();
      in.awaitClosed("in", CloseReason.PEER_CLOSED, 1);
      assertThat(client.getInputStream().readAllBytes()).isEmpty();
      out.awaitClosed("out", CloseReason.APPLICATION_CLOSED, 1);
    }
  }

  @Test
  void theAnswerToAClientThatHasFinishedArrivesWhole() throws Exception {
    byte[] answer = new byte[1_000_000];
    try (Application server =
            Application.serving(
                socket -> {
                  socket.getInputStream().readAllBytes();
                  socket.getOutputStream().write(answer);
                });
        RunningProxy in = inbound(server);
        RunningProxy out = outbound(in);
        Socket client = out.connect("out")) {
      client.getOutputStream().write("ping".getBytes(US_ASCII));
      client.shutdownOutput();

      assertThat(client.getInputStream().readAllBytes()).isEqualTo(answer);
      in.awaitClosed("in", CloseReason.PEER_CLOSED, 1);
      out.awaitClosed("out", CloseReason.APPLICATION_CLOSED, 1);
    }
  }
}
