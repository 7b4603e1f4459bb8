package io.sallyport.cli.demo;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.handler.ssl.JdkSslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;

/** The requests that the demo's curl lines make, made by itself. */
final class DemoRequests {

  private static final int TIMEOUT_MILLIS = 10_000;
  private static final String REQUEST =
      "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";

  private final DemoPki pki;
  private final DemoSidecars sidecars;

  DemoRequests(DemoPki pki, DemoSidecars sidecars) {
    this.pki = pki;
    this.sidecars = sidecars;
  }

  /**
   * @param expected whether it went as it should have
   */
  record Outcome(boolean expected, String words) {}

  Outcome throughOutbound() {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), sidecars.outboundPort())) {
      return answered(get(socket));
    } catch (IOException e) {
      return new Outcome(false, "failed: " + e.getMessage());
    }
  }

  Outcome withCertificate() {
    try (SSLSocket socket = connect(true)) {
      return answered(get(socket));
    } catch (IOException e) {
      return new Outcome(false, "failed: " + e.getMessage());
    }
  }

  Outcome withoutCertificate() {
    try (SSLSocket socket = connect(false)) {
      return new Outcome(false, "was not refused: " + firstLine(get(socket)));
    } catch (SSLException e) {
      String message = String.valueOf(e.getMessage());
      return new Outcome(message.contains("certificate_required"), "refused: " + message);
    } catch (IOException e) {
      return new Outcome(false, "failed: " + e.getMessage());
    }
  }

  private SSLSocket connect(boolean showCertificate) throws IOException {
    SslContextBuilder builder =
        SslContextBuilder.forClient().sslProvider(SslProvider.JDK).trustManager(pki.ca().toFile());
    if (showCertificate) {
      builder.keyManager(pki.client().certificate().toFile(), pki.client().key().toFile());
    }
    SSLSocket socket =
        (SSLSocket)
            ((JdkSslContext) builder.build())
                .context()
                .getSocketFactory()
                .createSocket(InetAddress.getLoopbackAddress(), sidecars.inboundPort());
    SSLParameters parameters = socket.getSSLParameters();
    parameters.setEndpointIdentificationAlgorithm("HTTPS");
    socket.setSSLParameters(parameters);
    return socket;
  }

  private static String get(Socket socket) throws IOException {
    socket.setSoTimeout(TIMEOUT_MILLIS);
    socket.getOutputStream().write(REQUEST.getBytes(US_ASCII));
    return new String(socket.getInputStream().readAllBytes(), UTF_8);
  }

  private static Outcome answered(String response) {
    return new Outcome(
        response.startsWith("HTTP/1.1 200 ") && response.endsWith(DemoApplication.GREETING),
        firstLine(response));
  }

  private static String firstLine(String response) {
    return response.lines().findFirst().orElse("no answer");
  }
}
