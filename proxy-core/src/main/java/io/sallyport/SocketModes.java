package io.sallyport;

import io.sallyport.config.Address;
import io.sallyport.config.ListenerConfig;
import io.sallyport.config.ProxyConfig;
import io.sallyport.listener.Place;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The modes that the files of Unix sockets get in one change. What a new mode forbids is forbidden
 * before the terms change, and what it permits is permitted after, so that nobody comes in by the
 * old terms and the new mode. Not thread-safe.
 */
final class SocketModes {

  /** By the listener that has the place until now, the one that will have it. */
  private final Map<Served<?>, ListenerConfig> noted = new LinkedHashMap<>();

  private final Map<Place, Integer> before = new LinkedHashMap<>();

  /** One may have the place of the other and another mode. */
  void note(Served<?> holder, ListenerConfig next) {
    if (next.listen().address() instanceof Address.Unix
        && next.listen().unixMode() != mode(holder)) {
      noted.put(holder, next);
    }
  }

  /**
   * Forbids what is to be forbidden; {@link #restore} is owed when nothing comes of the change.
   *
   * @throws BindFailed when a file is not ours any more, or takes no mode
   */
  void forbid(ProxyConfig config) throws BindFailed {
    for (Map.Entry<Served<?>, ListenerConfig> entry : noted.entrySet()) {
      ListenerConfig next = entry.getValue();
      int now = mode(entry.getKey());
      Place place = entry.getKey().acceptor().place();
      try {
        place.changeMode(now & next.listen().unixMode());
        before.put(place, now);
      } catch (IOException e) {
        throw BindFailed.ofMode(config, next.setting() + ".mode", e);
      }
    }
  }

  void restore() {
    before.forEach(SocketModes::set);
  }

  boolean isEmpty() {
    return noted.isEmpty();
  }

  /** Permits the rest, once nobody is let in by the terms before. */
  void permit() {
    noted.forEach((holder, next) -> set(holder.acceptor().place(), next.listen().unixMode()));
  }

  private static void set(Place place, int mode) {
    try {
      place.changeMode(mode);
    } catch (IOException e) {
      // Somebody has put another file there since, whose mode is nothing to us.
    }
  }

  private static int mode(Served<?> holder) {
    return holder.terms().config().listen().unixMode();
  }
}
