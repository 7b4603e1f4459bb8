package io.sallyport.cli.inspect;

import io.sallyport.cli.CommandFailed;
import io.sallyport.cli.seal.EnvelopeFaults;
import io.sallyport.envelope.EnvelopeFailed;
import io.sallyport.envelope.SealedHeader;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Which keys the files below a folder still need. Symbolic links are not followed. */
public final class SealedTree {

  private record Key(String id, String mode) implements Comparable<Key> {
    @Override
    public int compareTo(Key other) {
      int byId = id.compareTo(other.id);
      return byId == 0 ? mode.compareTo(other.mode) : byId;
    }
  }

  private record Use(long files, long bytes) {
    Use and(Use other) {
      return new Use(files + other.files, bytes + other.bytes);
    }
  }

  private final TreeMap<Key, Use> uses = new TreeMap<>();
  private final Consumer<CommandFailed> faults;
  private long notSealed;
  private long unreadable;

  private SealedTree(Consumer<CommandFailed> faults) {
    this.faults = faults;
  }

  /**
   * @param whole whether every file could be looked at
   */
  public record Found(Report report, boolean whole) {}

  /**
   * @param faults is told of each file that cannot be looked at
   */
  public static Found under(Path folder, Consumer<CommandFailed> faults) throws CommandFailed {
    SealedTree tree = new SealedTree(faults);
    try {
      // The folder itself may be named by a link.
      Path start = Files.isSymbolicLink(folder) ? folder.toRealPath() : folder;
      Files.walkFileTree(start, tree.new Visitor());
    } catch (IOException e) {
      throw CommandFailed.unreadable(folder, e);
    }
    return new Found(tree.report(folder), tree.unreadable == 0);
  }

  private final class Visitor extends SimpleFileVisitor<Path> {

    @Override
    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
      if (attributes.isRegularFile()) {
        count(file, attributes.size());
      }
      return FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult visitFileFailed(Path file, IOException fault) {
      cannotBeRead(CommandFailed.unreadable(file, fault));
      return FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult postVisitDirectory(Path folder, @Nullable IOException fault) {
      if (fault != null) {
        cannotBeRead(CommandFailed.unreadable(folder, fault));
      }
      return FileVisitResult.CONTINUE;
    }
  }

  private void count(Path file, long bytes) {
    try {
      Optional<SealedHeader> header = SealedFile.header(file);
      if (header.isEmpty()) {
        notSealed++;
        return;
      }
      Key key = new Key(header.get().keyId(), SealedFile.mode(header.get()));
      uses.merge(key, new Use(1, bytes), Use::and);
    } catch (EnvelopeFailed e) {
      cannotBeRead(EnvelopeFaults.of(file.toString(), e));
    } catch (IOException e) {
      cannotBeRead(CommandFailed.unreadable(file, e));
    }
  }

  private void cannotBeRead(CommandFailed fault) {
    unreadable++;
    faults.accept(fault);
  }

  private Report report(Path folder) {
    Report report = new Report();
    report.put("folder", folder.toString());
    report.put("not sealed", notSealed);
    report.put("unreadable", unreadable);
    report.table(
        "keys",
        uses.entrySet().stream().map(entry -> row(entry.getKey(), entry.getValue())).toList());
    return report;
  }

  private static Report row(Key key, Use use) {
    Report row = new Report();
    row.put("key", key.id());
    row.put("key mode", key.mode());
    row.put("files", use.files());
    row.put("bytes", use.bytes());
    return row;
  }
}
