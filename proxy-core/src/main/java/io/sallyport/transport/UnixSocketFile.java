package io.sallyport.transport;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.EnumSet;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The file of a listening Unix socket. It is bound in a folder of its own beside its place, which
 * is closed to all others, given its mode there, and only then moved to the name that clients know,
 * so that nobody ever finds it with a mode that lets in too many; and when it goes, only the file
 * that we made goes.
 */
public final class UnixSocketFile {

  /** {@code sun_path} holds 108 bytes, the closing NUL included. */
  private static final int LONGEST_PATH = 107;

  private static final String NAME = "s";
  private static final int RANDOM_CHARS = 8;
  private static final SecureRandom RANDOM = new SecureRandom();

  /** Of stat(2): which bits of the mode say what a file is, and what they are for a socket. */
  private static final int TYPE_BITS = 0170000;

  private static final int SOCKET = 0140000;

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
  private final Path privateFolder;
  private final Path bindPath;
  private final int mode;
  private @Nullable Object inode;

  private UnixSocketFile(Path path, Path privateFolder, int mode) {
    this.path = path;
    this.privateFolder = privateFolder;
    this.bindPath = privateFolder.resolve(NAME);
    this.mode = mode;
  }

  /**
   * Makes sure that nobody listens there. A socket file on which nobody listens is what a process
   * that was killed leaves behind, and is replaced. {@link #remove} is owed from then on.
   *
   * @throws IOException when somebody listens, something else is in the way, or the folder lets
   *     nothing be made in it
   */
  public static UnixSocketFile claim(Path path, int mode) throws IOException {
    Path folder = path.resolveSibling("");
    Path privateFolder = folder.resolve("." + randomName());
    checkLength(folder, privateFolder.resolve(NAME));
    try {
      checkFree(path);
      Files.createDirectory(
          privateFolder,
          PosixFilePermissions.asFileAttribute(
              EnumSet.of(
                  PosixFilePermission.OWNER_READ,
                  PosixFilePermission.OWNER_WRITE,
                  PosixFilePermission.OWNER_EXECUTE)));
    } catch (NoSuchFileException e) {
      throw new CannotListen(
          "its folder " + folder + " does not exist", "create it, or choose another folder");
    } catch (FileSystemException e) {
      throw new CannotListen(
          "nothing can be made in its folder %s: %s".formatted(folder, reason(e)),
          "choose a folder that this user may write to");
    }
    return new UnixSocketFile(path, privateFolder, mode);
  }

  /** Where to bind. */
  public Path bindPath() {
    return bindPath;
  }

  /** The socket is bound and listens: it gets its mode and its name. */
  public void publish() throws IOException {
    Files.setPosixFilePermissions(bindPath, permissions(mode));
    inode = Files.readAttributes(bindPath, PosixFileAttributes.class).fileKey();
    Files.move(bindPath, path, StandardCopyOption.ATOMIC_MOVE);
    removePrivateFolder();
  }

  /**
   * Who may connect from now on, once it is published.
   *
   * @throws IOException when the file is not the one we made any more, or takes no other mode
   */
  public void changeMode(int next) throws IOException {
    if (!isOurs()) {
      throw new IOException(path + " is not the socket any more that was made there");
    }
    Files.setPosixFilePermissions(path, permissions(next));
  }

  private boolean isOurs() throws IOException {
    PosixFileAttributes there = attributes(path);
    return there != null && inode != null && Objects.equals(there.fileKey(), inode);
  }

  /** Removes the file if it is still the one we made, published or not. */
  public void remove() {
    removePrivateFolder();
    try {
      if (isOurs()) {
        Files.deleteIfExists(path);
      }
    } catch (IOException e) {
      // It stays behind; the next start finds that nobody answers there and replaces it.
    }
  }

  private void removePrivateFolder() {
    try {
      Files.deleteIfExists(bindPath);
      Files.deleteIfExists(privateFolder);
    } catch (IOException e) {
      // It stays behind, in nobody's way and open to nobody.
    }
  }

  /** Nobody can guess it, and no process of another container has it by chance, as with a PID. */
  private static String randomName() {
    StringBuilder name = new StringBuilder(RANDOM_CHARS);
    for (int i = 0; i < RANDOM_CHARS; i++) {
      name.append(Character.forDigit(RANDOM.nextInt(Character.MAX_RADIX), Character.MAX_RADIX));
    }
    return name.toString();
  }

  private static void checkLength(Path folder, Path bindPath) throws CannotListen {
    int bytes = folder.toString().getBytes(UTF_8).length;
    int more = bindPath.toString().getBytes(UTF_8).length - bytes;
    if (bytes + more > LONGEST_PATH) {
      throw new CannotListen(
          "its folder has a path of %d bytes, too long to make a socket in; at most %d are possible"
              .formatted(bytes, LONGEST_PATH - more),
          "choose a folder with a shorter path");
    }
  }

  private static void checkFree(Path path) throws IOException {
    int mode;
    try {
      mode = (int) Files.getAttribute(path, "unix:mode", LinkOption.NOFOLLOW_LINKS);
    } catch (NoSuchFileException e) {
      return;
    }
    if ((mode & TYPE_BITS) != SOCKET) {
      throw new CannotListen(
          "a file that is no socket is in the way", "move it away, or choose another path");
    }
    if (answers(path)) {
      throw new BindException("Address already in use");
    }
  }

  private static String reason(FileSystemException e) {
    // Java leaves the reason out where the class says it.
    return e instanceof AccessDeniedException ? "Permission denied" : String.valueOf(e.getReason());
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
