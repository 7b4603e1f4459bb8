package io.sallyport.policy;

import org.jspecify.annotations.Nullable;

/** Mailbox names: the part before the @ has case, the domain has none (RFC 5280 §7.5). */
final class EmailName {

  private EmailName() {}

  /** The domain in lower case; null for what is no {@code local@domain}. */
  static @Nullable String canonical(String email) {
    int at = email.indexOf('@');
    if (at < 1 || at != email.lastIndexOf('@') || !Printable.isVisibleAscii(email)) {
      return null;
    }
    String domain = DnsName.canonical(email.substring(at + 1));
    return domain == null ? null : email.substring(0, at + 1) + domain;
  }
}
