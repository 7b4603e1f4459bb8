package io.sallyport.cli.inject;

import static io.sallyport.cli.inject.Manifests.ANNOTATIONS;
import static io.sallyport.cli.inject.Manifests.container;
import static io.sallyport.cli.inject.Manifests.deployment;
import static io.sallyport.cli.inject.Manifests.pod;
import static io.sallyport.cli.inject.Manifests.problems;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What cannot be used is told by file, document, field, fault and remedy. */
class BadManifestTest {

  private static final String POD = " (a.yaml, document 1, Pod/shop): ";

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "sallyport.io/injcet: enabled | [sallyport.io/injcet] | unknown annotation;"
            + " did you mean sallyport.io/inject?",
        "sallyprot.io/inject: enabled | [sallyprot.io/inject] | unknown annotation;"
            + " did you mean sallyport.io/inject?",
        "sallyport.io/inject: on | [sallyport.io/inject] | on is no text, as annotations are;"
            + " put it in quotes: \"on\"",
        "sallyport.io/inject: yes please | [sallyport.io/inject] | \"yes please\" is not known;"
            + " use enabled or disabled",
        "sallyport.io/inbound-port: 8443 | [sallyport.io/inbound-port] | 8443 is no text, as"
            + " annotations are; put it in quotes: \"8443\"",
        "sallyport.io/inbound-port: \"0\" | [sallyport.io/inbound-port] | \"0\" is not a port;"
            + " use 1 to 65535",
        "sallyport.io/inbound-port: \"9902\" | [sallyport.io/inbound-port] | 9902 is for the"
            + " sidecar's own admin server; use another one",
        "sallyport.io/inbound-port: \"8080\" | .x | x",
        "sallyport.io/app-port: \"8443\" | [sallyport.io/app-port] | 8443 is the sidecar's inbound"
            + " port too; use another one",
        "sallyport.io/app-port: \"9901\" | [sallyport.io/app-port] | 9901 is the sidecar's admin"
            + " server; use another one",
        "sallyport.io/protocol: udp | [sallyport.io/protocol] | \"udp\" is not known;"
            + " use tcp or http",
        "sallyport.io/allow: any-trustde | [sallyport.io/allow] | \"any-trustde\" is not known"
            + " here; use any-trusted, anyone or rules such as"
            + " [ { uri = \"spiffe://prod/ns/shop/sa/web\" } ]",
        "sallyport.io/allow: \"[ { dnss = a } ]\" | [sallyport.io/allow] | 0.dnss unknown"
            + " setting; did you mean dns?",
        "sallyport.io/allow: \"${HOME}\" | [sallyport.io/allow] | refers to other values;"
            + " write them out",
        "sallyport.io/identity-secret: Shop | [sallyport.io/identity-secret] | \"Shop\" cannot be a"
            + " name in Kubernetes; name the Secret with tls.crt and tls.key",
        "sallyport.io/trust-config-map: a/ | [sallyport.io/trust-config-map] | \"a/\" names no key"
            + " of a ConfigMap; name the ConfigMap with the CAs of peers, as NAME for its key ca.crt"
            + " or NAME/KEY",
        "sallyport.io/config-map: c | [sallyport.io/allow] | is for the configuration in"
            + " metadata.annotations[sallyport.io/config-map] to say; remove it",
        "sallyport.io/image: a b | [sallyport.io/image] | \"a b\" is not the name of an image;"
            + " write such as sallyport:1.0",
        "sallyport.io/memory-limit: lots | [sallyport.io/memory-limit] | \"lots\" is no amount of"
            + " memory; write such as 96Mi",
        "sallyport.io/cpu-request: 1Gi | [sallyport.io/cpu-request] | \"1Gi\" is no amount of CPU;"
            + " write such as 20m or 0.5",
        "sallyport.io/image: [ a ] | [sallyport.io/image] | is a list, not a text;"
            + " write it as Kubernetes has it",
        "sallyport.io/image: ~ | [sallyport.io/image] | is null; give it a value, or remove it",
      })
  void anAnnotationIsToldByItsName(String line, String field, String told) {
    String key = line.substring(0, line.indexOf(':'));
    String others =
        String.join("\n", ANNOTATIONS.lines().filter(each -> !each.startsWith(key)).toList());
    List<String> problems = problems(pod(others + "\n" + line + "\n", container("")));

    if (line.contains("\"8080\"")) {
      assertThat(problems)
          .containsExactly(
              "spec.containers[0].ports[0].containerPort"
                  + POD
                  + "8080 is a port of the sidecar too;"
                  + " move one of them, the sidecar's by sallyport.io/inbound-port");
    } else {
      assertThat(problems).containsExactly("metadata.annotations" + field + POD + told);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "allow | say who may come in, such as [ { spiffe = \"spiffe://prod/shop\" } ],"
            + " or any-trusted",
        "identity-secret | name the Secret with tls.crt and tls.key",
        "trust-config-map | name the ConfigMap with the CAs of peers, as NAME for its key ca.crt or"
            + " NAME/KEY",
      })
  void whatHasNoDefaultIsAskedFor(String word, String remedy) {
    String others =
        String.join("\n", ANNOTATIONS.lines().filter(each -> !each.contains(word)).toList());

    assertThat(problems(pod(others + "\n", container(""))))
        .containsExactly(
            "metadata.annotations[sallyport.io/" + word + "]" + POD + "is missing; " + remedy);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "containers: [] | spec.containers | is empty; write the application there",
        "restartPolicy: Always | spec.containers | is missing; write the application there",
        "containers: {name: a} | spec.containers | is a mapping, not a list;"
            + " write it as Kubernetes has it",
        "containers: [ a ] | spec.containers[0] | is a single value, not a mapping;"
            + " write it as Kubernetes has it",
        "containers: [ {image: a} ] | spec.containers[0].name | is missing; name the container",
        "containers: [ {name: sallyport} ] | spec.containers[0] | is named sallyport, as the"
            + " sidecar is, and is no init container; remove it, or give it another name",
        "{initContainers: [ {name: sallyport}, {name: sallyport} ], containers: [ {name: a} ]} |"
            + " spec.initContainers[1] | is a second sidecar; remove one of them",
        "{initContainers: [ {name: sallyport} ], containers: [ {name: a} ]} |"
            + " spec.initContainers[0] | is a sidecar that was written by hand;"
            + " remove it, or sallyport.io/inject",
        "containers: [ {name: a} ] | metadata.annotations[sallyport.io/app-port] |"
            + " is missing, and the containers have no port; write the application's",
        "containers: [ {name: a, ports: [ {containerPort: 1}, {containerPort: 2} ]} ] |"
            + " metadata.annotations[sallyport.io/app-port] |"
            + " is missing, and the containers have several ports; write the application's",
        "containers: [ {name: a, ports: [ {containerPort: 9902} ]} ] |"
            + " spec.containers[0].ports[0].containerPort | 9902 is a port of the sidecar too;"
            + " move the application's",
        "containers: &c [ {name: a} ] | spec.containers | has an anchor (&c), and would change"
            + " wherever it is referred to; write it out there",
        "{x: &c [ {name: a} ], containers: *c} | spec.containers | is an alias (*c), which is not"
            + " followed here; write it out",
        "{x: &c {name: a}, containers: [ {<<: *c} ]} | spec.containers[0] | takes in another"
            + " mapping (<<), which is not followed here; write it out",
        "{volumes: [ {name: sallyport-tls} ], containers: [ {name: a, ports: [ {containerPort: 1}"
            + " ]} ]} | spec.volumes[0] | has the name of a volume of the sidecar;"
            + " give it another name",
        "{terminationGracePeriodSeconds: 1s, containers: [ {name: a, ports: [ {containerPort: 1}"
            + " ]} ]} | spec.terminationGracePeriodSeconds | \"1s\" is not a whole number;"
            + " write such as 30",
        "containers: [ {name: a, livenessProbe: {httpGet: {port: web}}} ] |"
            + " spec.containers[0].livenessProbe.httpGet.port | \"web\" is the name of no port of"
            + " this container; name it in ports, or write its number",
        "containers: [ {name: a, livenessProbe: {httpGet: {port: 1}, tcpSocket: {port: 1}}} ] |"
            + " spec.containers[0].livenessProbe | has both httpGet and tcpSocket;"
            + " leave one of them",
        "containers: [ {name: a, livenessProbe: {httpGet: {port: 9902, path: /app-probe/a}}} ] |"
            + " spec.containers[0].livenessProbe.httpGet | asks a sidecar what it does not know;"
            + " write the application's own probe there, and inject again",
      })
  void aFieldIsToldByItsPath(String spec, String field, String told) {
    assertThat(problems(pod(ANNOTATIONS, spec + "\n"))).containsExactly(field + POD + told);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "a: [ | line 2 (a.yaml): is not YAML: expected the node content, but found"
            + " '<stream end>'; correct it, or render the template that it is",
        "a: {{ .Values.x }} | line 1 (a.yaml): has a key that is no text; write its keys as text",
        "a: @b | line 1 (a.yaml): is not YAML: found character '@' that cannot start any token."
            + " (Do not use @ for indentation); correct it, or render the template that it is",
        "hello | a.yaml, document 1: is no object of Kubernetes; give manifests alone",
        "- a | a.yaml, document 1: is no object of Kubernetes; give manifests alone",
        "a: b | a.yaml, document 1: has no kind; give manifests alone",
        "{kind: A, kind: B} | line 1 (a.yaml): has the key \"kind\" twice in one mapping;"
            + " remove one of them",
        "{kind: Job, apiVersion: batch/v1, x: sallyport} | spec (a.yaml, document 1, Job):"
            + " is missing; write the template of its pods there",
      })
  void whatIsNoManifestIsToldByItsLine(String text, String told) {
    assertThat(problems(text + "\n")).containsExactly(told);
  }

  @Test
  void annotationsOfTheDeploymentAreNotThoseOfItsPods() {
    String manifest =
        deployment("a: b\n", container(""))
            .replace(
                "  name: shop\nspec:",
                "  name: shop\n  annotations: {sallyport.io/inject: enabled}\nspec:");

    assertThat(problems(manifest))
        .containsExactly(
            "metadata.annotations[sallyport.io/inject] (a.yaml, document 1, Deployment/shop):"
                + " is of the Deployment, not of its pods;"
                + " move it to spec.template.metadata.annotations");
  }

  @Test
  void everyDocumentIsToldOfByItsNumber() {
    String good = pod(ANNOTATIONS, container(""));
    String bad = good.replace("sallyport.io/inject: enabled", "sallyport.io/inject: maybe");

    assertThat(problems(good + "---\n" + bad + "---\n" + good + "---\n" + bad))
        .hasSize(2)
        .anyMatch(line -> line.contains("(a.yaml, document 2, Pod/shop)"))
        .anyMatch(line -> line.contains("(a.yaml, document 4, Pod/shop)"));
  }

  @Test
  void whatIsDeepOrLargeIsRefusedInWords() {
    assertThat(problems("kind: A\nx: " + "[".repeat(100_000)))
        .containsExactly(
            "line 2 (a.yaml): is nested more than 100 deep; write it with less nesting");
    assertThat(problems("kind: A\nx: [" + "1,".repeat(500_000) + "]"))
        .containsExactly("a.yaml: has more than 400000 values; give it in several files");
  }

  @Test
  void anAliasThatGrowsIsNotFollowed() {
    StringBuilder bomb = new StringBuilder("kind: A\na0: &a0 [x]\n");
    for (int i = 1; i < 40; i++) {
      bomb.append("a%d: &a%d [*a%d, *a%d]\n".formatted(i, i, i - 1, i - 1));
    }

    assertThat(problems(bomb.toString())).isEmpty();
  }
}
