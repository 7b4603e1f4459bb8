package io.sallyport.config;

import com.typesafe.config.ConfigValue;
import java.util.regex.Pattern;

/**
 * {@code mode}: the permissions of a Unix socket, or a word that says how connections come to a TCP
 * socket.
 *
 * @param permissions bits; those of the owner alone where it is a word
 */
record ListenMode(int permissions, boolean isWord, boolean captured) {

  private static final Pattern OCTAL = Pattern.compile("0?[0-7]{3}");
  private static final int OWNER_ALONE = 0600;

  static ListenMode of(ConfigValue value) throws Malformed {
    String text = Values.text(value);
    boolean captured = text.equals("captured");
    if (captured || text.equals("direct")) {
      return new ListenMode(OWNER_ALONE, true, captured);
    }
    if (!OCTAL.matcher(text).matches()) {
      throw new Malformed(
          Values.quoted(text) + " is not the mode of a file",
          "write it in octal, such as \"0660\"; on TCP it is direct or captured");
    }
    return new ListenMode(Integer.parseInt(text, 8), false, false);
  }
}
