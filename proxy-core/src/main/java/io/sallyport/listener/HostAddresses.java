package io.sallyport.listener;

import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/** Which addresses are this host's own, at most a second ago. Thread-safe. */
final class HostAddresses {

  private static final long HOLDS_NANOS = TimeUnit.SECONDS.toNanos(1);

  private volatile Known known = read();

  private record Known(Set<InetAddress> addresses, long readAt) {}

  boolean has(InetAddress address) {
    if (address.isLoopbackAddress()) {
      return true;
    }
    Known now = known;
    if (System.nanoTime() - now.readAt() > HOLDS_NANOS) {
      now = read();
      known = now;
    }
    return now.addresses().contains(address);
  }

  private static Known read() {
    long now = System.nanoTime();
    try {
      return new Known(
          NetworkInterface.networkInterfaces()
              .flatMap(NetworkInterface::inetAddresses)
              .collect(Collectors.toUnmodifiableSet()),
          now);
    } catch (SocketException e) {
      return new Known(Set.of(), now); // nothing is ours of which that is not known
    }
  }
}
