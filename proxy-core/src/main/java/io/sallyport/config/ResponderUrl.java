package io.sallyport.config;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.Locale;

/** Where an OCSP responder is, as a setting or a certificate names it. */
public final class ResponderUrl {

  private static final String EXAMPLE =
      "write such as http://ocsp.internal/ or http://10.0.0.1:8080/ca";

  private static final int MOST_PORT = 65535;

  private ResponderUrl() {}

  /** An {@code http} URL with a host; nothing is looked up. */
  public static URI of(String text) throws Malformed {
    URI url;
    try {
      url = new URI(text);
    } catch (URISyntaxException e) {
      throw new Malformed(Values.quoted(text) + " is not a URL", EXAMPLE);
    }
    String scheme = url.getScheme() == null ? "" : url.getScheme().toLowerCase(Locale.ROOT);
    if (scheme.equals("https")) {
      throw new Malformed(
          Values.quoted(text)
              + " is https, of which the certificate would have to be looked up in turn",
          "write http://, since an answer is signed and needs no more");
    }
    if (!scheme.equals("http")
        || url.getHost() == null
        || url.getPort() == 0
        || url.getPort() > MOST_PORT
        || url.getUserInfo() != null
        || url.getFragment() != null) {
      throw new Malformed(Values.quoted(text) + " is not an http URL with a host", EXAMPLE);
    }
    return url;
  }
}
