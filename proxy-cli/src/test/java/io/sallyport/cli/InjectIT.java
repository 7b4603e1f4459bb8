package io.sallyport.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.sallyport.cli.Command.Ended;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code inject}, and that what it writes into a pod serves. */
final class InjectIT {

  private static final String MANIFEST =
      """
      # The shop.
      apiVersion: v1
      kind: Service
      metadata: {name: shop}
      ---
      apiVersion: apps/v1
      kind: Deployment
      metadata: {name: shop}
      spec:
        template:
          metadata:
            annotations:
              sallyport.io/inject: enabled
              sallyport.io/identity-secret: shop-tls
              sallyport.io/trust-config-map: mesh-ca
              sallyport.io/allow: '[ { uri = "spiffe://test/client" } ]'
              sallyport.io/app-port: "APP"
          spec:
            containers:
            - name: app # it
              image: app:1
              readinessProbe:
                httpGet: {path: /page, port: APP}
              livenessProbe:
                tcpSocket: {port: 1}
      """;

  private final Path folder;

  InjectIT(@TempDir Path folder) {
    this.folder = folder;
  }

  private String file(String name, String text) throws IOException {
    return Files.writeString(folder.resolve(name), text).toString();
  }

  private static Ended piped(String text, String... arguments) throws IOException {
    Path input = Files.createTempFile("manifest", ".yaml");
    try {
      Files.writeString(input, text);
      return Command.run(Command.sallyport(arguments).redirectInput(input.toFile()));
    } finally {
      Files.delete(input);
    }
  }

  private static String good() {
    return MANIFEST.replace("APP", "8080");
  }

  @Test
  void readsFilesFoldersAndPipesAndTwiceIsTheSameAsOnce() throws Exception {
    String one = file("b.yaml", good());
    file("a.json", "{\"kind\": \"ConfigMap\"}\n");
    file("notes.txt", "no manifest: [");

    Ended named = Command.run("inject", "-f", one, "--image", "sallyport:7");
    assertThat(named.exitCode()).as(named.err()).isZero();
    assertThat(named.err()).isEmpty();
    assertThat(named.out())
        .startsWith(good().substring(0, good().indexOf("    spec:")))
        .contains("image: sallyport:7\n", "- name: app # it\n", "/app-probe/app-readiness");
    assertThat(piped(good(), "inject", "-", "--image", "sallyport:7").out()).isEqualTo(named.out());
    assertThat(Command.run("inject", "-f", folder.toString(), "--image", "sallyport:7").out())
        .isEqualTo("{\"kind\": \"ConfigMap\"}\n---\n" + named.out());
    assertThat(piped(named.out(), "inject", "-", "--image", "sallyport:7").out())
        .isEqualTo(named.out());
  }

  @Test
  void checkNamesWhatWouldChange() throws Exception {
    String manifest = file("a.yaml", good());

    Ended before = Command.run("inject", "--check", "-f", manifest);
    assertThat(before.exitCode()).isEqualTo(1);
    assertThat(before.out()).isEqualTo(manifest + ": Deployment/shop\n");
    assertThat(before.err()).isEmpty();

    Files.writeString(Path.of(manifest), Command.run("inject", "-f", manifest).out());
    Ended after = Command.run("inject", "--check", "-f", manifest);
    assertThat(after.exitCode()).isZero();
    assertThat(after.out() + after.err()).isEmpty();
  }

  @Test
  void whereOneIsBadNothingIsPrinted() throws Exception {
    String manifest = file("a.yaml", good());
    String bad = file("b.yaml", good().replace("inject: enabled", "inject: maybe"));

    Ended ended = Command.run("inject", "-f", manifest, "-f", bad);

    assertThat(ended.exitCode()).isEqualTo(2);
    assertThat(ended.out()).isEmpty();
    assertThat(ended.err())
        .isEqualTo(
            "error: spec.template.metadata.annotations[sallyport.io/inject] ("
                + bad
                + ", document 2, Deployment/shop): \"maybe\" is not known;"
                + " use enabled or disabled\n");
  }

  @Test
  void whatIsLargeDeepOrNoTextIsRefusedInTheSmallHeap() throws Exception {
    assertThat(piped("kind: A\nx: " + "y".repeat(10 << 20), "inject", "-").err())
        .isEqualTo("error: standard input: is larger than 3 MiB; give it in parts\n");
    Ended many = piped("kind: A\nx: [" + "1,".repeat(1_500_000) + "]", "inject", "-");
    assertThat(many.exitCode()).isEqualTo(2);
    assertThat(many.err()).contains("has more than 400000 values");
    Ended deep = piped("kind: A\nx: " + "{a: ".repeat(500_000), "inject", "-");
    assertThat(deep.exitCode()).isEqualTo(2);
    assertThat(deep.err()).contains("is nested more than 100 deep");
    Path latin = Files.write(folder.resolve("latin.yaml"), new byte[] {'a', ':', (byte) 0xE9});
    assertThat(Command.run("inject", "-f", latin.toString()).err())
        .isEqualTo("error: " + latin + ": is not UTF-8; convert it\n");
    // As many as it takes, of what is most for their size.
    Ended much =
        piped(
            "kind: Pod\napiVersion: v1\n# sallyport\nx: [" + "1,".repeat(399_000) + "]",
            "inject",
            "-");
    assertThat(much.exitCode()).as(much.err()).isZero();
  }

  @Test
  void theConfigurationInThePodServesAndAnswersProbes() throws Exception {
    try (Site site = new Site(folder)) {
      String app = site.address().replaceAll(".*:", "");
      Ended injected = piped(MANIFEST.replace("APP", app), "inject", "-");
      String config =
          config(injected.out())
                  .replace("/run/sallyport/tls/tls.", folder + "/server.")
                  .replace("/run/sallyport/trust", folder.toString())
                  .replaceAll("0\\.0\\.0\\.0:\\d+", "127.0.0.1:0")
              + "sallyport.admin.listen = \"127.0.0.1:0\"\n";

      ProcessBuilder check = Command.sallyport("check", "-c", "env:SALLYPORT_CONFIG");
      check.environment().put("SALLYPORT_CONFIG", config);
      Ended checked = Command.run(check);
      assertThat(checked.exitCode()).as(checked.err()).isZero();
      assertThat(checked.out())
          .isEqualTo("env:SALLYPORT_CONFIG: would start, 1 inbound, 0 outbound\n");

      ProcessBuilder run = Command.sallyport("run", "--config", "env:SALLYPORT_CONFIG");
      run.environment().put("SALLYPORT_CONFIG", config);
      try (Command sidecar = Command.start(run)) {
        String probes = "http://127.0.0.1:" + sidecar.port("admin.probes") + "/app-probe/app-";
        assertThat(site.curl(sidecar.port("app")).out()).isEqualTo("hello\n");
        assertThat(Command.runOther("curl", "-sS", "-f", probes + "readiness").out())
            .isEqualTo("ok\n");
        assertThat(Command.runOther("curl", "-sS", "-w", "%{http_code}", probes + "liveness").out())
            .isEqualTo("connection refused\n503\n");
      }
    }
  }

  private static String config(String manifest) {
    Matcher value =
        Pattern.compile("- name: SALLYPORT_CONFIG\n +value: [|]\n((?: +.*\n)*?) *ports:")
            .matcher(manifest);
    assertThat(value.find()).as(manifest).isTrue();
    assertThat(value.group(1).getBytes(UTF_8).length).isLessThan(100_000);
    return value.group(1).stripTrailing().stripIndent() + "\n";
  }
}
