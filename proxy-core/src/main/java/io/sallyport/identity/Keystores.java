package io.sallyport.identity;

import io.sallyport.config.IdentityConfig.KeystoreFile;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.Key;
import java.security.KeyStore;
import java.security.KeyStoreException;
import java.security.PrivateKey;
import java.security.UnrecoverableKeyException;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The key pair in a PKCS#12 or JKS file, by the JDK alone. */
final class Keystores {

  private Keystores() {}

  static KeyPairFiles.Unproven read(String setting, KeystoreFile source, byte[] content)
      throws Unusable {
    String file = source.file().toString();
    char[] password = password(setting, source);
    try {
      KeyStore store = open(setting, source, content, password);
      String alias = onlyKey(setting, file, store);
      Key key = store.getKey(alias, password);
      Certificate[] chain = store.getCertificateChain(alias);
      if (!(key instanceof PrivateKey privateKey) || chain == null || chain.length == 0) {
        throw new Unusable(
            setting, "the key in " + file + " has no certificate", "put the chain in with it");
      }
      List<X509Certificate> certificates = new ArrayList<>();
      for (Certificate certificate : chain) {
        certificates.add((X509Certificate) certificate);
      }
      return new KeyPairFiles.Unproven(certificates, privateKey);
    } catch (GeneralSecurityException | ClassCastException e) {
      throw source.password() == null
          ? passwordMissing(setting, source)
          : new Unusable(
              setting,
              "the password does not open the key in " + file,
              "give the key the password of its store");
    } finally {
      if (password != null) {
        Arrays.fill(password, '\0');
      }
    }
  }

  /** Without one configured, that of a PKCS#12 file is the empty one, as openssl makes it. */
  private static char @Nullable [] password(String setting, KeystoreFile source) throws Unusable {
    if (source.password() == null) {
      return source.type().equalsIgnoreCase("pkcs12") ? new char[0] : null;
    }
    try {
      return source.password().read();
    } catch (IOException e) {
      throw new Unusable(
          setting + ".password-file", "the password cannot be read", "check the file it names");
    }
  }

  private static Unusable passwordMissing(String setting, KeystoreFile source) {
    return new Unusable(
        setting, "the key in " + source.file() + " needs a password", "set keystore.password-file");
  }

  private static KeyStore open(
      String setting, KeystoreFile source, byte[] content, char @Nullable [] password)
      throws Unusable, GeneralSecurityException {
    KeyStore store = KeyStore.getInstance(source.type().toUpperCase(Locale.ROOT));
    try {
      store.load(new ByteArrayInputStream(content), password);
      return store;
    } catch (IOException e) {
      // The JDK says a wrong password by this cause alone.
      if (!(e.getCause() instanceof UnrecoverableKeyException)) {
        throw new Unusable(
            setting,
            source.file() + " is not a keystore of type " + source.type(),
            "check type and file");
      }
      throw source.password() == null
          ? passwordMissing(setting, source)
          : new Unusable(
              setting, "the password does not open " + source.file(), "check the password");
    }
  }

  private static String onlyKey(String setting, String file, KeyStore store)
      throws Unusable, KeyStoreException {
    List<String> keys = new ArrayList<>();
    for (String alias : Collections.list(store.aliases())) {
      if (store.entryInstanceOf(alias, KeyStore.PrivateKeyEntry.class)) {
        keys.add(alias);
      }
    }
    if (keys.isEmpty()) {
      throw new Unusable(
          setting,
          file + " holds no private key",
          "put one in with its chain; Java takes none that a PKCS#12 file holds unencrypted");
    }
    if (keys.size() > 1) {
      throw new Unusable(
          setting,
          file + " holds " + keys.size() + " private keys",
          "it must hold exactly one private key entry");
    }
    return keys.get(0);
  }
}
