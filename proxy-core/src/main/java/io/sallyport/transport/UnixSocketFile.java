package io.sallyport.transport;

import java.io.IOException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.util.EnumSet;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The file of a listening Unix socket. It is bound under a name of its own, given its mode, and
 * only then moved to the name that clients know, so that nobody ever finds it with a mode that lets
 * in too many; and when it goes, only the file that we made goes.
 */
public final class UnixSocketFile {

  private static final PosixFilePermission[] BITS = {
    PosixFilePermission.OTHERS_EXECUTE,
    PosixFilePermission.OTHERS_WRITE,
    PosixFilePermission.OTHERS_READ,
    PosixFilePermission.GROUP_EXECUTE,
    PosixFilePermission.GROUP_WRITE,
    PosixFilePermission.GROUP_READ,
    PosixFilePermission.OWNER_EXECUTE,
    PosixFilePermission.OWNER_WRITE,
    PosixFilePermission.OWNER_READ,
  };

  private final Path path;
  private final Path bindPath;
  private final int mode;
  private @Nullable Object inode;

  private UnixSocketFile(Path path, Path bindPath, int mode) {
    this.path = path;
    this.bindPath = bindPath;
    this.mode = mode;
  }

  /**
   * Makes sure that nobody listens there. A socket file on which nobody listens is what a process
   * that was killed leaves behind, and is replaced.
   *
   * @throws IOException when somebody listens, or something else is in the way
   */
  public static UnixSocketFile claim(Path path, int mode) throws IOException {
    PosixFileAttributes there = attributes(path);
    if (there != null) {
      if (!there.isOther()) {
        throw new BindException("a file that is no socket is in the way");
      }
      if (answers(path)) {
        throw new BindException("Address already in use");
      }
    }
    Path bindPath = path.resolveSibling("." + ProcessHandle.current().pid() + ".sp");
    Files.deleteIfExists(bindPath);
    return new UnixSocketFile(path, bindPath, mode);
  }

  /** Where to bind. */
  public Path bindPath() {
    return bindPath;
  }

  /** The socket is bound and listens: it gets its mode and its name. */
  public void publish() throws IOException {
    try {
      Files.setPosixFilePermissions(bindPath, permissions(mode));
      inode = Files.readAttributes(bindPath, PosixFileAttributes.class).fileKey();
      Files.move(bindPath, path, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      try {
        Files.deleteIfExists(bindPath);
      } catch (IOException again) {
        e.addSuppressed(again);
      }
      throw e;
    }
  }

  /** Removes the file if it is still the one we made. */
  public void remove() {
    try {
      PosixFileAttributes there = attributes(path);
      if (there != null && inode != null && Objects.equals(there.fileKey(), inode)) {
        Files.deleteIfExists(path);
      }
    } catch (IOException e) {
      // It stays behind; the next start finds that nobody answers there and replaces it.
    }
  }

  private static @Nullable PosixFileAttributes attributes(Path path) throws IOException {
    try {
      return Files.readAttributes(path, PosixFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
    } catch (NoSuchFileException e) {
      return null;
    }
  }

  /** Only a refusal says that nobody is there: who is busy or forbids us to connect is alive. */
  private static boolean answers(Path path) {
    try (SocketChannel probe = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      probe.configureBlocking(false); // with a full queue a connect would wait
      probe.connect(UnixDomainSocketAddress.of(path));
      return true;
    } catch (ConnectException e) {
      return false;
    } catch (IOException e) {
      return true;
    }
  }

  private static Set<PosixFilePermission> permissions(int mode) {
    Set<PosixFilePermission> set = EnumSet.noneOf(PosixFilePermission.class);
    for (int bit = 0; bit < BITS.length; bit++) {
      if ((mode & (1 << bit)) != 0) {
        set.add(BITS[bit]);
      }
    }
    return set;
  }
}
