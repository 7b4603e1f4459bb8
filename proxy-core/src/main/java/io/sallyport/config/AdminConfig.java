package io.sallyport.config;

import org.jspecify.annotations.Nullable;

/**
 * @param listen everything; loopback or a Unix socket unless the operator insisted; null for none
 * @param probes /startupz, /livez, /readyz and /metrics alone, by GET; null for none
 */
public record AdminConfig(ListenerConfig.@Nullable Listen listen, Address.@Nullable Tcp probes) {}
