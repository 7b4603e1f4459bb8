package io.sallyport.config;

/**
 * A setting as it counts, written or not.
 *
 * @param path without the root
 * @param value a string as it is, anything else as JSON
 * @param from {@code file:line}, empty for what came from the environment, and {@link #DEFAULT}
 */
public record Setting(String path, String value, String from) {

  /** Nobody has said otherwise than reference.conf. */
  public static final String DEFAULT = "default";
}
