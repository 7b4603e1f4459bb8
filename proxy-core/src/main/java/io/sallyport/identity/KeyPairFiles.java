package io.sallyport.identity;

import io.sallyport.config.FileFault;
import io.sallyport.config.IdentityConfig;
import io.sallyport.config.IdentityConfig.KeySource;
import io.sallyport.config.IdentityConfig.KeystoreFile;
import io.sallyport.config.IdentityConfig.PemFiles;
import io.sallyport.config.Malformed;
import io.sallyport.config.SecretSource;
import java.io.IOException;
import java.nio.file.Path;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Reads certificate and key of one identity; proves nothing yet. */
final class KeyPairFiles {
  private final SourceFiles files;
  private final Findings findings;

  KeyPairFiles(SourceFiles files, Findings findings) {
    this.files = files;
    this.findings = findings;
  }

  /** What was read. */
  record Unproven(List<X509Certificate> chain, PrivateKey key) {
    @Override
    public String toString() {
      return "Unproven";
    }
  }

  /** Null after a problem. */
  @Nullable Unproven read(IdentityConfig identity, KeySource source) {
    String setting = identity.setting();
    if (source instanceof PemFiles pem) {
      return pem(setting, identity.strictPermissions(), pem);
    }
    return keystore(setting + ".keystore", identity.strictPermissions(), (KeystoreFile) source);
  }

  private @Nullable Unproven pem(String setting, boolean strict, PemFiles pem) {
    List<X509Certificate> chain = null;
    PrivateKey key = null;
    try {
      String at = setting + ".certificate";
      byte[] content = files.read(at, pem.certificate(), SourceFiles.MOST_BYTES_OF_KEY);
      chain = PemCertificates.read(at, pem.certificate(), content);
    } catch (Unusable e) {
      findings.problem(e);
    }
    try {
      String at = setting + ".key";
      byte[] content = files.read(at, pem.key(), SourceFiles.MOST_BYTES_OF_KEY);
      checkPermissions(at, pem.key(), strict);
      Path password = pem.keyPasswordFile();
      key =
          PrivateKeys.read(
              at,
              pem.key(),
              content,
              () -> password == null ? null : password(setting, strict, password));
    } catch (Unusable e) {
      findings.problem(e);
    }
    return chain == null || key == null ? null : new Unproven(chain, key);
  }

  private char[] password(String setting, boolean strict, Path file) throws Unusable {
    String at = setting + ".key-password-file";
    try {
      char[] password = new SecretSource.InFile(file).read();
      checkPermissions(at, file, strict);
      return password;
    } catch (IOException e) {
      throw SourceFiles.unreadable(at, file, e);
    }
  }

  private @Nullable Unproven keystore(String setting, boolean strict, KeystoreFile source) {
    try {
      String at = setting + ".file";
      byte[] content = files.read(at, source.file(), SourceFiles.MOST_BYTES_OF_KEY);
      checkPermissions(at, source.file(), strict);
      if (source.password() instanceof SecretSource.InFile password) {
        checkPermissions(setting + ".password-file", password.file(), strict);
      }
      return Keystores.read(setting, source, content);
    } catch (Unusable e) {
      findings.problem(e);
      return null;
    }
  }

  private void checkPermissions(String setting, Path file, boolean strict) {
    Optional<Malformed> open = FileFault.othersCanRead(file, strict);
    if (open.isEmpty()) {
      return;
    }
    if (strict) {
      findings.problem(setting, open.get().fault(), open.get().remedy());
    } else {
      findings.warning(setting, open.get().fault(), open.get().remedy());
    }
  }
}
