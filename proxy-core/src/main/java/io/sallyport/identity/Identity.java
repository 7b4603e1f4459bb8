package io.sallyport.identity;

import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A proven key pair: the key fits the leaf, the chain is in order, the leaf is valid now. */
public final class Identity {

  private final String name;
  private final List<X509Certificate> chain;
  private final PrivateKey key;
  private final @Nullable Staple staple;

  /**
   * @param staple what servers show with the certificate; null for nothing
   */
  Identity(String name, List<X509Certificate> chain, PrivateKey key, @Nullable Staple staple) {
    this.staple = staple;
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

  @Nullable Staple staple() {
    return staple;
  }

  /** Whether peers would see no difference. */
  boolean isSameAs(Identity other) {
    return name.equals(other.name)
        && chain.equals(other.chain)
        && (staple == null) == (other.staple == null);
  }

  @Override
  public String toString() {
    return "Identity[" + name + "]";
  }
}
