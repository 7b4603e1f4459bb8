package io.sallyport.config;

import java.time.Duration;

/**
 * @param interval how often to look whether a file has changed; zero is off
 */
public record ReloadConfig(Duration interval) {}
