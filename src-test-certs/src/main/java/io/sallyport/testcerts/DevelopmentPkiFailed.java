package io.sallyport.testcerts;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * A development PKI could not do what it was asked to. The message is one line: the file or the
 * value, the fault, the remedy.
 */
public final class DevelopmentPkiFailed extends Exception {
  private static final long serialVersionUID = 1L;

  /** What kind of trouble it is. */
  public enum Fault {
    /** What was asked for is not a name, an address or a number of days that can be issued. */
    BAD_REQUEST,
    /** A file that would be written is there already. */
    FILE_EXISTS,
    /** The folder's CA cannot be read, or must not be used. */
    CA_UNUSABLE,
    /** The folder cannot be created, read or written. */
    FOLDER_UNUSABLE
  }

  private final Fault fault;

  DevelopmentPkiFailed(Fault fault, String message, @Nullable Throwable cause) {
    super(message, cause);
    this.fault = fault;
  }

  /** What kind of trouble it is. */
  public Fault fault() {
    return fault;
  }

  static DevelopmentPkiFailed badRequest(String message) {
    return new DevelopmentPkiFailed(Fault.BAD_REQUEST, message, null);
  }

  static DevelopmentPkiFailed noFolder(Path folder, IOException cause) {
    return new DevelopmentPkiFailed(
        Fault.FOLDER_UNUSABLE,
        folder + ": cannot be made a folder: " + reason(cause) + "; name another folder",
        cause);
  }

  static DevelopmentPkiFailed unwritable(PemFiles files, IOException cause) {
    return new DevelopmentPkiFailed(
        Fault.FOLDER_UNUSABLE,
        "%s, %s: cannot be written: %s; make the folder writable or name another"
            .formatted(files.certificate(), files.key(), reason(cause)),
        cause);
  }

  static DevelopmentPkiFailed unreadable(Path caFile, IOException cause) {
    return new DevelopmentPkiFailed(
        Fault.CA_UNUSABLE,
        caFile + ": cannot be read: " + reason(cause) + "; run as its owner or name another folder",
        cause);
  }

  private static String reason(IOException cause) {
    // These three carry nothing but a path as their message.
    if (cause instanceof AccessDeniedException) {
      return "permission denied";
    }
    if (cause instanceof NoSuchFileException) {
      return "no such file or folder";
    }
    if (cause instanceof FileAlreadyExistsException) {
      return "a file is in its place";
    }
    String reason = cause instanceof FileSystemException e ? e.getReason() : cause.getMessage();
    return reason == null ? cause.getClass().getSimpleName() : reason;
  }
}
