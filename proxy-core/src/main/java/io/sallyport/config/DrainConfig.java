package io.sallyport.config;

import java.time.Duration;

/**
 * @param delay still accepting while the rest of the world learns that we are going
 * @param deadline from the signal, the delay included, until what is left is cut
 */
public record DrainConfig(Duration delay, Duration deadline) {}
