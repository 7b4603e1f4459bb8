package io.sallyport;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sallyport.rig.Application;
import io.sallyport.rig.Pki;
import io.sallyport.rig.RunningProxy;
import io.sallyport.testcerts.TestIdentity;
import java.io.IOException;
import java.nio.file.Path;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class InboundIT {

  private final Pki pki;
  private final TestIdentity client;

  InboundIT(@TempDir Path folder) throws IOException {
    pki = new Pki(folder);
    client = pki.issue("someone", leaf -> leaf.uri("spiffe://test/someone"));
  }

  private RunningProxy proxy(Application application, String more) {
    return RunningProxy.with(
        pki,
        """
        inbound.web {
          listen = "127.0.0.1:0"
          forward = "%s"
          allow = [ { uri = "spiffe://test/*" } ]
          %s
        }
        """
            .formatted(application.address(), more));
  }

  private SSLSocket connect(RunningProxy proxy, String protocol) throws IOException {
    SSLSocket socket =
        (SSLSocket)
            pki.context(client).getSocketFactory().createSocket("127.0.0.1", proxy.port("web"));
    socket.setEnabledProtocols(new String[] {protocol});
    socket.setSoTimeout(20_000);
    return socket;
  }

  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
  void carriesBytesBothWays(String protocol) throws Exception {
    try (Application application = Application.echo();
        RunningProxy proxy = proxy(application, "");
        SSLSocket socket = connect(proxy, protocol)) {
      socket.getOutputStream().write("hello".getBytes(US_ASCII));
      assertThat(socket.getInputStream().readNBytes(5)).asString().isEqualTo("hello");
      assertThat(socket.getSession().getProtocol()).isEqualTo(protocol);
    }
  }

  @Test
  void carriesTheApplicationsEndWhileThePeerGoesOn() throws Exception {
    try (Application application =
            Application.serving(
                socket -> {
                  socket.getOutputStream().write("bye".getBytes(US_ASCII));
                  socket.shutdownOutput();
                  byte[] rest = socket.getInputStream().readAllBytes();
                  if (!new String(rest, US_ASCII).equals("but I go on")) {
                    throw new IOException("got " + rest.length);
                  }
                });
        RunningProxy proxy = proxy(application, "")) {
      try (SSLSocket socket = connect(proxy, "TLSv1.3")) {
        assertThat(socket.getInputStream().readAllBytes()).asString().isEqualTo("bye");
        socket.getOutputStream().write("but I go on".getBytes(US_ASCII));
      }
      assertThat(application.nextEnding()).isEmpty();
    }
  }

  @Test
  void carriesThePeersEndWhileTheApplicationGoesOnWithFullHalfClose() throws Exception {
    try (Application application =
            Application.serving(
                socket -> {
                  byte[] question = socket.getInputStream().readAllBytes();
                  socket.getOutputStream().write(question);
                  socket.getOutputStream().write(" is answered".getBytes(US_ASCII));
                });
        RunningProxy proxy = proxy(application, "half-close = full, tls-min = \"1.3\"");
        SSLSocket socket = connect(proxy, "TLSv1.3")) {
      socket.getOutputStream().write("question".getBytes(US_ASCII));
      socket.shutdownOutput();
      assertThat(socket.getInputStream().readAllBytes())
          .asString()
          .isEqualTo("question is answered");
    }
  }

  @Test
  void resetsThePeerWhenTheApplicationResets() throws Exception {
    try (Application application =
            Application.serving(
                socket -> {
                  socket.getInputStream().read();
                  socket.setSoLinger(true, 0);
                });
        RunningProxy proxy = proxy(application, "");
        SSLSocket socket = connect(proxy, "TLSv1.3")) {
      socket.getOutputStream().write('x');
      assertThatThrownBy(() -> socket.getInputStream().read()).hasMessageContaining("reset");
    }
  }
}
