package io.sallyport;

import io.sallyport.config.InvalidConfig;
import io.sallyport.config.ProxyConfig;

/** Where a configuration comes from: read at the start, and again whenever it may have changed. */
@FunctionalInterface
public interface ConfigSource {

  /** Blocks; called on one thread at a time. */
  ProxyConfig read() throws InvalidConfig;
}
