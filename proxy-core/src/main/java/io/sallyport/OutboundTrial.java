package io.sallyport;

import io.sallyport.config.InvalidConfig;
import io.sallyport.config.OutboundConfig;
import io.sallyport.config.ProxyConfig;
import io.sallyport.identity.IdentityGeneration;
import java.security.cert.X509Certificate;
import java.util.List;

/** What the outbound listeners of a configuration make of servers; opens no socket. */
public final class OutboundTrial {

  private final Prepared prepared;

  /**
   * Reads every file that the configuration names, and asks Workload APIs.
   *
   * @throws InvalidConfig when it would not start
   */
  public OutboundTrial(ProxyConfig config) throws InvalidConfig {
    prepared = Prepared.toLookAt(config).withoutProblems();
  }

  /**
   * Judges a server by its certificate.
   *
   * @param listener of the configuration
   * @param chain what the server shows, its own certificate first; at least one
   * @param host whom the listener means to reach there
   */
  public PeerAnswer judge(OutboundConfig listener, List<X509Certificate> chain, String host) {
    return new PeerTrial(prepared, chain).answer(listener, host);
  }

  /**
   * What a listener shakes hands with, its rules included.
   *
   * @return the caller's to release
   */
  public IdentityGeneration generation(OutboundConfig listener) {
    return prepared.terms(listener, null).identity();
  }
}
