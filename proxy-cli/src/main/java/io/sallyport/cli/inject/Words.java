package io.sallyport.cli.inject;

/** What is given, in messages: on one line, and of a length that can be read. */
final class Words {

  private static final int LONGEST = 120;

  private Words() {}

  static String quoted(String text) {
    return '"' + onOneLine(text) + '"';
  }

  static String onOneLine(String text) {
    StringBuilder shown = new StringBuilder();
    text.codePoints()
        .limit(LONGEST)
        .map(point -> Character.isISOControl(point) ? '?' : point)
        .forEach(shown::appendCodePoint);
    return text.codePointCount(0, text.length()) > LONGEST ? shown + "…" : shown.toString();
  }
}
