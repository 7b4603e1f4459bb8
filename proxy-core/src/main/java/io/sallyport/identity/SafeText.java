package io.sallyport.identity;

import org.jspecify.annotations.Nullable;

/** Makes what a peer may have had a hand in safe for one line of a log. */
public final class SafeText {
  private static final int MOST_CHARACTERS = 200;

  private SafeText() {}

  /** Printable ASCII only, the rest as question marks; cut where it is long. */
  public static String of(@Nullable String text) {
    if (text == null) {
      return "";
    }
    String cut = text.length() > MOST_CHARACTERS ? text.substring(0, MOST_CHARACTERS) : text;
    return cut.replaceAll("[^\\x20-\\x7e]", "?");
  }
}
