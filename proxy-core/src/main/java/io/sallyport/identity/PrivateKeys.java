package io.sallyport.identity;

import java.nio.file.Path;
import java.security.KeyFactory;
import java.security.NoSuchAlgorithmException;
import java.security.PrivateKey;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The private key in a PEM file. Plain PKCS#8 is read by the JDK alone. */
final class PrivateKeys {
  static final String SUPPORTED =
      "use RSA of 2048 bits or more, Ed25519, or the named curve P-256, P-384 or P-521";

  private static final List<String> ALGORITHMS = List.of("RSA", "EC", "EdDSA");

  private PrivateKeys() {}

  /** Reads the password of an encrypted key, when there is one to read. */
  interface Password {
    /** A new array, which the caller wipes; null when none is configured. */
    char @Nullable [] read() throws Unusable;
  }

  static PrivateKey read(String setting, Path file, byte[] content, Password password)
      throws Unusable {
    List<PemBlock> keys =
        PemBlock.all(setting, file.toString(), content).stream()
            .filter(PemBlock::isPrivateKey)
            .toList();
    if (keys.size() != 1) {
      throw new Unusable(
          setting,
          file + " holds " + (keys.isEmpty() ? "no private key" : keys.size() + " private keys"),
          "it must hold exactly one BEGIN ... PRIVATE KEY block");
    }
    PemBlock block = keys.get(0);
    return switch (block.label()) {
      case "PRIVATE KEY" -> plain(setting, file, block);
      case "RSA PRIVATE KEY", "EC PRIVATE KEY", "ENCRYPTED PRIVATE KEY" ->
          legacy(setting, file, block, password);
      default ->
          throw new Unusable(
              setting,
              file + " holds a key of a kind that is not supported: " + block.label(),
              "convert it: openssl pkcs8 -topk8 -nocrypt");
    };
  }

  private static PrivateKey plain(String setting, Path file, PemBlock block) throws Unusable {
    byte[] pkcs8;
    try {
      pkcs8 = block.der();
    } catch (IllegalArgumentException e) {
      throw new Unusable(
          setting, "the key in " + file + " is not base64", "check that the file is whole");
    }
    return fromPkcs8(setting, file, pkcs8);
  }

  private static PrivateKey legacy(String setting, Path file, PemBlock block, Password password)
      throws Unusable {
    boolean encrypted = block.hasHeaders() || block.label().startsWith("ENCRYPTED");
    char[] secret = null;
    if (encrypted) {
      secret = password.read();
      if (secret == null) {
        throw new Unusable(
            setting,
            "the key in " + file + " is encrypted and no password is given",
            "set key-password-file beside it");
      }
    }
    try {
      return fromPkcs8(setting, file, LegacyKeyFormats.toPkcs8(block.text(), secret));
    } catch (LegacyKeyFormats.Undecipherable e) {
      throw encrypted
          ? new Unusable(
              setting,
              "the password does not open the key in " + file,
              // A cipher that is not supported looks the same.
              "check key-password-file; where it is right, encrypt the key anew:"
                  + " openssl pkcs8 -topk8")
          : new Unusable(
              setting, "the key in " + file + " cannot be parsed", "check that the file is whole");
    } finally {
      if (secret != null) {
        Arrays.fill(secret, '\0');
      }
    }
  }

  private static PrivateKey fromPkcs8(String setting, Path file, byte[] pkcs8) throws Unusable {
    PrivateKey key = fromPkcs8(pkcs8);
    if (key == null) {
      throw new Unusable(
          setting, "the key in " + file + " is malformed or of an unsupported kind", SUPPORTED);
    }
    return key;
  }

  /**
   * Null where it is malformed or of an unsupported kind.
   *
   * @param pkcs8 is wiped
   */
  static @Nullable PrivateKey fromPkcs8(byte[] pkcs8) {
    try {
      for (String algorithm : ALGORITHMS) {
        PrivateKey key = as(algorithm, pkcs8);
        if (key != null) {
          return key;
        }
      }
      return null;
    } finally {
      Arrays.fill(pkcs8, (byte) 0);
    }
  }

  /** Null where the key is of another algorithm. */
  private static @Nullable PrivateKey as(String algorithm, byte[] pkcs8) {
    try {
      return KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(pkcs8));
    } catch (InvalidKeySpecException e) {
      return null;
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("this Java has no " + algorithm, e);
    }
  }
}
