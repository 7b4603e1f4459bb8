package io.sallyport.cli.seal;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** The folder of a file. */
final class Folder {

  private Folder() {}

  /** Has the file's new name on the disk, where the system can. */
  static void force(Path file) {
    Path folder = file.toAbsolutePath().getParent();
    if (folder == null) {
      return;
    }
    try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
      channel.force(true);
    } catch (IOException e) {
      // Not every file system can; the name is there all the same.
    }
  }
}
