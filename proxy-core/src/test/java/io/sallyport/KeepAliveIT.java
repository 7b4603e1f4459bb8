package io.sallyport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.sallyport.rig.Application;
import io.sallyport.rig.Eventually;
import io.sallyport.rig.KernelTcp;
import io.sallyport.rig.Pki;
import io.sallyport.rig.RunningProxy;
import io.sallyport.rig.Transports;
import io.sallyport.rig.Way;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.nio.file.Path;
import java.util.Optional;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which connections of a running proxy the kernel probes when they are silent. */
final class KeepAliveIT {

  private final Pki pki;

  KeepAliveIT(@TempDir Path folder) throws IOException {
    pki = new Pki(folder);
  }

  @ParameterizedTest
  @CsvSource({
    "epoll, INBOUND", "nio, INBOUND", "io_uring, INBOUND",
    "epoll, OUTBOUND", "nio, OUTBOUND", "io_uring, OUTBOUND"
  })
  void theKernelProbesWhoeverWasAccepted(String transport, Way way) throws Exception {
    KernelTcp.assumeTold();
    Transports.assumeAvailable(transport);
    try (Application server = way.echo(pki);
        RunningProxy proxy = way.proxy(pki, server, "transport = " + transport, "");
        Socket client = way.client(pki, proxy)) {
      client.getOutputStream().write('x');
      assertThat(client.getInputStream().read()).isEqualTo('x');

      int here = proxy.port("web");
      int there = client.getLocalPort();
      Eventually.holds("a keepalive timer is pending", () -> awaitsKeepAlive(here, there));
      // The other end of the same connection is a socket that nobody has set anything on.
      assertThat(awaitsKeepAlive(there, here)).isFalse();
    }
  }

  private static boolean awaitsKeepAlive(int local, int remote) {
    return KernelTcp.ends().stream()
        .filter(end -> end.localPort() == local && end.remotePort() == remote)
        .anyMatch(KernelTcp.End::awaitsKeepAlive);
  }

  @ParameterizedTest
  @ValueSource(strings = {"epoll", "nio", "io_uring"})
  void theKernelProbesWhoeverWasDialledBeyondLoopback(String transport) throws Exception {
    KernelTcp.assumeTold();
    Transports.assumeAvailable(transport);
    InetAddress own = ownAddress();
    try (ServerSocket server = new ServerSocket(0, 1, own);
        RunningProxy proxy =
            RunningProxy.with(
                pki,
                """
                transport = %s
                inbound.web {
                  listen = "127.0.0.1:0", forward = "%s:%d", allow-plaintext-off-host = true
                  allow = any-trusted
                }
                """
                    .formatted(transport, own.getHostAddress(), server.getLocalPort()));
        SSLSocket peer = pki.connect(pki.client(), proxy.port("web"), "TLSv1.3")) {
      peer.startHandshake();
      Eventually.holds(
          "a keepalive timer is pending",
          () ->
              KernelTcp.ends().stream()
                  .filter(end -> end.remotePort() == server.getLocalPort())
                  .anyMatch(KernelTcp.End::awaitsKeepAlive));
    }
  }

  private static InetAddress ownAddress() throws SocketException {
    Optional<InetAddress> own =
        NetworkInterface.networkInterfaces()
            .flatMap(NetworkInterface::inetAddresses)
            .filter(address -> address instanceof Inet4Address && !address.isLoopbackAddress())
            .findFirst();
    assumeThat(own).as("this machine has an address beyond loopback").isPresent();
    return own.orElseThrow();
  }
}
