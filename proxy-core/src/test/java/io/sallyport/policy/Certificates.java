package io.sallyport.policy;

import io.sallyport.testcerts.LeafSpec;
import io.sallyport.testcerts.TestCa;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.security.cert.X509Certificate;
import java.util.function.Consumer;

/** Leaves for the tests of this room; one key for all, as only names matter here. */
final class Certificates {

  static final int DNS = 0x82;
  static final int URI = 0x86;
  static final int IP = 0x87;

  private static final TestCa CA = TestCa.create();

  private Certificates() {}

  static X509Certificate leaf(Consumer<LeafSpec> wishes) {
    return CA.issue(leaf -> wishes.accept(leaf.key(CA.keyPair()))).leaf();
  }

  static Peer peer(Consumer<LeafSpec> wishes) {
    return Peer.of(leaf(wishes));
  }

  /** Has no subject, and an alternative name of a kind that no rule knows. */
  static Peer nameless() {
    byte[] registeredId = {0x2a, 0x03};
    byte[] san = der(DerReader.SEQUENCE, der(0x88, registeredId));
    return peer(leaf -> leaf.subject("").extension("2.5.29.17", true, san));
  }

  static byte[] der(int tag, String latin1) {
    return der(tag, latin1.getBytes(StandardCharsets.ISO_8859_1));
  }

  /** An element of up to 65535 octets. */
  static byte[] der(int tag, byte[]... contents) {
    ByteArrayOutputStream content = new ByteArrayOutputStream();
    for (byte[] part : contents) {
      content.writeBytes(part);
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(tag);
    int length = content.size();
    if (length > 0xff) {
      out.writeBytes(new byte[] {(byte) 0x82, (byte) (length >> 8), (byte) length});
    } else if (length > 0x7f) {
      out.writeBytes(new byte[] {(byte) 0x81, (byte) length});
    } else {
      out.write(length);
    }
    out.writeBytes(content.toByteArray());
    return out.toByteArray();
  }
}
