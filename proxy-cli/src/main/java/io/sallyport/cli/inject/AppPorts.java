package io.sallyport.cli.inject;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The ports of the application's containers. */
final class AppPorts {

  /** Of the admin server, which the sidecar has to itself too. */
  private static final int ADMIN = 9901;

  /** Over TCP, each with the field that says so. */
  private final Map<Integer, Field> ports = new LinkedHashMap<>();

  static AppPorts of(List<Field> containers) throws BadManifest {
    AppPorts all = new AppPorts();
    for (Field container : containers) {
      Field ports = container.get("ports");
      for (Field each : ports == null ? List.<Field>of() : ports.items()) {
        Field protocol = each.get("protocol");
        if (protocol == null || protocol.text().equals("TCP")) {
          Field port = each.require("containerPort", "write the port");
          all.ports.putIfAbsent(port.port(), port);
        }
      }
    }
    return all;
  }

  /** Where the application listens: as the annotation says, or where there is one port only. */
  int application(Wishes wishes) throws BadManifest {
    Integer said = wishes.appPort();
    if (said != null) {
      return said;
    }
    List<Integer> all = new ArrayList<>(ports.keySet());
    if (all.size() != 1) {
      throw wishes.bad(
          "app-port",
          "is missing, and the containers have " + (all.isEmpty() ? "no port" : "several ports"),
          "write the application's");
    }
    return all.get(0);
  }

  /** Of what the sidecar listens on nothing may be the application's. */
  void refuseTaken(Wishes wishes) throws BadManifest {
    int inbound = wishes.inboundPort();
    if (inbound == ADMIN || inbound == AppProbes.PORT) {
      throw wishes.bad(
          "inbound-port", inbound + " is for the sidecar's own admin server", "use another one");
    }
    Integer application = wishes.appPort();
    if (application != null && application == inbound) {
      throw wishes.bad(
          "app-port", inbound + " is the sidecar's inbound port too", "use another one");
    }
    for (int port : new int[] {inbound, ADMIN, AppProbes.PORT}) {
      @Nullable Field taken = ports.get(port);
      if (taken != null) {
        throw taken.fault(
            port + " is a port of the sidecar too",
            port == inbound
                ? "move one of them, the sidecar's by sallyport.io/inbound-port"
                : "move the application's");
      }
    }
    if (application != null && (application == ADMIN || application == AppProbes.PORT)) {
      throw wishes.bad(
          "app-port", application + " is the sidecar's admin server", "use another one");
    }
  }
}
