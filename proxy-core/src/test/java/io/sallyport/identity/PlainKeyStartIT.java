package io.sallyport.identity;

import static org.assertj.core.api.Assertions.assertThat;

import io.sallyport.config.IdentityConfig;
import io.sallyport.config.InboundConfig;
import io.sallyport.config.InboundConfig.ClientAuth;
import io.sallyport.testcerts.KeyFormat;
import io.sallyport.testcerts.PemFiles;
import io.sallyport.testcerts.TestCa;
import io.sallyport.testcerts.TestIdentity;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** That a start with a PKCS#8 key does not pay for Bouncy Castle. */
class PlainKeyStartIT {
  private final Path directory;
  private final TestSetup setup;
  private final TestCa ca = TestCa.create();
  private final TestIdentity app = ca.issue(leaf -> leaf.dns("app"));

  PlainKeyStartIT(@TempDir Path directory) {
    this.directory = directory;
    setup = new TestSetup(directory);
  }

  /** What the other JVM runs: certificate, key, trust. */
  static final class Start {
    private Start() {}

    public static void main(String[] files) {
      IdentityConfig identity =
          TestSetup.identity(
              Path.of(files[0]), Path.of(files[1]), null, List.of(Path.of(files[2])));
      InboundConfig inbound = TestSetup.inbound(ClientAuth.REQUIRE, TestSetup.TLS_1_2_AND_1_3);
      IdentityGeneration generation =
          IdentityLoader.load(TestSetup.config(identity, List.of(inbound), List.of()))
              .generation(inbound, 1, PeerCheck.ANY_TRUSTED);
      System.out.println("started with generation " + generation.number());
    }
  }

  @Test
  void loadsBouncyCastleOnlyForKeysThatNeedIt() throws Exception {
    PemFiles files = app.writeTo(directory, "app");
    Path sec1 = setup.file(app.keyPem(KeyFormat.SEC1));

    assertThat(classesOf(files.certificate(), files.key()))
        .contains("started with generation 1")
        .doesNotContain("org.bouncycastle");
    assertThat(classesOf(files.certificate(), sec1))
        .contains("started with generation 1")
        .contains("org.bouncycastle");
  }

  private String classesOf(Path certificate, Path key) throws Exception {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xlog:class+load",
                "-cp",
                System.getProperty("java.class.path"),
                Start.class.getName(),
                certificate.toString(),
                key.toString(),
                setup.file(ca.certificatePem()).toString())
            .redirectErrorStream(true)
            .start();
    try (var printed = process.getInputStream()) {
      return new String(printed.readAllBytes(), StandardCharsets.UTF_8);
    } finally {
      process.destroyForcibly();
    }
  }
}
