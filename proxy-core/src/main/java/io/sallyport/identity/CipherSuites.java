package io.sallyport.identity;

import java.util.List;
import java.util.stream.Stream;

/** What is offered and taken, most preferred first, under the names of IANA: AEAD alone. */
public final class CipherSuites {

  static final List<String> TLS_1_3 =
      List.of("TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256");

  private static final List<String> TLS_1_2 =
      List.of(
          "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
          "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
          "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
          "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
          "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
          "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256");

  /** Of both versions; no handshake that succeeds has another. */
  public static final List<String> ALL = Stream.concat(TLS_1_3.stream(), TLS_1_2.stream()).toList();

  private CipherSuites() {}

  /** Of the key exchange, first preferred; the first against computers that are yet to come. */
  public static String[] groups() {
    return new String[] {"X25519MLKEM768", "X25519", "P-256", "P-384"};
  }
}
