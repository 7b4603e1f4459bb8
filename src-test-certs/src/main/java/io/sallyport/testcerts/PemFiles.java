package io.sallyport.testcerts;

import java.io.IOException;
import java.nio.file.Path;

/**
 * An identity on disk.
 *
 * @param certificate the leaf, then its intermediates
 * @param key the private key, mode 0600 where the file system has modes
 */
public record PemFiles(Path certificate, Path key) {

  static PemFiles in(Path directory, String name) {
    return new PemFiles(directory.resolve(name + ".crt"), directory.resolve(name + ".key"));
  }

  /** Writes both, instead of what may be there. */
  void write(String certificatePem, String keyPem) throws IOException {
    try (StagedFile stagedKey = StagedFile.secret(key, keyPem);
        StagedFile stagedCertificate = StagedFile.open(certificate, certificatePem)) {
      stagedKey.publish();
      stagedCertificate.publish();
    }
  }
}
