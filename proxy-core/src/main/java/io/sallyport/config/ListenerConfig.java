package io.sallyport.config;

import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a listener has, whichever way it faces. */
public sealed interface ListenerConfig permits InboundConfig, OutboundConfig {

  /** The name under {@code inbound} or {@code outbound}: the {@code listener} label everywhere. */
  String name();

  Listen listen();

  /**
   * Keys of {@link ProxyConfig#identities}, whose certificates are shown; empty for an outbound
   * listener that shows none.
   */
  List<String> identities();

  /** The first, which stands for all in what they have in common; null where there is none. */
  default @Nullable String identity() {
    return identities().isEmpty() ? null : identities().get(0);
  }

  /** PEM files that replace the identity's trust on this listener; empty to use the identity's. */
  List<Path> trust();

  Allow allow();

  Tls tls();

  Limits limits();

  /** Whether requests are carried, each of which is judged, and not streams of bytes. */
  default boolean carriesRequests() {
    return false;
  }

  /** What becomes of payloads on their way; null to pass them as they are. */
  @Nullable EnvelopeConfig envelope();

  /** The setting's path, such as {@code inbound.web}. */
  String setting();

  /**
   * Where a listener listens.
   *
   * @param unixMode permission bits of a Unix socket, such as 0600
   * @param allowUids the user ids that may connect to a Unix socket; empty for any that the mode
   *     lets in
   * @param offHost whether one that is passed to the process may be open to other hosts; of all
   *     others the address has told it
   * @param captured whether what comes was going elsewhere, and the kernel led it here
   */
  record Listen(
      Address address, int unixMode, List<Integer> allowUids, boolean offHost, boolean captured) {
    public Listen {
      allowUids = List.copyOf(allowUids);
    }

    /** For those who come here by themselves. */
    public Listen(Address address, int unixMode, List<Integer> allowUids, boolean offHost) {
      this(address, unixMode, allowUids, offHost, false);
    }

    /** Of this host alone, if it is passed to the process. */
    public Listen(Address address, int unixMode, List<Integer> allowUids) {
      this(address, unixMode, allowUids, false);
    }
  }

  /**
   * @param floor 1.2 or 1.3
   * @param alpn protocols offered or accepted, first preferred; empty for none
   * @param halfClose which way a half-closed connection is carried
   */
  record Tls(TlsFloor floor, List<String> alpn, HalfClose halfClose) {

    /** RFC 9113 §3.2. */
    public static final String HTTP_2 = "h2";

    /** RFC 7301 §6. */
    public static final String HTTP_1_1 = "http/1.1";

    public Tls {
      alpn = List.copyOf(alpn);
    }
  }

  /** {@code tls-min}. */
  enum TlsFloor {
    TLS_1_2,
    TLS_1_3
  }

  /** {@code half-close}. */
  enum HalfClose {
    /** The application may finish first; a peer that finishes ends the connection. */
    APPLICATION,
    /** Either side may finish first; needs TLS 1.3. */
    FULL
  }
}
