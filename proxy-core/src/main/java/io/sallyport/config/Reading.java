package io.sallyport.config;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;

/**
 * One reading of a configuration.
 *
 * @param folder what relative files are relative to
 */
record Reading(Path folder, Findings findings, EffectiveSettings effective) {

  Reading(Path folder, Findings findings) {
    this(folder, findings, new EffectiveSettings());
  }

  Path file(String text) throws Malformed {
    try {
      return folder.resolve(text).normalize();
    } catch (InvalidPathException e) {
      throw new Malformed(Values.quoted(text) + " is not a path", "use plain characters");
    }
  }
}
