package io.sallyport.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThatCode;

import java.io.IOException;
import java.net.BindException;
import java.net.SocketException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

final class UnixSocketFileTest {

  private final Path folder;
  private final Path path;

  UnixSocketFileTest(@TempDir Path folder) {
    this.folder = folder;
    this.path = folder.resolve("x.sock");
  }

  private static ServerSocketChannel listening(Path path, int backlog) throws IOException {
    return ServerSocketChannel.open(StandardProtocolFamily.UNIX)
        .bind(UnixDomainSocketAddress.of(path), backlog);
  }

  private static void answers(Path path) throws IOException {
    try (SocketChannel client = SocketChannel.open(UnixDomainSocketAddress.of(path))) {
      assertThat(client.isConnected()).isTrue();
    }
  }

  @Test
  void appearsWithItsModeAndGoesWithItsOwner() throws Exception {
    UnixSocketFile file = UnixSocketFile.claim(path, 0640);
    try (ServerSocketChannel server = listening(file.bindPath(), 5)) {
      assertThat(server.isOpen()).isTrue();
      assertThat(path).doesNotExist();

      file.publish();

      answers(path);
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path)))
          .isEqualTo("rw-r-----");
    }
    file.remove();
    assertThat(folder).isEmptyDirectory();
  }

  @Test
  void replacesWhatAKilledProcessLeftBehind() throws Exception {
    try (ServerSocketChannel dead = listening(path, 5)) {
      assertThat(dead.isOpen()).isTrue();
    }
    UnixSocketFile file = UnixSocketFile.claim(path, 0600);
    try (ServerSocketChannel server = listening(file.bindPath(), 5)) {
      assertThat(server.isOpen()).isTrue();
      file.publish();
      answers(path);
    }
  }

  @Test
  void leavesASocketAloneOnWhichSomebodyListens() throws Exception {
    try (ServerSocketChannel alive = listening(path, 5)) {
      assertThatThrownBy(() -> UnixSocketFile.claim(path, 0600))
          .isInstanceOf(BindException.class)
          .hasMessageContaining("in use");
      assertThat(alive.isOpen()).isTrue();
      answers(path);
    }
  }

  @Test
  @Timeout(20)
  void takesAListenerWithAFullQueueForAlive() throws Exception {
    List<SocketChannel> waiting = new ArrayList<>();
    try (ServerSocketChannel busy = listening(path, 1)) {
      assertThatThrownBy(
              () -> {
                while (true) {
                  SocketChannel next = SocketChannel.open(StandardProtocolFamily.UNIX);
                  waiting.add(next);
                  next.configureBlocking(false);
                  next.connect(UnixDomainSocketAddress.of(path));
                }
              })
          .isInstanceOf(SocketException.class);
      assertThatThrownBy(() -> UnixSocketFile.claim(path, 0600)).isInstanceOf(BindException.class);
      assertThat(busy.isOpen()).isTrue();
    } finally {
      for (SocketChannel each : waiting) {
        each.close();
      }
    }
  }

  @Test
  void doesNotTouchAFileThatIsNoSocket() throws Exception {
    Files.writeString(path, "precious");
    assertThatThrownBy(() -> UnixSocketFile.claim(path, 0600))
        .isInstanceOf(BindException.class)
        .hasMessageContaining("no socket");
    assertThat(path).hasContent("precious");
  }

  @Test
  void doesNotTakeAPipeForASocketThatWasLeftBehind() throws Exception {
    assumeThatCode(() -> new ProcessBuilder("mkfifo", path.toString()).start().waitFor())
        .doesNotThrowAnyException();
    assertThat(path).exists();

    assertThatThrownBy(() -> UnixSocketFile.claim(path, 0600))
        .isInstanceOf(BindException.class)
        .hasMessageContaining("no socket");
    assertThat(folder).isDirectoryContaining(path::equals);
  }

  @Test
  void isMadeWhereNobodyElseCanConnectBeforeItHasItsMode() throws Exception {
    UnixSocketFile file = UnixSocketFile.claim(path, 0666);

    Path behind = file.bindPath().getParent();
    assertThat(behind).isNotEqualTo(folder).hasParent(folder);
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(behind)))
        .isEqualTo("rwx------");

    file.remove();
    assertThat(folder).isEmptyDirectory();
  }

  /** Two containers with one folder: the process is number 1 in each. */
  @Test
  void isInNobodysWayWhoHasTheSameProcessId() throws Exception {
    Path other = folder.resolve("y.sock");
    UnixSocketFile first = UnixSocketFile.claim(path, 0600);
    try (ServerSocketChannel x = listening(first.bindPath(), 5)) {
      UnixSocketFile second = UnixSocketFile.claim(other, 0600);
      try (ServerSocketChannel y = listening(second.bindPath(), 5)) {
        assertThat(x.isOpen() && y.isOpen()).isTrue();
        first.publish();
        second.publish();
        answers(path);
        answers(other);
      }
    }
    assertThat(folder).isDirectoryContaining(path::equals);
    assertThat(folder.toFile().list()).hasSize(2);
  }

  @Test
  void saysThatItsFolderHasTooLongAPathToMakeItIn() throws Exception {
    Path deep = folder.resolve("d".repeat(104 - folder.toString().length()));
    Files.createDirectory(deep);

    assertThatThrownBy(() -> UnixSocketFile.claim(deep.resolve("x"), 0600))
        .isInstanceOf(BindException.class)
        .hasMessageContaining("path of 105 bytes")
        .hasMessageContaining("at most 95");
    assertThat(deep).isEmptyDirectory();
  }

  @Test
  void saysThatItsFolderDoesNotExist() {
    Path missing = folder.resolve("missing");

    assertThatThrownBy(() -> UnixSocketFile.claim(missing.resolve("x"), 0600))
        .isInstanceOf(BindException.class)
        .hasMessage("its folder " + missing + " does not exist");
  }

  @Test
  void doesNotFollowALinkToASocket() throws Exception {
    Path elsewhere = folder.resolve("elsewhere.sock");
    try (ServerSocketChannel alive = listening(elsewhere, 5)) {
      Files.createSymbolicLink(path, elsewhere);
      assertThatThrownBy(() -> UnixSocketFile.claim(path, 0600)).isInstanceOf(BindException.class);
      assertThat(alive.isOpen()).isTrue();
    }
  }

  @Test
  void leavesTheFileOfASuccessorWhereItIs() throws Exception {
    UnixSocketFile file = UnixSocketFile.claim(path, 0600);
    try (ServerSocketChannel server = listening(file.bindPath(), 5)) {
      file.publish();
      Files.delete(path);
      try (ServerSocketChannel successor = listening(path, 5)) {
        assertThat(server.isOpen()).isTrue();
        file.remove();
        assertThat(successor.isOpen()).isTrue();
        answers(path);
      }
    }
  }
}
