package io.sallyport.policy;

import io.sallyport.config.IpRange;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Whether a certificate stands for the host that we meant to reach (RFC 9525 §6): by its
 * alternative names alone, never by its subject.
 */
final class HostName {

  private HostName() {}

  /**
   * @param host an IP literal or a DNS name; a dot at its end, which makes it absolute, is no part
   *     of the name
   */
  static boolean matches(Peer peer, String host) {
    byte[] address = IpRange.address(host);
    if (address != null) {
      return peer.addresses().stream().anyMatch(own -> Arrays.equals(own, address));
    }
    String name = canonical(host);
    if (name == null) {
      return false;
    }
    int dot = name.indexOf('.');
    return peer.names(NameField.DNS).contains(name)
        || (dot > 0 && peer.wildcards().contains("*" + name.substring(dot)));
  }

  /** In lower case and without a dot at its end; null for what is no DNS name. */
  static @Nullable String canonical(String host) {
    return DnsName.canonical(host.endsWith(".") ? host.substring(0, host.length() - 1) : host);
  }
}
