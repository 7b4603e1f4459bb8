package io.sallyport.identity;

import java.security.cert.CertificateException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * One DER element: just enough to look into the extensions that the JDK's certificates keep to
 * themselves. What another reader could take for something else, as an indefinite length, is
 * refused.
 */
final class Der {
  static final int SEQUENCE = 0x30;

  private static final int TAG_GOES_ON = 0x1f;

  private final int tag;
  private final byte[] content;

  private Der(int tag, byte[] content) {
    this.tag = tag;
    this.content = content;
  }

  /** The identifier octet. */
  int tag() {
    return tag;
  }

  /** Without tag and length; not to be changed. */
  byte[] content() {
    return content;
  }

  /** Reads exactly one element. */
  static Der one(byte[] encoded) throws CertificateException {
    List<Der> elements = all(encoded);
    if (elements.size() != 1) {
      throw new CertificateException("one DER element expected, not " + elements.size());
    }
    return elements.get(0);
  }

  /** Cuts what was strung together; each whole, with tag and length. */
  static List<byte[]> split(byte[] encoded) throws CertificateException {
    List<byte[]> whole = new ArrayList<>();
    int from = 0;
    for (Der element : all(encoded)) {
      int to = from + lengthOfHead(element.content.length) + element.content.length;
      whole.add(Arrays.copyOfRange(encoded, from, to));
      from = to;
    }
    return whole;
  }

  /** The only one that DER allows. */
  private static int lengthOfHead(int contentBytes) {
    return contentBytes <= 0x7f ? 2 : contentBytes <= 0xff ? 3 : contentBytes <= 0xffff ? 4 : 5;
  }

  /** The elements inside this one. */
  List<Der> children() throws CertificateException {
    return all(content);
  }

  private static List<Der> all(byte[] encoded) throws CertificateException {
    List<Der> elements = new ArrayList<>();
    int at = 0;
    while (at < encoded.length) {
      int tag = encoded[at++] & 0xff;
      if ((tag & TAG_GOES_ON) == TAG_GOES_ON || at == encoded.length) {
        throw new CertificateException("DER element of an unknown tag or without a length");
      }
      int length = encoded[at++] & 0xff;
      if (length > 0x7f) {
        int octets = length & 0x7f;
        if (octets == 0 || octets > 3 || at + octets > encoded.length) {
          throw new CertificateException("DER length out of range");
        }
        length = 0;
        for (int i = 0; i < octets; i++) {
          length = (length << 8) | (encoded[at++] & 0xff);
        }
        if (length <= 0x7f || length >>> (8 * (octets - 1)) == 0) {
          throw new CertificateException("DER length in more octets than it takes");
        }
      }
      if (length > encoded.length - at) {
        throw new CertificateException("DER element longer than what holds it");
      }
      elements.add(new Der(tag, Arrays.copyOfRange(encoded, at, at + length)));
      at += length;
    }
    return elements;
  }
}
