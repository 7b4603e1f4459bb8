package io.sallyport.admin;

import io.netty.channel.Channel;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * The connections of one address, the one that was quiet for longest first. Belongs to the admin
 * server's event loop.
 *
 * <p>At the limit the quietest is closed rather than the newest refused: else a handful of silent
 * connections would lock the kubelet out, and it would restart the pod.
 */
final class OpenConnections {

  private final int limit;
  private final Set<Channel> quietestFirst = new LinkedHashSet<>();

  OpenConnections(int limit) {
    this.limit = limit;
  }

  void opened(Channel channel) {
    if (quietestFirst.size() == limit) {
      Iterator<Channel> oldest = quietestFirst.iterator();
      Channel quietest = oldest.next();
      oldest.remove();
      quietest.close();
    }
    quietestFirst.add(channel);
  }

  void answered(Channel channel) {
    if (quietestFirst.remove(channel)) {
      quietestFirst.add(channel);
    }
  }

  void closed(Channel channel) {
    quietestFirst.remove(channel);
  }

  void closeAll() {
    // Closing removes from the set.
    List.copyOf(quietestFirst).forEach(Channel::close);
  }
}
