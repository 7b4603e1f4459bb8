package io.sallyport.config;

import io.sallyport.config.IdentityConfig.KeySource;
import io.sallyport.config.IdentityConfig.KeystoreFile;
import io.sallyport.config.IdentityConfig.PemFiles;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** {@code identities.X}. */
final class IdentityReader {

  private static final Values.Parser<String> KEYSTORE_TYPE =
      Values.choice(Values.words("pkcs12", "pkcs12", "jks", "jks"));

  private IdentityReader() {}

  /** Null when it has problems, which are then told. */
  static @Nullable IdentityConfig read(String name, Section section) {
    int problemsBefore = section.findings().problemCount();
    KeySource source = keySource(section);
    List<Path> trust = section.files("trust");
    boolean strict = section.readOrDefault("strict-permissions", Values::flag);
    if (section.findings().problemCount() > problemsBefore) {
      return null;
    }
    if (source == null && trust.isEmpty()) {
      section
          .findings()
          .problem(
              section.path(),
              "has neither a key nor trust",
              "set certificate and key or keystore, trust, or both");
      return null;
    }
    return new IdentityConfig(name, source, trust, strict);
  }

  private static @Nullable KeySource keySource(Section section) {
    boolean pem = section.has("certificate") || section.has("key");
    boolean keystore = section.says("keystore");
    if (pem && keystore) {
      section
          .findings()
          .problem(
              section.path("keystore"),
              "is a second source of the key, beside certificate and key",
              "keep one of them");
      return null;
    }
    KeySource fromKeystore = keystore(section.child("keystore"), keystore);
    Path password = section.file("key-password-file");
    if (!pem) {
      if (password != null) {
        section
            .findings()
            .problem(
                section.where("key-password-file"),
                "has no key to go with",
                "set certificate and key; a keystore has keystore.password-file");
      }
      return fromKeystore;
    }
    Path certificate = section.require("certificate", section::asFile, "name its PEM file");
    Path key = section.require("key", section::asFile, "name its PEM file");
    return certificate == null || key == null ? null : new PemFiles(certificate, key, password);
  }

  private static @Nullable KeySource keystore(Section keystore, boolean wanted) {
    String type = keystore.readOrDefault("type", KEYSTORE_TYPE);
    Path password = keystore.file("password-file");
    if (!wanted) {
      return null;
    }
    Path file = keystore.require("file", keystore::asFile, "name the keystore");
    return file == null
        ? null
        : new KeystoreFile(file, type, password == null ? null : new SecretSource.InFile(password));
  }
}
