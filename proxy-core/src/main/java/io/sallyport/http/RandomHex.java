package io.sallyport.http;

/** Hexadecimal digits of random numbers, for names that need to be rare and no secret. */
final class RandomHex {

  /** What one number takes. */
  static final int DIGITS = 16;

  private static final byte[] ALPHABET = {
    '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'
  };

  private RandomHex() {}

  /** Writes all {@link #DIGITS} of them. */
  static void write(long number, byte[] out, int at) {
    for (int i = 0; i < DIGITS; i++) {
      out[at + i] = ALPHABET[(int) (number >>> (60 - 4 * i)) & 0xf];
    }
  }
}
