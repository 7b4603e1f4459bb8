package io.sallyport.identity;

import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.List;

/** A proven key pair: the key fits the leaf, the chain is in order, the leaf is valid now. */
public final class Identity {

  private final String name;
  private final List<X509Certificate> chain;
  private final PrivateKey key;

  Identity(String name, List<X509Certificate> chain, PrivateKey key) {
    this.name = name;
    this.chain = List.copyOf(chain);
    this.key = key;
  }

  public String name() {
    return name;
  }

  /** Leaf first; at least one. */
  public List<X509Certificate> chain() {
    return chain;
  }

  public X509Certificate leaf() {
    return chain.get(0);
  }

  PrivateKey key() {
    return key;
  }

  /** Whether peers would see no difference. */
  boolean isSameAs(Identity other) {
    return name.equals(other.name) && chain.equals(other.chain);
  }

  @Override
  public String toString() {
    return "Identity[" + name + "]";
  }
}
