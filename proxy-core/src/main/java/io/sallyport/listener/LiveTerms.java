package io.sallyport.listener;

import io.sallyport.config.ListenerConfig;

/** The reader's side of terms that are replaced while they are served by. */
@FunctionalInterface
public interface LiveTerms<C extends ListenerConfig> {

  /** What is new goes by these. One writer; one volatile read, on any thread. */
  Terms<C> current();
}
