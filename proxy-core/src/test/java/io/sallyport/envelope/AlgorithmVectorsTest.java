package io.sallyport.envelope;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import com.typesafe.config.Config;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** AES-256-GCM, HKDF-Expand and AES key wrap, as others say they are. */
final class AlgorithmVectorsTest {

  @TestFactory
  Stream<DynamicTest> aes256GcmOfWycheproof() {
    return Vectors.wycheproof("aes_gcm_test.json")
        .filter(test -> test.getInt("keySize") == 256)
        .filter(test -> test.getInt("ivSize") == 96 && test.getInt("tagSize") == 128)
        .map(test -> dynamicTest(Vectors.name(test), () -> aes256Gcm(test)));
  }

  private static void aes256Gcm(Config test) {
    byte[] nonce = Vectors.bytes(test, "iv");
    byte[] aad = Vectors.bytes(test, "aad");
    byte[] message = Vectors.bytes(test, "msg");
    byte[] sealed = Bytes.concat(Vectors.bytes(test, "ct"), Vectors.bytes(test, "tag"));
    Aes256Gcm cipher = new Aes256Gcm(Vectors.bytes(test, "key"));
    byte[] opened = new byte[message.length];

    boolean verified = cipher.open(nonce, aad, sealed, 0, sealed.length, opened, 0);

    assertThat(verified).isEqualTo(Vectors.isValid(test));
    assertThat(opened).isEqualTo(verified ? message : new byte[message.length]);
    if (verified) {
      byte[] again = new byte[sealed.length];
      cipher.seal(nonce, aad, message, 0, message.length, again, 0);
      assertThat(again).isEqualTo(sealed);
    }
  }

  @TestFactory
  Stream<DynamicTest> aes256GcmOfNist() {
    return nist("nist-gcmDecrypt256.rsp")
        .filter(test -> "96".equals(test.get("IVlen")) && "128".equals(test.get("Taglen")))
        .map(test -> dynamicTest(test.get("name"), () -> aes256Gcm(test)));
  }

  private static void aes256Gcm(Map<String, String> test) {
    HexFormat hex = HexFormat.of();
    byte[] sealed = Bytes.concat(hex.parseHex(test.get("CT")), hex.parseHex(test.get("Tag")));
    byte[] opened = new byte[sealed.length - 16];

    boolean verified =
        new Aes256Gcm(hex.parseHex(test.get("Key")))
            .open(
                hex.parseHex(test.get("IV")),
                hex.parseHex(test.get("AAD")),
                sealed,
                0,
                sealed.length,
                opened,
                0);

    assertThat(verified).isEqualTo(test.containsKey("PT"));
    assertThat(opened).isEqualTo(verified ? hex.parseHex(test.get("PT")) : new byte[opened.length]);
  }

  /** Blocks of "name = value" and "FAIL", under headings of "[name = value]" that hold for all. */
  private static Stream<Map<String, String>> nist(String file) {
    List<Map<String, String>> tests = new ArrayList<>();
    Map<String, String> headings = new HashMap<>();
    for (String line : Vectors.lines(file)) {
      String[] pair = line.replaceAll("[\\[\\]]", "").split("=", 2);
      String name = pair[0].strip();
      String value = pair.length == 2 ? pair[1].strip() : "";
      if (line.startsWith("[")) {
        headings.put(name, value);
      } else if (name.equals("Count")) {
        Map<String, String> test = new HashMap<>(headings);
        test.put("name", headings + " " + value);
        tests.add(test);
      } else if (pair.length == 2) {
        tests.get(tests.size() - 1).put(name, value);
      }
    }
    return tests.stream();
  }

  /** The vectors are of extract and expand; the first is one HMAC. */
  @TestFactory
  Stream<DynamicTest> hkdfExpandOfWycheproof() {
    return Vectors.wycheproof("hkdf_sha512_test.json")
        .map(test -> dynamicTest(Vectors.name(test), () -> hkdf(test)));
  }

  private static void hkdf(Config test) throws GeneralSecurityException {
    byte[] salt = Vectors.bytes(test, "salt");
    byte[] key = hmac(salt.length == 0 ? new byte[64] : salt, Vectors.bytes(test, "ikm"));
    byte[] info = Vectors.bytes(test, "info");
    int size = test.getInt("size");

    if (Vectors.isValid(test)) {
      assertThat(HkdfExpand.sha512(key, info, size)).isEqualTo(Vectors.bytes(test, "okm"));
    } else {
      assertThatIllegalArgumentException().isThrownBy(() -> HkdfExpand.sha512(key, info, size));
    }
  }

  private static byte[] hmac(byte[] key, byte[] data) throws GeneralSecurityException {
    Mac mac = Mac.getInstance("HmacSHA512");
    mac.init(new SecretKeySpec(key, "HmacSHA512"));
    return mac.doFinal(data);
  }

  @TestFactory
  Stream<DynamicTest> aesKeyWrapOfWycheproof() {
    return Vectors.wycheproof("aes_wrap_test.json")
        .filter(test -> test.getInt("keySize") == 256)
        .map(test -> dynamicTest(Vectors.name(test), () -> aesKeyWrap(test)));
  }

  private static void aesKeyWrap(Config test) throws EnvelopeFailed {
    byte[] message = Vectors.bytes(test, "msg");
    byte[] wrapped = Vectors.bytes(test, "ct");
    AesKeyWrapping wrapping = new AesKeyWrapping(Vectors.bytes(test, "key"));

    // Of the valid ones, those that wrap 32 bytes: there are no other data keys.
    if (Vectors.isValid(test) && message.length == 32) {
      assertThat(Envelopes.done(wrapping.unwrap(wrapped))).isEqualTo(message);
      assertThat(Envelopes.done(wrapping.wrap(message))).isEqualTo(wrapped);
    } else {
      assertThat(wrapping.unwrap(wrapped).toCompletableFuture()).isCompletedExceptionally();
    }
  }

  @TestFactory
  Stream<DynamicTest> expandsAsRfc5869SaysWithoutAnyVector() {
    byte[] key = "a key that any other program can use".getBytes(StandardCharsets.US_ASCII);
    return Stream.of(0, 1, 63, 64, 65, 255 * 64)
        .map(size -> dynamicTest(size + " bytes", () -> expands(key, size)));
  }

  private static void expands(byte[] key, int size) throws GeneralSecurityException {
    byte[] info = {1, 2, 3};
    byte[] expected = {};
    byte[] block = {};
    for (int n = 1; expected.length < size; n++) {
      block = hmac(key, Bytes.concat(block, info, new byte[] {(byte) n}));
      expected = Bytes.concat(expected, block);
    }
    assertThat(HkdfExpand.sha512(key, info, size)).isEqualTo(Arrays.copyOf(expected, size));
  }
}
