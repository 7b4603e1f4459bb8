package io.sallyport.config;

import io.sallyport.config.IdentityConfig.WorkloadApi;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** {@code identities.X.spiffe}: the Workload API as the one source of key and trust. */
final class SpiffeReader {

  private static final String SPIFFE = "spiffe";

  private SpiffeReader() {}

  /** Whether it or its template says anything of it. */
  static boolean isMeant(Section identity) {
    Section spiffe = identity.child(SPIFFE);
    return identity.says(SPIFFE) || spiffe.has("socket") || spiffe.has("id");
  }

  /** Null when it has problems, which are then told. */
  static @Nullable WorkloadApi read(Section identity) {
    Section spiffe = identity.child(SPIFFE);
    refuseOthers(identity);
    Address.Unix socket =
        spiffe.require(
            "socket",
            value -> Addresses.agent(Values.text(value)),
            "name the agent's socket, such as unix:/run/spire/sockets/agent.sock; of"
                + " ${?SPIFFE_ENDPOINT_SOCKET} nothing is left where that is not set");
    String id = spiffe.read("id", Values::text);
    Duration timeout = spiffe.readOrDefault("timeout", Durations::deadline);
    return socket == null ? null : new WorkloadApi(socket, id, timeout);
  }

  private static void refuseOthers(Section identity) {
    for (String file : List.of("certificate", "key", "key-password-file", "trust")) {
      if (identity.has(file)) {
        refuse(identity, file, identity.where(file));
      }
    }
    if (identity.says("keystore") || identity.child("keystore").has("file")) {
      refuse(identity, "keystore", identity.path("keystore"));
    }
    if (!identity.entries("trust-domains").isEmpty()) {
      refuse(identity, "trust-domains", identity.where("trust-domains"));
    }
  }

  private static void refuse(Section identity, String other, String where) {
    identity
        .findings()
        .problem(
            where,
            "stands beside "
                + identity.path(SPIFFE)
                + ", from which come certificate, key and trust",
            "leave out " + other + " or spiffe");
  }
}
