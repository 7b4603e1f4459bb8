package io.sallyport.config;

import java.util.regex.Pattern;

/**
 * What may be the name of a listener, an identity or a key ring: it is a label of metrics and a
 * logged word.
 */
final class Names {

  private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9._-]{0,62}");

  private Names() {}

  static void check(String name, String reserved, Section section) {
    check(name, section);
    if (name.equals(reserved)) {
      section
          .findings()
          .problem(
              section.path(), Values.quoted(name) + " is a reserved name", "choose another one");
    }
  }

  static void check(String name, Section section) {
    if (!NAME.matcher(name).matches()) {
      section
          .findings()
          .problem(
              section.path(),
              Values.quoted(name) + " cannot be a name",
              "use at most 63 of a-z, 0-9, dot, hyphen and underscore, a letter or digit first");
    }
  }
}
