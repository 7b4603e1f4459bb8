package io.sallyport.identity;

import io.sallyport.config.Malformed;
import java.security.cert.X509Certificate;
import java.util.List;

/** What the SPIFFE X.509-SVID standard asks of our own certificate. */
final class SvidRules {

  private SvidRules() {}

  /**
   * @param id whose it is said to be
   */
  static void check(String id, X509Certificate leaf) throws Malformed {
    List<String> uris;
    try {
      uris = Anchors.uris(leaf);
    } catch (ChainRefused e) {
      throw new Malformed("the SVID of " + id + " has malformed names", Svids.AGENT);
    }
    if (uris.size() != 1) {
      throw new Malformed(
          "the SVID of " + id + " has " + uris.size() + " URIs, and must have one", Svids.AGENT);
    }
    if (!uris.get(0).equals(id)) {
      throw new Malformed(
          "the SVID of " + id + " is that of " + SafeText.of(uris.get(0)), Svids.AGENT);
    }
    if (!SpiffeId.mayBeIn(leaf)) {
      throw new Malformed(
          "the SVID of " + id + " may sign certificates or CRLs, and so is no workload's",
          Svids.AGENT);
    }
  }
}
