package io.sallyport.listener;

import io.sallyport.config.Limits;
import io.sallyport.relay.RelayTimeouts;

/** The part of {@link Limits} that concerns a relay. */
public final class RelayDeadlines {

  private RelayDeadlines() {}

  public static RelayTimeouts of(Limits limits) {
    return new RelayTimeouts(
        limits.idleTimeout(),
        limits.halfCloseTimeout(),
        limits.closeTimeout(),
        limits.maxLifetime());
  }
}
