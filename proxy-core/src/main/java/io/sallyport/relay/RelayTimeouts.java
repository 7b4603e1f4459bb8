package io.sallyport.relay;

import java.time.Duration;

/**
 * {@link Duration#ZERO} turns one off.
 *
 * @param idle without a byte either way
 * @param halfClose after one side has finished, counted from the last byte
 * @param close for the last bytes and the closes once nothing more can be carried; never off
 * @param lifetime from the opening of the relay, whatever it does
 */
public record RelayTimeouts(Duration idle, Duration halfClose, Duration close, Duration lifetime) {}
