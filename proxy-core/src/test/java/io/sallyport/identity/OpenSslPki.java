package io.sallyport.identity;

import static org.assertj.core.api.Assertions.assertThat;

import io.sallyport.rig.Program;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Keys and certificates as {@code openssl} makes them, each in a file that its owner may read. */
final class OpenSslPki {
  /** Of every key and store that has one. */
  static final String PASSWORD = "correct horse";

  /** What {@code openssl genpkey} is told, and the key as its client names it. */
  enum Kind {
    RSA_2048("RSA", "rsa_keygen_bits:2048", "2048 bit"),
    RSA_3072("RSA", "rsa_keygen_bits:3072", "3072 bit"),
    P_256("EC", "ec_paramgen_curve:P-256", "256 bit"),
    P_384("EC", "ec_paramgen_curve:P-384", "384 bit"),
    P_521("EC", "ec_paramgen_curve:P-521", "521 bit"),
    ED25519("ED25519", "", "ED25519");

    private final String algorithm;
    private final String option;
    private final String shown;

    Kind(String algorithm, String option, String shown) {
      this.algorithm = algorithm;
      this.option = option;
      this.shown = shown;
    }

    String shown() {
      return shown;
    }
  }

  private final Path folder;
  private final Path caKey;

  /** Vouches for every {@link #certificate}. */
  final Path ca;

  OpenSslPki(Path folder) throws IOException {
    this.folder = folder;
    caKey = key("EC", "ec_paramgen_curve:P-256");
    ca = file();
    run(out(ca, "req", "-x509", "-new", "-key", caKey.toString(), "-subj", "/CN=openssl CA"));
  }

  /** Clear PKCS#8. */
  Path key(Kind kind) throws IOException {
    return kind.option.isEmpty() ? key(kind.algorithm) : key(kind.algorithm, kind.option);
  }

  /**
   * Clear PKCS#8.
   *
   * @param algorithm as {@code openssl genpkey} names it, and its options
   */
  Path key(String algorithm, String... options) throws IOException {
    Path key = file();
    List<String> command = out(key, "genpkey", "-algorithm", algorithm);
    for (String option : options) {
      command.addAll(List.of("-pkeyopt", option));
    }
    run(command);
    return key;
  }

  /** The same key in another form. */
  Path convert(Path key, String... command) throws IOException {
    Path converted = file();
    List<String> whole = out(converted, command);
    whole.addAll(List.of("-in", key.toString()));
    run(whole);
    return converted;
  }

  /** For the host {@code app}. */
  Path certificate(Path key) throws IOException {
    Path request = file();
    run(out(request, "req", "-new", "-key", key.toString(), "-subj", "/CN=app"));
    Path extensions = Files.writeString(file(), "subjectAltName = DNS:app\n");
    Path certificate = file();
    List<String> command = out(certificate, "x509", "-req", "-in", request.toString());
    command.addAll(List.of("-CA", ca.toString(), "-CAkey", caKey.toString(), "-set_serial", "1"));
    command.addAll(List.of("-extfile", extensions.toString()));
    run(command);
    return certificate;
  }

  /**
   * A PKCS#12 file of key and certificate.
   *
   * @param options of {@code openssl pkcs12 -export}, the password among them
   */
  Path pkcs12(Path key, Path certificate, String... options) throws IOException {
    Path store = file();
    List<String> command = out(store, "pkcs12", "-export", "-inkey", key.toString());
    command.addAll(List.of("-in", certificate.toString()));
    command.addAll(List.of(options));
    run(command);
    return store;
  }

  private Path file() throws IOException {
    return Files.createTempFile(folder, "openssl", ".pem");
  }

  private static List<String> out(Path file, String... command) {
    List<String> whole = new ArrayList<>(List.of(Program.installed("openssl")));
    whole.addAll(List.of(command));
    whole.addAll(List.of("-out", file.toString()));
    return whole;
  }

  private static void run(List<String> command) {
    Program.Outcome outcome = Program.run(command);
    assertThat(outcome.exitCode()).as("%s: %s", command, outcome.output()).isZero();
  }
}
