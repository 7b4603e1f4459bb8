package io.sallyport.identity;

/** What a peer is to us, and so what its certificate must permit. */
public enum PeerRole {
  /** It came to us. */
  CLIENT("clientAuth", "1.3.6.1.5.5.7.3.2"),
  /** We went to it. */
  SERVER("serverAuth", "1.3.6.1.5.5.7.3.1");

  private final String purpose;
  private final String purposeOid;

  PeerRole(String purpose, String purposeOid) {
    this.purpose = purpose;
    this.purposeOid = purposeOid;
  }

  /** The name of the extended key usage (RFC 5280 §4.2.1.12). */
  public String purpose() {
    return purpose;
  }

  String purposeOid() {
    return purposeOid;
  }
}
