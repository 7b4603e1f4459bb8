package io.sallyport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sallyport.config.ConfigReader;
import io.sallyport.relay.CloseReason;
import io.sallyport.rig.Application;
import io.sallyport.rig.Pki;
import io.sallyport.rig.RunningProxy;
import io.sallyport.rig.Stream;
import io.sallyport.rig.Transports;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** An outbound listener on a Unix socket: who may come, and what becomes of the file. */
final class UnixListenIT {

  private final Pki pki;
  private final Path socket;

  UnixListenIT(@TempDir Path folder) throws IOException {
    pki = new Pki(folder);
    socket = folder.resolve("ledger.sock");
  }

  private static String hocon(String transport, Application peer, String more) {
    Transports.assumeAvailable(transport);
    return """
        transport = %s
        outbound.ledger {
          listen = "unix:FOLDER/ledger.sock", connect = "%s", identity = client
          %s
        }
        """
        .formatted(transport, peer.address(), more);
  }

  private Application echo() {
    return Application.servingTls(
        pki.context(pki.server()),
        "TLSv1.3",
        tls -> tls.getOutputStream().write(tls.getInputStream().read()));
  }

  private int ourUid() throws IOException {
    return (int) Files.getAttribute(pki.folder(), "unix:uid");
  }

  private void exchange() throws IOException {
    try (Stream application = Stream.unix(socket)) {
      application.out().write('x');
      assertThat(application.in().read()).isEqualTo('x');
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"epoll", "nio", "io_uring"})
  void isForItsOwnerAloneAndGoesWithTheProxy(String transport) throws Exception {
    try (Application peer = echo()) {
      try (RunningProxy proxy = RunningProxy.with(pki, hocon(transport, peer, ""))) {
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(socket)))
            .isEqualTo("rw-------");
        exchange();
        proxy.awaitActive("ledger", 0);
      }
      assertThat(socket).doesNotExist();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"epoll", "io_uring"})
  void letsOnlyTheUsersInThatAreNamed(String transport) throws Exception {
    try (Application peer = echo()) {
      int uid = ourUid();
      try (RunningProxy proxy =
          RunningProxy.with(pki, hocon(transport, peer, "allow-uid = [ %d ]".formatted(uid)))) {
        exchange();
        proxy.awaitActive("ledger", 0);
      }
      try (RunningProxy proxy =
              RunningProxy.with(
                  pki, hocon(transport, peer, "allow-uid = [ %d ]".formatted(uid + 1)));
          Stream application = Stream.unix(socket)) {
        assertThat(application.in().read()).isEqualTo(-1);
        proxy.awaitClosed("ledger", CloseReason.DENIED, 1);
        proxy.awaitMetric(
            "sallyport_denials_total{listener=\"ledger\",reason=\"uid_not_allowed\"}", 1);
      }
      assertThat(peer.accepted()).isOne();
    }
  }

  @Test
  void leavesTheSocketOfARunningProxyAlone() throws Exception {
    try (Application peer = echo();
        RunningProxy first = RunningProxy.with(pki, hocon("auto", peer, ""))) {
      Path second = RunningProxy.write(pki, hocon("auto", peer, ""));
      assertThatThrownBy(() -> Proxy.start(ConfigReader.read(second), "test"))
          .isInstanceOf(BindFailed.class)
          .hasMessageContaining("outbound.ledger.listen")
          .hasMessageContaining("in use");
      exchange();
      first.awaitActive("ledger", 0);
    }
  }

  @Test
  void saysWhatToDoAboutAFileInItsWay() throws Exception {
    try (Application peer = echo()) {
      Files.writeString(socket, "precious");
      Path config = RunningProxy.write(pki, hocon("auto", peer, ""));
      assertThatThrownBy(() -> Proxy.start(ConfigReader.read(config), "test"))
          .isInstanceOf(BindFailed.class)
          .hasMessageContaining("no socket is in the way")
          .hasMessageEndingWith("; move it away, or choose another path");
      assertThat(socket).hasContent("precious");
    }
  }
}
