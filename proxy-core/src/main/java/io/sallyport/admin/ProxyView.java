package io.sallyport.admin;

import io.sallyport.config.Setting;
import io.sallyport.listener.ConnectionView;
import io.sallyport.telemetry.RecentDenial;
import io.sallyport.telemetry.Traffic;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * What the admin server shows and does; the proxy implements it. Called off the event loops of
 * traffic.
 */
public interface ProxyView {

  /** 200 or 503 of /readyz, with what is said in its body. */
  Readiness readiness();

  Status status();

  /** Every certificate of every identity: thousands, where so many CAs vouch. */
  List<IdentityCertificates> certificates();

  /** Whether all of the files is served by. */
  ReloadStatus reloadStatus();

  /** Those who were refused last, the last one first. */
  List<RecentDenial> denials();

  /** What is served by, secrets left out; empty where flags say it all. */
  List<Setting> settings();

  /**
   * Who is connected now.
   *
   * @param most how many connections and peers to name at most
   */
  Connections connections(int most);

  /** The first half of a drain (no exit): /readyz turns 503, peers are told to go. Idempotent. */
  void drain();

  /**
   * Reads everything again and serves by it. Never waits on the caller's thread.
   *
   * @param dryRun only find out what that would do
   */
  CompletionStage<Reloaded> reload(boolean dryRun);

  /**
   * What came of it, or would.
   *
   * @param problems as {@code check} prints them; empty when all is served by
   * @param listeners how many changed
   * @param connections how many were ended
   */
  record Reloaded(List<String> problems, int listeners, int connections) {
    public Reloaded {
      problems = List.copyOf(problems);
    }
  }

  /** What the proxy is at: the first line of /readyz and {@code state} of /status. */
  enum State {
    READY,
    /** A certificate of ours has expired, so peers would refuse us. */
    CERTIFICATE_INVALID,
    DRAINING;

    private final String label = name().toLowerCase(Locale.ROOT);

    /** Lower case with underscores. */
    public String label() {
      return label;
    }
  }

  /**
   * @param details one sentence each: what is not well, whether it turns readiness or not
   */
  record Readiness(State state, List<String> details) {
    public Readiness {
      details = List.copyOf(details);
    }

    /** Whether traffic should come: in {@link State#READY} alone, whatever the details say. */
    public boolean ready() {
      return state == State.READY;
    }
  }

  record Status(
      String version,
      Instant startedAt,
      State state,
      List<ListenerStatus> listeners,
      List<IdentityStatus> identities,
      List<KeyRingStatus> keyRings,
      ReloadStatus reload) {
    public Status {
      listeners = List.copyOf(listeners);
      identities = List.copyOf(identities);
      keyRings = List.copyOf(keyRings);
    }
  }

  /**
   * @param lastSuccess when everything in the files was last served by; the start counts
   * @param problems why it is not now, as {@code check} prints them
   */
  record ReloadStatus(Instant lastSuccess, List<String> problems) {
    public ReloadStatus {
      problems = List.copyOf(problems);
    }
  }

  /**
   * @param total how many are open
   * @param peers who has them, whoever has most of them first
   * @param newest those that were opened last, the last one first
   */
  record Connections(int total, List<PeerConnections> peers, List<ConnectionView> newest) {
    public Connections {
      peers = List.copyOf(peers);
      newest = List.copyOf(newest);
    }
  }

  /**
   * @param peer null for all of whom nobody is proven
   */
  record PeerConnections(String listener, @Nullable String peer, int connections) {}

  /**
   * @param direction inbound or outbound
   * @param target forward, or the connect endpoints
   * @param identities empty for an outbound listener that shows none
   */
  record ListenerStatus(
      String name,
      String direction,
      String address,
      List<String> target,
      List<String> identities,
      int connectionsActive,
      long connectionsTotal,
      int connectionsLimit,
      Traffic traffic) {
    public ListenerStatus {
      target = List.copyOf(target);
    }
  }

  /**
   * @param source the file or the socket that it comes from; null where that is not known any more
   * @param leaf what is shown to peers
   * @param trust the names of the CAs that vouch for peers
   */
  record IdentityStatus(
      String name,
      @Nullable String source,
      long generation,
      CertificateStatus leaf,
      List<String> trust) {
    public IdentityStatus {
      trust = List.copyOf(trust);
    }
  }

  /**
   * @param source as in {@link IdentityStatus}
   * @param chain what is shown to peers, its own certificate first
   * @param trust the CAs that vouch for peers
   */
  record IdentityCertificates(
      String name,
      @Nullable String source,
      long generation,
      List<CertificateStatus> chain,
      List<CertificateStatus> trust) {
    public IdentityCertificates {
      chain = List.copyOf(chain);
      trust = List.copyOf(trust);
    }
  }

  /**
   * @param names every SAN as {@code dns:…}, {@code ip:…}, {@code uri:…}, {@code email:…}
   */
  record CertificateStatus(
      String subject,
      List<String> names,
      String issuer,
      Instant notBefore,
      Instant notAfter,
      String serial,
      String sha256) {
    public CertificateStatus {
      names = List.copyOf(names);
    }
  }

  /** Never the secrets. */
  record KeyRingStatus(String name, List<KeyStatus> keys) {
    public KeyRingStatus {
      keys = List.copyOf(keys);
    }
  }

  /**
   * @param use as the configuration has it
   * @param state as the configuration has it
   * @param noncesUsed of a raw key; null of others, to which it is no limit
   */
  record KeyStatus(String id, String use, String state, @Nullable Long noncesUsed) {}
}
