package io.sallyport.cli.inspect;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.sallyport.cli.CommandFailed;
import io.sallyport.cli.seal.EnvelopeFaults;
import io.sallyport.envelope.EnvelopeFailed;
import io.sallyport.envelope.Sealed;
import io.sallyport.envelope.SealedHeader;
import io.sallyport.envelope.SealedStart;
import io.sallyport.envelope.SealedStartReader;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalLong;

/** A sealed file as far as it can be known without a key: nothing of it is proven. */
public final class SealedFile {

  /** No header, with salt and commitment, is longer. */
  private static final int MOST_START_BYTES = 8 * 1024;

  private static final int MAGIC_BYTES = 4;

  private SealedFile() {}

  /**
   * Its header; empty when the file does not begin as a sealed message does.
   *
   * @throws EnvelopeFailed when it does, and goes on as none can
   */
  static Optional<SealedHeader> header(Path file) throws IOException, EnvelopeFailed {
    try (InputStream in = Files.newInputStream(file)) {
      byte[] magic = in.readNBytes(MAGIC_BYTES);
      if (!SealedHeader.hasMagic(magic)) {
        return Optional.empty();
      }
      ByteBuf start = Unpooled.wrappedBuffer(magic, in.readNBytes(MOST_START_BYTES - MAGIC_BYTES));
      SealedStartReader reader = new SealedStartReader();
      SealedStart read = reader.read(start);
      if (read == null) {
        throw reader.endedEarly();
      }
      return Optional.of(read.header());
    }
  }

  /** Empty when it is no sealed file, and so may be one of certificates. */
  public static Optional<Report> report(Path file) throws CommandFailed {
    try {
      Optional<SealedHeader> header = header(file);
      long length = header.isEmpty() ? 0 : Files.size(file);
      return header.map(found -> report(file, found, length));
    } catch (EnvelopeFailed e) {
      throw EnvelopeFaults.of(file.toString(), e);
    } catch (IOException e) {
      throw CommandFailed.unreadable(file, e);
    }
  }

  private static Report report(Path file, SealedHeader header, long length) {
    Report report = new Report();
    report.put("file", file.toString());
    report.put("format", "sealed, version 1");
    report.put("suite", "1, AES-256-GCM in chunks of 16 KiB");
    report.put("key", header.keyId());
    report.put("key mode", mode(header));
    report.put("wrapped key bytes", header.wrappedKey().length);
    report.put("sealed bytes", length);
    OptionalLong plaintext = Sealed.plaintextLength(header, length);
    if (plaintext.isPresent()) {
      report.put("plaintext bytes", plaintext.getAsLong());
    }
    report.put(
        "length",
        plaintext.isPresent() ? "can be whole; opening it proves it" : "of no whole message");
    return report;
  }

  static String mode(SealedHeader header) {
    return header.isWrapped() ? "wrapped" : "direct";
  }
}
