package io.sallyport.admin;

import java.time.Instant;
import java.util.List;

/**
 * What the admin server shows and does; the proxy implements it. Called off the event loops of
 * traffic.
 */
public interface ProxyView {

  /** Listeners are bound. */
  boolean started();

  /** 200 or 503 of /readyz, with what is said in its body. */
  Readiness readiness();

  Status status();

  /** The first half of a drain (no exit): /readyz turns 503, peers are told to go. Idempotent. */
  void drain();

  /**
   * @param details one sentence each: what is not well, whether it turns readiness or not
   */
  record Readiness(boolean ready, List<String> details) {}

  record Status(
      String version,
      Instant startedAt,
      String state,
      List<ListenerStatus> listeners,
      List<IdentityStatus> identities) {}

  /**
   * @param direction inbound or outbound
   * @param target forward, or the connect endpoints
   */
  record ListenerStatus(
      String name,
      String direction,
      String address,
      List<String> target,
      String identity,
      int connectionsActive,
      long connectionsTotal) {}

  /**
   * @param names every SAN as {@code dns:…}, {@code ip:…}, {@code uri:…}, {@code email:…}
   */
  record IdentityStatus(
      String name,
      String subject,
      List<String> names,
      String issuer,
      Instant notBefore,
      Instant notAfter,
      String serial,
      String sha256,
      long generation,
      List<String> trust) {}
}
