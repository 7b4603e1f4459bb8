package io.sallyport.testcerts;

import org.bouncycastle.asn1.DERIA5String;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.GeneralName;

/** The kinds of name that a certificate carries or a CA is constrained to (RFC 5280 §4.2.1.6). */
public enum NameKind {
  /** A DNS name; in a constraint, a domain. */
  DNS(GeneralName.dNSName),
  /** An IP address literal; in a constraint, {@code address/prefix}. */
  IP(GeneralName.iPAddress),
  /** A URI; in a constraint, a host or {@code .domain}. */
  URI(GeneralName.uniformResourceIdentifier),
  /** A mailbox; in a constraint, a mailbox, a host or {@code .domain}. */
  EMAIL(GeneralName.rfc822Name),
  /** A distinguished name in RFC 2253 form. */
  DIRECTORY(GeneralName.directoryName);

  private final int tag;

  NameKind(int tag) {
    this.tag = tag;
  }

  GeneralName name(String value) {
    return switch (this) {
      // Parsed by Bouncy Castle from the literal, so that nothing is looked up.
      case IP -> new GeneralName(tag, value);
      case DIRECTORY -> new GeneralName(new X500Name(value));
      // Not validated: names that no honest CA would sign are what this module is asked for.
      case DNS, URI, EMAIL -> new GeneralName(tag, new DERIA5String(value));
    };
  }
}
