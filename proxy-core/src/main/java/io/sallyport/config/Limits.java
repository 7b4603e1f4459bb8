package io.sallyport.config;

import java.time.Duration;

/**
 * Limits and deadlines of a listener. {@link Duration#ZERO} turns a deadline off where the field
 * says so.
 *
 * @param maxConnections open at once; beyond it nothing is accepted until a slot frees
 * @param maxHandshakes unfinished at once; beyond it a new connection is reset
 * @param handshakeTimeout from accept (inbound) or connect (outbound) to a finished handshake
 * @param connectTimeout for one endpoint
 * @param idleTimeout without a byte either way; zero is off
 * @param halfCloseTimeout after one side has finished, counted from the last byte; zero is off
 * @param maxLifetime of a connection, whatever it does; zero is off
 * @param expiryGrace how long a connection may outlive its peer's certificate; zero is not at all
 * @param closeTimeout for the last bytes and the closes once nothing more can be carried
 */
public record Limits(
    int maxConnections,
    int maxHandshakes,
    Duration handshakeTimeout,
    Duration connectTimeout,
    Duration idleTimeout,
    Duration halfCloseTimeout,
    Duration maxLifetime,
    Duration expiryGrace,
    Duration closeTimeout) {}
