package io.sallyport.envelope;

/** How a key file holds its 32 bytes. */
public enum KeyEncoding {
  /** 44 characters, and at most a line end. */
  BASE64,
  /** 64 digits, and at most a line end. */
  HEX,
  /** The bytes themselves. */
  BINARY
}
