package io.sallyport.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;

/** The same for many files: one that fails is named, and the others are done. */
final class ManyFiles {

  /** What is done with a file. */
  interface Work {
    void on(Path file) throws CommandFailed;
  }

  private ManyFiles() {}

  /** {@link Exit#FAILED} when any has failed. */
  static Exit each(List<Path> files, PrintWriter err, Work work) {
    Exit exit = Exit.DONE;
    for (Path file : files) {
      try {
        work.on(file);
      } catch (CommandFailed e) {
        Faults.report(e, err);
        exit = Exit.FAILED;
      }
    }
    return exit;
  }

  /** {@code 1 file}, {@code 2 files}. */
  static String count(long files) {
    return files + (files == 1 ? " file" : " files");
  }
}
