package io.sallyport.identity;

import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Which of our certificates answers to the server name that a peer asks for (RFC 6066 §3): one that
 * has the name, else one whose wildcard stands for its first label. Of two the first counts.
 * Immutable; safe to share between threads.
 */
public final class ServerNames {

  /** Of a client that shows no certificate. */
  public static final ServerNames NONE = new ServerNames(List.of(), false);

  private static final int DNS_NAME = 2;

  private final List<Identity> identities;
  private final boolean required;
  private final Map<String, Identity> byName = new HashMap<>();

  /**
   * @param identities none for a client that shows no certificate
   * @param required answer nobody who asks for no name of theirs, in place of by the first
   */
  ServerNames(List<Identity> identities, boolean required) {
    this.identities = List.copyOf(identities);
    this.required = required;
    for (Identity identity : identities) {
      names(identity.leaf()).forEach(name -> byName.putIfAbsent(name, identity));
    }
  }

  /** The DNS names of a certificate in lower case, wildcards among them; never its subject. */
  static List<String> names(X509Certificate leaf) {
    List<String> names = new ArrayList<>();
    try {
      Collection<List<?>> alternatives = leaf.getSubjectAlternativeNames();
      for (List<?> name : alternatives == null ? List.<List<?>>of() : alternatives) {
        if (name.get(0).equals(DNS_NAME)) {
          names.add(canonical((String) name.get(1)));
        }
      }
    } catch (CertificateParsingException | RuntimeException e) {
      // Nobody can ask for what cannot be read.
    }
    return names;
  }

  /** Whether everybody is shown the same certificate. */
  boolean makeNoDifference() {
    return identities.size() == 1 && !required;
  }

  /** The first is shown to whom no other is. */
  public List<Identity> identities() {
    return identities;
  }

  /** Whether nobody is answered who asks for no name of ours. */
  public boolean required() {
    return required;
  }

  /**
   * @param serverName as the peer sent it; null where it sent none
   * @return null for whom no certificate is shown
   */
  public @Nullable Identity selected(@Nullable String serverName) {
    if (identities.isEmpty()) {
      return null;
    }
    Identity named = serverName == null ? null : named(canonical(serverName));
    return named != null || required ? named : identities.get(0);
  }

  private @Nullable Identity named(String name) {
    if (name.startsWith("*")) {
      return null; // it would find a certificate's wildcard, and is no name of a host
    }
    Identity exact = byName.get(name);
    int dot = name.indexOf('.');
    return exact != null || dot <= 0 ? exact : byName.get("*" + name.substring(dot));
  }

  /** A dot at its end makes a name absolute, and is no part of it. */
  private static String canonical(String name) {
    String lower = name.toLowerCase(Locale.ROOT);
    return lower.endsWith(".") ? lower.substring(0, lower.length() - 1) : lower;
  }
}
