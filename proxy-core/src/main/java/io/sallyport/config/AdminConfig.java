package io.sallyport.config;

import io.sallyport.config.Address.Tcp;
import io.sallyport.config.ListenerConfig.Listen;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * @param listen everything; loopback or a Unix socket unless the operator insisted; null for none
 * @param probes /startupz, /livez, /readyz, /metrics and the application's own probes alone, by
 *     GET; null for none
 * @param actions whether {@code listen} takes what changes something: /drain, /reload, /loglevel
 * @param appProbes the application's own, each under a name; empty where there are no probes
 */
public record AdminConfig(
    @Nullable Listen listen, @Nullable Tcp probes, boolean actions, List<AppProbe> appProbes) {

  public AdminConfig {
    appProbes = List.copyOf(appProbes);
  }

  /** One that takes actions, without probes of the application. */
  public AdminConfig(@Nullable Listen listen, @Nullable Tcp probes) {
    this(listen, probes, true, List.of());
  }
}
