package io.sallyport.cli.seal;

import static java.nio.file.attribute.PosixFilePermission.GROUP_EXECUTE;
import static java.nio.file.attribute.PosixFilePermission.GROUP_READ;
import static java.nio.file.attribute.PosixFilePermission.GROUP_WRITE;

import io.netty.buffer.ByteBuf;
import io.sallyport.cli.CommandFailed;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemLoopException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A file's new content. It is written to a temporary file beside it, which only its owner can read,
 * and takes the file's place all at once when it is committed; or it is not there.
 */
final class Replacement implements Output {

  private static final Set<PosixFilePermission> PRIVATE =
      PosixFilePermissions.fromString("rw-------");
  private static final Set<PosixFilePermission> GROUP =
      EnumSet.of(GROUP_READ, GROUP_WRITE, GROUP_EXECUTE);
  private static final int MOST_LINKS = 40;
  private static final SecureRandom RANDOM = new SecureRandom();

  private final Path target;
  private final String name;
  private final Path temporary;
  private final FileChannel channel;
  private final Writeback writeback;
  private final @Nullable PosixFileAttributes before;
  private final Set<PosixFilePermission> permissions;

  private Replacement(
      Path target, String name, @Nullable PosixFileAttributes before, Content content)
      throws IOException {
    this.target = target;
    this.name = name;
    this.before = before;
    byte[] random = new byte[8];
    RANDOM.nextBytes(random);
    temporary = target.resolveSibling(".sallyport-" + HexFormat.of().formatHex(random) + ".tmp");
    boolean byUmask = before == null && content == Content.SEALED;
    channel =
        Unfinished.create(
            temporary,
            byUmask
                ? new FileAttribute<?>[0]
                : new FileAttribute<?>[] {PosixFilePermissions.asFileAttribute(PRIVATE)});
    writeback = new Writeback(channel);
    if (byUmask) {
      // Nothing else tells the umask; so long as it is empty, no harm is done.
      permissions = Files.getPosixFilePermissions(temporary);
      setPermissions(PRIVATE);
    } else {
      permissions = before == null ? PRIVATE : before.permissions();
    }
  }

  /**
   * @param file regular, or not there; a symbolic link stays, and what it leads to is replaced
   */
  static Replacement of(Path file, Content content) throws CommandFailed {
    String name = file.toString();
    Path parent = file.toAbsolutePath().getParent();
    if (parent != null && !Files.isDirectory(parent)) {
      throw CommandFailed.invalid(name, "is in a folder that does not exist", "make it first");
    }
    try {
      Path target = linked(file);
      return new Replacement(target, name, attributes(target), content);
    } catch (IOException e) {
      throw Disk.writing(name, e);
    }
  }

  private static Path linked(Path file) throws IOException {
    Path target = file.toAbsolutePath();
    for (int links = 0; Files.isSymbolicLink(target); links++) {
      if (links == MOST_LINKS) {
        throw new FileSystemLoopException(file.toString());
      }
      target = target.resolveSibling(Files.readSymbolicLink(target));
    }
    return target;
  }

  private static @Nullable PosixFileAttributes attributes(Path file) throws IOException {
    try {
      return Files.readAttributes(file, PosixFileAttributes.class);
    } catch (NoSuchFileException e) {
      return null;
    }
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public void write(ByteBuf bytes) throws CommandFailed {
    try {
      while (bytes.isReadable()) {
        writeback.wrote(bytes.readBytes(channel, bytes.readableBytes()));
      }
    } catch (IOException e) {
      throw Disk.writing(name, e);
    }
  }

  /** Up to so many bytes of another file as they are; returns how many. */
  long copy(FileChannel source, long from, long mostBytes) throws IOException {
    long copied = source.transferTo(from, mostBytes, channel);
    writeback.wrote(copied);
    return copied;
  }

  @Override
  public long releasedBytes() {
    return 0;
  }

  @Override
  public void commit() throws CommandFailed {
    try {
      setPermissions(keepOwner() ? permissions : withoutGroup());
      writeback.finish();
      channel.close();
      Unfinished.rename(temporary, target);
      Folder.force(target);
    } catch (IOException e) {
      throw Disk.writing(name, e);
    }
  }

  /** For what is made of the file itself: whoever wrote to it meanwhile would lose that. */
  void checkUnchanged() throws CommandFailed {
    try {
      PosixFileAttributes now = attributes(target);
      if (before == null
          || now == null
          || !now.lastModifiedTime().equals(before.lastModifiedTime())
          || now.size() != before.size()) {
        throw CommandFailed.failed(name, "was changed meanwhile", "run it again");
      }
    } catch (IOException e) {
      throw Disk.reading(name, e);
    }
  }

  /** As it may be done by this user; false when the file goes to another group. */
  private boolean keepOwner() throws IOException {
    if (before == null) {
      return true;
    }
    PosixFileAttributeView view =
        Files.getFileAttributeView(temporary, PosixFileAttributeView.class);
    PosixFileAttributes own = view.readAttributes();
    try {
      if (!own.group().equals(before.group())) {
        view.setGroup(before.group());
      }
    } catch (IOException e) {
      return false;
    }
    try {
      if (!own.owner().equals(before.owner())) {
        view.setOwner(before.owner());
      }
    } catch (IOException e) {
      // It becomes the file of whoever replaces it, as with any editor.
    }
    return true;
  }

  private Set<PosixFilePermission> withoutGroup() {
    Set<PosixFilePermission> fewer = EnumSet.noneOf(PosixFilePermission.class);
    fewer.addAll(permissions);
    fewer.removeAll(GROUP);
    return fewer;
  }

  private void setPermissions(Set<PosixFilePermission> wanted) {
    try {
      Files.setPosixFilePermissions(temporary, wanted);
    } catch (IOException e) {
      // A file system that keeps none has the file as it has all others.
    }
  }

  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      // It is deleted, or was committed.
    }
    Unfinished.delete(temporary);
  }
}
