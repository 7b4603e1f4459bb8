package io.sallyport.cli.inject;

import io.sallyport.cli.inject.Node.Entry;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The probes of the application's containers. Those that a kubelet makes over the network become
 * questions to the sidecar, which asks the application on loopback what the kubelet would have.
 */
final class AppProbes {

  static final int PORT = 9902;

  private static final String PATH = "/app-probe/";

  private static final Map<String, String> PROBES =
      Map.of("startupProbe", "startup", "livenessProbe", "liveness", "readinessProbe", "readiness");

  private static final List<String> INJECTED = List.of("httpGet", "tcpSocket", "grpc");

  /** What is asked already, by name, as it stands in the configuration of a sidecar. */
  private final Map<String, String> before;

  private final PodText text;
  private final Map<String, String> asked = new LinkedHashMap<>();

  /**
   * @param before those of the sidecar that is there; empty when there is none
   */
  AppProbes(Map<String, String> before, PodText text) {
    this.before = before;
    this.text = text;
  }

  /** By name, what {@code admin.app-probes} is to say of each. */
  Map<String, String> asked() {
    return asked;
  }

  /** Rewrites those of a container, but not those that run a program in it. */
  void rewrite(Field container) throws BadManifest {
    for (String key : List.of("startupProbe", "livenessProbe", "readinessProbe")) {
      Field probe = container.get(key);
      if (probe != null) {
        String name = container.require("name", "name the container").text();
        rewrite(container, probe, name + "-" + PROBES.get(key));
      }
    }
  }

  private void rewrite(Field container, Field probe, String name) throws BadManifest {
    String handler = null;
    for (String each : INJECTED) {
      if (probe.get(each) != null) {
        if (handler != null) {
          throw probe.fault("has both " + handler + " and " + each, "leave one of them");
        }
        handler = each;
      }
    }
    Entry entry = handler == null ? null : probe.entry(handler);
    Field asks = handler == null ? null : probe.get(handler);
    // Who names another host does not ask this pod.
    if (handler == null || entry == null || asks == null || asks.get("host") != null) {
      return;
    }
    if (isRewritten(asks)) {
      keep(asks);
      return;
    }
    Map<String, Object> question = new LinkedHashMap<>();
    switch (handler) {
      case "httpGet" -> question.put("http-get", httpGet(container, asks));
      case "tcpSocket" -> question.put("tcp-socket", Map.of("port", port(container, asks)));
      default -> question.put("grpc", grpc(container, asks));
    }
    Field timeout = probe.get("timeoutSeconds");
    question.put("timeout", (timeout == null ? 1 : timeout.number()) + "s");
    asked.put(name, YamlWriter.json(question));
    Map<String, Object> get = new LinkedHashMap<>();
    get.put("path", PATH + name);
    get.put("port", PORT);
    text.replace(probe, entry, Map.of("httpGet", get));
  }

  private static boolean isRewritten(Field asks) throws BadManifest {
    Field path = asks.get("path");
    Field port = asks.get("port");
    return path != null
        && port != null
        && path.text().startsWith(PATH)
        && port.text().equals(Integer.toString(PORT));
  }

  private void keep(Field asks) throws BadManifest {
    String name = asks.require("path", "").text().substring(PATH.length());
    String question = before.get(name);
    if (question == null) {
      throw asks.fault(
          "asks a sidecar what it does not know",
          "write the application's own probe there, and inject again");
    }
    asked.put(name, question);
  }

  private static Map<String, Object> httpGet(Field container, Field asks) throws BadManifest {
    Map<String, Object> get = new LinkedHashMap<>();
    String path = textOf(asks, "path");
    // The kubelet adds what is missing, too.
    get.put("path", path == null ? "/" : path.startsWith("/") ? path : "/" + path);
    get.put("port", port(container, asks));
    String scheme = textOf(asks, "scheme");
    if ("HTTPS".equals(scheme)) {
      get.put("scheme", "https");
    } else if (scheme != null && !scheme.equals("HTTP")) {
      throw asks.fault("has an unknown scheme, " + Words.quoted(scheme), "use HTTP or HTTPS");
    }
    Map<String, Object> headers = new LinkedHashMap<>();
    Field given = asks.get("httpHeaders");
    for (Field header : given == null ? List.<Field>of() : given.items()) {
      String name = header.require("name", "name the header").text();
      String value = header.require("value", "give it a value").text();
      if (name.equalsIgnoreCase("host")) {
        get.put("host", value);
      } else if (headers.put(name, value) != null) {
        throw header.fault("is the second of its name", "leave one of them");
      }
    }
    if (!headers.isEmpty()) {
      get.put("headers", headers);
    }
    return get;
  }

  private static Map<String, Object> grpc(Field container, Field asks) throws BadManifest {
    Map<String, Object> grpc = new LinkedHashMap<>();
    grpc.put("port", port(container, asks));
    String service = textOf(asks, "service");
    if (service != null && !service.isEmpty()) {
      grpc.put("service", service);
    }
    return grpc;
  }

  /** A number, or the name of one of the container's own. */
  private static int port(Field container, Field asks) throws BadManifest {
    Field port = asks.require("port", "write the port that is asked");
    if (port.text().chars().allMatch(c -> c >= '0' && c <= '9')) {
      return port.port();
    }
    Field ports = container.get("ports");
    for (Field each : ports == null ? List.<Field>of() : ports.items()) {
      if (port.text().equals(textOf(each, "name"))) {
        return each.require("containerPort", "write the port").port();
      }
    }
    throw port.fault(
        Words.quoted(port.text()) + " is the name of no port of this container",
        "name it in ports, or write its number");
  }

  private static @Nullable String textOf(Field field, String key) throws BadManifest {
    Field value = field.get(key);
    return value == null ? null : value.text();
  }
}
