package io.sallyport.http;

import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaders;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** Names of fields as a hostile client writes them, and fields as one line each. */
final class Spellings {

  /** What a field name may have beside letters and digits (RFC 9110 §5.6.2). */
  private static final String SIGNS = "!#$%&'*+-.^_`|~";

  private Spellings() {}

  /** The same name in another case, and with other signs where it has hyphens. */
  static String other(String name, Random random) {
    StringBuilder out = new StringBuilder();
    for (int i = 0; i < name.length(); i++) {
      char c = name.charAt(i);
      out.append(
          c == '-'
              ? SIGNS.charAt(random.nextInt(SIGNS.length()))
              : random.nextBoolean() ? Character.toUpperCase(c) : c);
    }
    return out.toString();
  }

  /** Takes lines such as {@code Host: app}. */
  static HttpHeaders headers(String... lines) {
    HttpHeaders headers = new DefaultHttpHeaders();
    for (String line : lines) {
      int colon = line.indexOf(':');
      headers.add(line.substring(0, colon), line.substring(colon + 1).strip());
    }
    return headers;
  }

  static List<String> lines(HttpHeaders headers) {
    List<String> lines = new ArrayList<>();
    for (Map.Entry<String, String> each : headers.entries()) {
      lines.add(each.getKey() + ": " + each.getValue());
    }
    return lines;
  }
}
