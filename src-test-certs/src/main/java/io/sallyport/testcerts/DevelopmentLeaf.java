package io.sallyport.testcerts;

import static io.sallyport.testcerts.DevelopmentPkiFailed.badRequest;

import java.time.Duration;
import java.util.List;
import java.util.regex.Pattern;
import org.bouncycastle.util.IPAddress;
import org.jspecify.annotations.Nullable;

/**
 * A leaf that a development PKI is asked for.
 *
 * @param name the CN, and the files' name
 * @param dns DNS names; the leftmost label may be {@code *}
 * @param ips IPv4 and IPv6 literals
 * @param spiffeId the SPIFFE ID, of which a certificate can have only one
 * @param days how long it shall be valid from now, {@value #MAX_DAYS} at most
 */
public record DevelopmentLeaf(
    String name, List<String> dns, List<String> ips, @Nullable String spiffeId, int days) {
  /** The longest validity that Apple's clients accept below a CA that a user installed. */
  public static final int MAX_DAYS = 825;

  private static final Pattern FILE_NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,63}");
  private static final Pattern DNS_NAME =
      Pattern.compile(
          "(\\*\\.)?(?!-)[A-Za-z0-9_-]{1,63}(?<!-)(\\.(?!-)[A-Za-z0-9_-]{1,63}(?<!-))*");
  private static final int MAX_DNS_NAME = 253;
  // SPIFFE-ID §2; X.509-SVID §4 wants a path on a leaf.
  private static final Pattern SPIFFE_ID =
      Pattern.compile("spiffe://[a-z0-9._-]{1,255}(/(?!\\.{1,2}(/|$))[A-Za-z0-9._-]+)+");
  private static final int MAX_SPIFFE_ID = 2048;

  /** Copies the lists; checks nothing yet. */
  public DevelopmentLeaf {
    dns = List.copyOf(dns);
    ips = List.copyOf(ips);
  }

  /** Throws unless every part can be issued. */
  public void check() throws DevelopmentPkiFailed {
    if (!FILE_NAME.matcher(name).matches() || name.equals("ca")) {
      throw badRequest(
          quoted(name)
              + ": cannot name the certificate's files; use up to 64 letters, digits, '.', '_' and"
              + " '-', and not 'ca'");
    }
    for (String dnsName : dns) {
      if (dnsName.length() > MAX_DNS_NAME || !DNS_NAME.matcher(dnsName).matches()) {
        throw badRequest(
            quoted(dnsName)
                + ": is not a DNS name; write it like app.example.org or *.example.org");
      }
    }
    for (String ip : ips) {
      if (!IPAddress.isValid(ip)) {
        throw badRequest(
            quoted(ip) + ": is not an IP address; write it like 127.0.0.1 or 2001:db8::1");
      }
    }
    if (spiffeId != null
        && (spiffeId.length() > MAX_SPIFFE_ID || !SPIFFE_ID.matcher(spiffeId).matches())) {
      throw badRequest(
          quoted(spiffeId) + ": is not a SPIFFE ID; write it like spiffe://example.org/app");
    }
    if (dns.isEmpty() && ips.isEmpty() && spiffeId == null) {
      throw badRequest(name + ": has no name to be known by; add a DNS, IP or SPIFFE name");
    }
    if (days < 1 || days > MAX_DAYS) {
      throw badRequest("days " + days + ": is out of range; ask for 1 to " + MAX_DAYS);
    }
  }

  void describe(LeafSpec leaf) {
    leaf.organization("Sallyport development, not for production").cn(name);
    leaf.dns(dns.toArray(String[]::new)).ip(ips.toArray(String[]::new));
    if (spiffeId != null) {
      leaf.uri(spiffeId);
    }
    leaf.validFor(Duration.ofDays(days));
  }

  /** One line, whatever was typed. */
  private static String quoted(String value) {
    return '"' + value.replaceAll("\\p{Cntrl}", "?") + '"';
  }
}
