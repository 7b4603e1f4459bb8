package io.sallyport.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

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
