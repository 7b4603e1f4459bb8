package io.sallyport.config;

import java.nio.file.Path;
import java.util.Map;
import java.util.Set;

/**
 * Where each setting was written, so that rooms above can name file and line in a {@link Problem}.
 *
 * @param places setting path (without the root) to {@code file:line}
 * @param files those that any setting was written in
 */
public record Origins(Map<String, String> places, Set<Path> files) {

  /** For settings that no file holds, such as those made from flags. */
  public static final Origins NONE = new Origins(Map.of(), Set.of());

  public Origins {
    places = Map.copyOf(places);
    files = Set.copyOf(files);
  }

  /**
   * {@code file:line} of the setting or, where it was left out, of the nearest setting around it.
   */
  public String of(String setting) {
    for (String path = setting; ; path = path.substring(0, path.lastIndexOf('.'))) {
      String place = places.get(path);
      if (place != null) {
        return place;
      }
      if (path.lastIndexOf('.') < 0) {
        return "";
      }
    }
  }

  public Problem problem(String setting, String fault, String remedy) {
    return new Problem(setting, of(setting), fault, remedy);
  }
}
