package io.sallyport.policy;

import java.security.cert.CertificateParsingException;
import java.util.Arrays;

/**
 * Reads the elements of a DER encoding, front to back (X.690): one-byte tags, definite and minimal
 * lengths, nothing beyond the end.
 *
 * <p>The JDK's own parser drops all alternative names when it dislikes one of them, and re-encodes
 * keys; here each name counts for itself and the key is hashed as it was signed.
 */
final class DerReader {

  static final int OCTET_STRING = 0x04;
  static final int SEQUENCE = 0x30;
  static final int SET = 0x31;

  private final byte[] bytes;
  private final int end;
  private int next;
  private int start;
  private int content;

  DerReader(byte[] bytes) {
    this(bytes, 0, bytes.length);
  }

  private DerReader(byte[] bytes, int from, int end) {
    this.bytes = bytes;
    this.next = from;
    this.end = end;
  }

  boolean hasNext() {
    return next < end;
  }

  /** Steps to the next element and returns its tag. */
  int next() throws CertificateParsingException {
    start = next;
    int tag = octet();
    if ((tag & 0x1f) == 0x1f) {
      throw malformed();
    }
    int length = length();
    if (length > end - next) {
      throw malformed();
    }
    content = next;
    next += length;
    return tag;
  }

  /** Steps to the next element, which must have this tag, and returns a reader of what is in it. */
  DerReader enter(int tag) throws CertificateParsingException {
    if (next() != tag) {
      throw malformed();
    }
    return new DerReader(bytes, content, next);
  }

  /** The current element without its tag and length. */
  byte[] content() {
    return Arrays.copyOfRange(bytes, content, next);
  }

  /** The current element whole. */
  byte[] element() {
    return Arrays.copyOfRange(bytes, start, next);
  }

  private int length() throws CertificateParsingException {
    int first = octet();
    if (first < 0x80) {
      return first;
    }
    int octets = first & 0x7f;
    if (octets == 0 || octets > 3) {
      throw malformed();
    }
    int length = 0;
    for (int i = 0; i < octets; i++) {
      length = (length << 8) | octet();
    }
    if (length < 0x80 || length >>> (8 * (octets - 1)) == 0) {
      throw malformed();
    }
    return length;
  }

  private int octet() throws CertificateParsingException {
    if (next >= end) {
      throw malformed();
    }
    return bytes[next++] & 0xff;
  }

  private static CertificateParsingException malformed() {
    return new CertificateParsingException("not DER");
  }
}
