package io.sallyport.tls;

import io.netty.internal.tcnative.SSL;
import io.netty.internal.tcnative.SSLSession;
import io.netty.internal.tcnative.SSLSessionCache;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;

/**
 * The sessions that servers gave a client, for the next connections to the same endpoint. A few of
 * each are kept, the newest taken first, and none for longer than five minutes. Thread-safe.
 */
final class ClientSessions implements SSLSessionCache {

  private static final int MOST_ENDPOINTS = 1024;
  private static final int MOST_OF_ONE = 8;
  private static final long LONGEST_NANOS = TimeUnit.MINUTES.toNanos(5);

  private final LongFunction<@Nullable TlsHandler> connections;
  private final LinkedHashMap<Endpoint, Deque<Kept>> byEndpoint =
      new LinkedHashMap<>(16, 0.75f, true);
  private boolean closed;

  /**
   * @param connections by the address of BoringSSL
   */
  ClientSessions(LongFunction<@Nullable TlsHandler> connections) {
    this.connections = connections;
  }

  /**
   * @param session counted for us when this returns true
   */
  @Override
  public synchronized boolean sessionCreated(long ssl, long session) {
    TlsHandler handler = connections.apply(ssl);
    String host = handler == null ? null : handler.host();
    if (handler == null || host == null || closed) {
      return false;
    }
    Deque<Kept> ofOne =
        byEndpoint.computeIfAbsent(
            Endpoint.of(host, handler.port()), endpoint -> new ArrayDeque<>(2));
    ofOne.addFirst(new Kept(session, System.nanoTime()));
    if (ofOne.size() > MOST_OF_ONE) {
      ofOne.removeLast().free();
    }
    if (byEndpoint.size() > MOST_ENDPOINTS) {
      Map.Entry<Endpoint, Deque<Kept>> eldest = byEndpoint.entrySet().iterator().next();
      byEndpoint.remove(eldest.getKey());
      eldest.getValue().forEach(Kept::free);
    }
    return true;
  }

  /** Of a server alone, which keeps none. */
  @Override
  public long getSession(long ssl, byte[] id) {
    return -1;
  }

  /** Has this handshake, which has not begun, offer the newest session with this endpoint. */
  synchronized void resume(long ssl, String host, int port) {
    Endpoint endpoint = Endpoint.of(host, port);
    Deque<Kept> ofOne = byEndpoint.get(endpoint);
    if (ofOne == null) {
      return;
    }
    Kept newest = ofOne.peekFirst();
    while (newest != null && newest.isOld()) {
      ofOne.removeFirst().free();
      newest = ofOne.peekFirst();
    }
    // BoringSSL counts it for itself; a ticket of TLS 1.3 is for one connection (RFC 8446 §C.4).
    if (newest != null
        && SSL.setSession(ssl, newest.session)
        && SSLSession.shouldBeSingleUse(newest.session)) {
      ofOne.removeFirst().free();
    }
    if (ofOne.isEmpty()) {
      byEndpoint.remove(endpoint);
    }
  }

  synchronized boolean holdsAny() {
    return !byEndpoint.isEmpty();
  }

  synchronized void close() {
    closed = true;
    byEndpoint.values().forEach(ofOne -> ofOne.forEach(Kept::free));
    byEndpoint.clear();
  }

  private record Endpoint(String host, int port) {
    static Endpoint of(String host, int port) {
      return new Endpoint(host.toLowerCase(Locale.ROOT), port);
    }
  }

  private record Kept(long session, long since) {
    boolean isOld() {
      return System.nanoTime() - since > LONGEST_NANOS;
    }

    void free() {
      SSLSession.free(session);
    }
  }
}
