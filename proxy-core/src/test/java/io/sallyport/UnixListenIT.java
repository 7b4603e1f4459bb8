package io.sallyport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assertions.tuple;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.sallyport.config.ConfigReader;
import io.sallyport.config.Problem;
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
import java.util.List;
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

  private String mode() throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(socket));
  }

  @ParameterizedTest
  @ValueSource(strings = {"epoll", "nio", "io_uring"})
  void takesAnotherModeWhileItListens(String transport) throws Exception {
    try (Application peer = echo()) {
      String before = hocon(transport, peer, "");
      String after = hocon(transport, peer, "mode = \"0660\"");
      try (RunningProxy proxy = RunningProxy.with(pki, before)) {
        Object inode = Files.getAttribute(socket, "unix:ino");
        proxy.rewrite(after);
        assertThat(proxy.post("/reload?dry-run=true").body()).contains("listeners changed 1");
        assertThat(mode()).isEqualTo("rw-------");

        assertThat(proxy.reload()).isEqualTo(new Reload(List.of(), 1, 0));

        assertThat(mode()).isEqualTo("rw-rw----");
        assertThat(Files.getAttribute(socket, "unix:ino")).isEqualTo(inode);
        exchange();
        proxy.awaitActive("ledger", 0);
        proxy.rewrite(before.replace("outbound.ledger", "outbound.book"));
        assertThat(proxy.reload()).isEqualTo(new Reload(List.of(), 2, 0));
        assertThat(mode()).isEqualTo("rw-------");
        exchange();
        proxy.awaitActive("book", 0);
      }
      assertThat(socket).doesNotExist();
    }
  }

  @Test
  void keepsItsModeWhenTheRestCannotServe() throws Exception {
    try (Application peer = echo();
        RunningProxy proxy = RunningProxy.with(pki, hocon("auto", peer, ""))) {
      String taken = "127.0.0.1:" + proxy.port("admin");
      String comes =
          hocon("auto", peer, "")
              .replace("outbound.ledger", "outbound.comes")
              .replace("unix:FOLDER/ledger.sock", taken);
      proxy.rewrite(hocon("auto", peer, "mode = \"0660\"") + comes);

      assertThat(proxy.reload().succeeded()).isFalse();

      assertThat(mode()).isEqualTo("rw-------");
      exchange();
      proxy.awaitActive("ledger", 0);
    }
  }

  @Test
  void saysThatAFileThatIsNotItsOwnGetsNoMode() throws Exception {
    try (Application peer = echo();
        RunningProxy proxy = RunningProxy.with(pki, hocon("auto", peer, ""))) {
      Files.delete(socket);
      Files.writeString(socket, "precious");
      Files.setPosixFilePermissions(socket, PosixFilePermissions.fromString("rw-r--r--"));
      proxy.rewrite(hocon("auto", peer, "mode = \"0660\""));

      assertThat(proxy.reload().problems())
          .extracting(Problem::setting, Problem::fault, Problem::remedy)
          .containsExactly(
              tuple(
                  "outbound.ledger.mode",
                  "cannot be changed: "
                      + socket
                      + " is not the socket any more that was made there",
                  "restart"));
      assertThat(mode()).isEqualTo("rw-r--r--");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"epoll", "io_uring"})
  void letsOtherUsersInOnceTheyAreNamed(String transport) throws Exception {
    try (Application peer = echo()) {
      int uid = ourUid();
      try (RunningProxy proxy =
          RunningProxy.with(pki, hocon(transport, peer, "allow-uid = [ %d ]".formatted(uid + 1)))) {
        proxy.rewrite(hocon(transport, peer, "allow-uid = [ %d ]".formatted(uid)));

        assertThat(proxy.reload()).isEqualTo(new Reload(List.of(), 1, 0));

        exchange();
        proxy.awaitActive("ledger", 0);
      }
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

  private String refusalOf(Path place) throws IOException {
    return refusal("unix:FOLDER/ledger.sock", "unix:" + place);
  }

  /** What a start says when the configuration has one text in place of another. */
  private String refusal(String usual, String instead) throws IOException {
    try (Application peer = echo()) {
      Path config = RunningProxy.write(pki, hocon("auto", peer, "").replace(usual, instead));
      return String.valueOf(
          catchThrowableOfType(
                  BindFailed.class, () -> Proxy.start(ConfigReader.read(config), "test").close())
              .getMessage());
    }
  }

  @Test
  void saysWhatToDoAboutAFolderThatIsNotThere() throws Exception {
    Path folder = pki.folder().resolve("absent");

    assertThat(refusalOf(folder.resolve("s")))
        .startsWith("outbound.ledger.listen")
        .endsWith("its folder " + folder + " does not exist; create it, or choose another folder");
  }

  @Test
  void saysTheSameOfTheAdminServersSocket() throws Exception {
    Path folder = pki.folder().resolve("absent");

    assertThat(
            refusal(
                "transport = auto",
                "transport = auto, admin.listen = \"unix:%s/s\"".formatted(folder)))
        .startsWith("admin.listen")
        .endsWith("its folder " + folder + " does not exist; create it, or choose another folder");
  }

  @Test
  void saysWhatToDoAboutAFolderInWhichNothingCanBeMade() throws Exception {
    assumeTrue(Files.isDirectory(Path.of("/sys")), "/sys, where not even root may make a file");

    assertThat(refusalOf(Path.of("/sys/s")))
        .contains("nothing can be made in its folder /sys: ")
        .endsWith("; choose a folder that this user may write to");
  }

  @Test
  void saysWhatToDoAboutAFolderTooFarAway() throws Exception {
    int more = 100 - pki.folder().toString().length() - 1;
    Path folder = Files.createDirectory(pki.folder().resolve("x".repeat(more)));

    assertThat(refusalOf(folder.resolve("s")))
        .endsWith(
            "its folder has a path of 100 bytes, too long to make a socket in; at most 95 are"
                + " possible; choose a folder with a shorter path");
    assertThat(folder).isEmptyDirectory();
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
