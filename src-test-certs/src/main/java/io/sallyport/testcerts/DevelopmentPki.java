package io.sallyport.testcerts;

import io.sallyport.testcerts.DevelopmentPkiFailed.Fault;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import javax.security.auth.x500.X500Principal;

/**
 * A development PKI in a folder: {@code ca.crt}, {@code ca.key} and the leaves that it issued.
 * Never for production: the CA's key lies in the clear beside it, and its subject says so. Files
 * appear whole or not at all; keys have mode 0600. Not for use by several threads or processes at
 * once.
 */
public final class DevelopmentPki {
  static final X500Principal CA_SUBJECT =
      new X500Principal("CN=\"Sallyport development CA, not for production\", O=Sallyport");
  private static final Duration CA_VALIDITY = Duration.ofDays(3650);

  private final Path folder;
  private final TestCa ca;
  private final boolean created;

  private DevelopmentPki(Path folder, TestCa ca, boolean created) {
    this.folder = folder;
    this.ca = ca;
    this.created = created;
  }

  /**
   * The PKI in {@code folder}: the one that is there, or a new one when there is none. The folder
   * is created when it is missing.
   *
   * @throws DevelopmentPkiFailed when the folder cannot be used, or what is in it is no CA of ours
   */
  public static DevelopmentPki in(Path folder) throws DevelopmentPkiFailed {
    try {
      // Asked first, because JDK 17's createDirectories refuses a link to a folder.
      if (!Files.isDirectory(folder)) {
        Files.createDirectories(folder);
      }
    } catch (IOException e) {
      throw DevelopmentPkiFailed.noFolder(folder, e);
    }
    PemFiles files = PemFiles.in(folder, "ca");
    TestCa existing = StoredCa.read(files);
    if (existing != null) {
      return new DevelopmentPki(folder, existing, false);
    }
    TestCa ca = TestCa.create(spec -> spec.subject(CA_SUBJECT).pathLength(0).validFor(CA_VALIDITY));
    write(files, ca.certificatePem(), KeyFormat.PKCS8.pem(ca.keyPair().getPrivate()));
    return new DevelopmentPki(folder, ca, true);
  }

  /** Whether the CA is new, so that nobody trusts it yet. */
  public boolean created() {
    return created;
  }

  /** The CA's certificate: what peers need to trust. */
  public Path caCertificate() {
    return PemFiles.in(folder, "ca").certificate();
  }

  /**
   * Issues {@code NAME.crt} and {@code NAME.key}.
   *
   * @throws DevelopmentPkiFailed when the request is no good, either file exists, or the folder
   *     cannot be written
   */
  public PemFiles issue(DevelopmentLeaf leaf) throws DevelopmentPkiFailed {
    check(leaf);
    PemFiles files = PemFiles.in(folder, leaf.name());
    for (Path file : new Path[] {files.certificate(), files.key()}) {
      if (Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
        throw new DevelopmentPkiFailed(
            Fault.FILE_EXISTS,
            file + ": exists already; choose another name, or say that it may be overwritten",
            null);
      }
    }
    return write(files, leaf);
  }

  /**
   * Issues {@code NAME.crt} and {@code NAME.key}, instead of those that may be there.
   *
   * @throws DevelopmentPkiFailed when the request is no good, or the folder cannot be written
   */
  public PemFiles reissue(DevelopmentLeaf leaf) throws DevelopmentPkiFailed {
    check(leaf);
    return write(PemFiles.in(folder, leaf.name()), leaf);
  }

  private void check(DevelopmentLeaf leaf) throws DevelopmentPkiFailed {
    leaf.check();
    Instant end = ca.certificate().getNotAfter().toInstant();
    if (Instant.now().plus(Duration.ofDays(leaf.days())).isAfter(end)) {
      throw DevelopmentPkiFailed.badRequest(
          "days "
              + leaf.days()
              + ": is longer than the CA lasts, until "
              + end
              + "; ask for fewer, or delete "
              + caCertificate()
              + " and its key to begin a new CA");
    }
  }

  private PemFiles write(PemFiles files, DevelopmentLeaf leaf) throws DevelopmentPkiFailed {
    TestIdentity identity = ca.issue(leaf::describe);
    write(files, identity.certificatePem(), identity.keyPem());
    return files;
  }

  private static void write(PemFiles files, String certificatePem, String keyPem)
      throws DevelopmentPkiFailed {
    try {
      files.write(certificatePem, keyPem);
    } catch (IOException e) {
      throw DevelopmentPkiFailed.unwritable(files, e);
    }
  }
}
