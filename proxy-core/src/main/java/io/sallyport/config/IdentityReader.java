package io.sallyport.config;

import io.sallyport.config.IdentityConfig.KeySource;
import io.sallyport.config.IdentityConfig.KeystoreFile;
import io.sallyport.config.IdentityConfig.PemFiles;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** {@code identities.X}. */
final class IdentityReader {

  private static final Values.Parser<String> KEYSTORE_TYPE =
      Values.choice(Values.words("pkcs12", "pkcs12", "jks", "jks"));

  /** Whether it is required. */
  private static final Values.Parser<Boolean> REVOCATION_POLICY =
      Values.choice(Values.words("require", true, "best-effort", false));

  private static final Values.Parser<OcspConfig.Policy> OCSP_POLICY = Values.choice(ocspPolicies());

  private IdentityReader() {}

  private static Map<String, OcspConfig.Policy> ocspPolicies() {
    Map<String, OcspConfig.Policy> words = new LinkedHashMap<>();
    words.put("off", OcspConfig.Policy.OFF);
    words.put("require", OcspConfig.Policy.REQUIRE);
    words.put("best-effort", OcspConfig.Policy.BEST_EFFORT);
    return words;
  }

  /** Null when it has problems, which are then told. */
  static @Nullable IdentityConfig read(String name, Section section) {
    int problemsBefore = section.findings().problemCount();
    KeySource files = keySource(section);
    List<Path> trust = section.files("trust");
    Map<String, List<Path>> domains = TrustDomainsReader.read(section);
    KeySource source = SpiffeReader.isMeant(section) ? SpiffeReader.read(section) : files;
    boolean strict = section.readOrDefault("strict-permissions", Values::flag);
    RevocationConfig revocation = revocation(section.child("revocation"));
    boolean stapling = section.readOrDefault("ocsp-stapling", Values::flag);
    if (section.findings().problemCount() > problemsBefore) {
      return null;
    }
    if (source == null && trust.isEmpty() && domains.isEmpty()) {
      section
          .findings()
          .problem(
              section.path(),
              "has neither a key nor trust",
              "set certificate and key or keystore, trust, or both; or spiffe");
      return null;
    }
    return new IdentityConfig(name, source, trust, domains, strict, revocation, stapling);
  }

  private static RevocationConfig revocation(Section section) {
    return new RevocationConfig(
        section.files("crl"),
        section.readOrDefault("policy", REVOCATION_POLICY),
        ocsp(section.child("ocsp")));
  }

  private static OcspConfig ocsp(Section section) {
    return new OcspConfig(
        section.readOrDefault("policy", OCSP_POLICY),
        section.read("responder", value -> ResponderUrl.of(Values.text(value))),
        section.readOrDefault("timeout", Durations::withinAHandshake));
  }

  private static @Nullable KeySource keySource(Section section) {
    KeySource keystore = keystore(section.child("keystore"), section.says("keystore"));
    Path keyPassword = section.file("key-password-file");
    if (!section.has("certificate") && !section.has("key")) {
      if (keyPassword != null) {
        section
            .findings()
            .problem(
                section.where("key-password-file"),
                "has no key to go with",
                "set certificate and key; a keystore has keystore.password-file");
      }
      return keystore;
    }
    if (keystore != null) {
      section
          .findings()
          .problem(
              section.path("keystore"),
              "is a second source of the key, beside certificate and key",
              "keep one of them");
    }
    Path certificate = section.require("certificate", section::asFile, "name its PEM file");
    Path key = section.require("key", section::asFile, "name its PEM file");
    return certificate == null || key == null ? null : new PemFiles(certificate, key, keyPassword);
  }

  private static @Nullable KeySource keystore(Section keystore, boolean wanted) {
    String type = keystore.readOrDefault("type", KEYSTORE_TYPE);
    Path password = keystore.file("password-file");
    Path file =
        wanted
            ? keystore.require("file", keystore::asFile, "name the keystore")
            : keystore.file("file");
    return file == null
        ? null
        : new KeystoreFile(file, type, password == null ? null : new SecretSource.InFile(password));
  }
}
