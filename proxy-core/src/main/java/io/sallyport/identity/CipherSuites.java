package io.sallyport.identity;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** What is offered and taken, most preferred first, under the names of IANA: AEAD alone. */
public final class CipherSuites {

  private static final List<String> TLS_1_3 =
      List.of("TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256");

  /** With the names that OpenSSL has for them. */
  private static final Map<String, String> TLS_1_2 = new LinkedHashMap<>();

  static {
    TLS_1_2.put("ECDHE-ECDSA-AES128-GCM-SHA256", "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256");
    TLS_1_2.put("ECDHE-RSA-AES128-GCM-SHA256", "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256");
    TLS_1_2.put("ECDHE-ECDSA-AES256-GCM-SHA384", "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384");
    TLS_1_2.put("ECDHE-RSA-AES256-GCM-SHA384", "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384");
    TLS_1_2.put("ECDHE-ECDSA-CHACHA20-POLY1305", "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256");
    TLS_1_2.put("ECDHE-RSA-CHACHA20-POLY1305", "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256");
  }

  /** Of both versions; no handshake that succeeds has another. */
  public static final List<String> ALL =
      Stream.concat(TLS_1_3.stream(), TLS_1_2.values().stream()).toList();

  private CipherSuites() {}

  /** Of the key exchange, first preferred; the first against computers that are yet to come. */
  public static List<String> groups() {
    return List.of("X25519MLKEM768", "X25519", "P-256", "P-384");
  }

  /** Those of TLS 1.2 as BoringSSL takes them. */
  public static String tls12ForBoringSsl() {
    return String.join(":", TLS_1_2.keySet());
  }

  /** The name of IANA for one of BoringSSL's. */
  public static String ianaName(String boringSsl) {
    return TLS_1_2.getOrDefault(boringSsl, boringSsl);
  }
}
