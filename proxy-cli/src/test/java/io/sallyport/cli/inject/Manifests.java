package io.sallyport.cli.inject;

import io.sallyport.cli.inject.Injection.Manifest;
import io.sallyport.config.Problem;
import java.util.List;

/** Manifests written in a test. */
final class Manifests {

  static final String IMAGE = "sallyport:1";

  /** What every pod has to say whose configuration is made from its annotations. */
  static final String ANNOTATIONS =
      """
      sallyport.io/inject: enabled
      sallyport.io/identity-secret: shop-tls
      sallyport.io/trust-config-map: mesh-ca
      sallyport.io/allow: '[ { spiffe = "spiffe://prod/web" } ]'
      """;

  private Manifests() {}

  /** With the annotations, and a spec, whose lines are not indented. */
  static String pod(String annotations, String spec) {
    return """
    apiVersion: v1
    kind: Pod
    metadata:
      name: shop
      annotations:
    %sspec:
    %s"""
        .formatted(annotations.indent(4), spec.indent(2));
  }

  static String deployment(String annotations, String spec) {
    return """
    apiVersion: apps/v1
    kind: Deployment
    metadata:
      name: shop
    spec:
      selector:
        matchLabels: {app: shop}
      template:
        metadata:
          labels: {app: shop}
          annotations:
    %s    spec:
    %s"""
        .formatted(annotations.indent(8), spec.indent(6));
  }

  static String container(String more) {
    return """
    containers:
    - name: app
      image: app:1
      ports:
      - name: http
        containerPort: 8080
    """
        + more.indent(2);
  }

  static Injection.Result injected(String text) throws BadManifests {
    return Injection.of(List.of(new Manifest("a.yaml", text)), IMAGE, false);
  }

  /** What is wrong with it, a line each. */
  static List<String> problems(String text) {
    try {
      injected(text);
      return List.of();
    } catch (BadManifests e) {
      return e.problems().stream().map(Problem::toString).toList();
    }
  }
}
