package io.sallyport.config;

import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigList;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigOrigin;
import com.typesafe.config.ConfigValue;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/** Collects {@link Origins}: {@code file:line} of each setting, files relative to a folder. */
final class Places {

  /** Of places: by file, then by line; what has none comes first. */
  static final Comparator<String> IN_ORDER =
      Comparator.comparing(Places::fileOf).thenComparingInt(Places::lineOf);

  private final Path folder;

  /** What holds the settings that are in no file; empty where there is no such thing. */
  private final String text;

  private final Map<String, String> places = new HashMap<>();
  private final Set<Path> files = new HashSet<>();

  /**
   * @param file the one that includes all others
   */
  Places(Path folder, Path file) {
    this.folder = folder;
    this.text = "";
    files.add(file);
  }

  /**
   * @param text the name of one that is in no file, but may include some
   */
  Places(Path folder, String text) {
    this.folder = folder;
    this.text = text;
  }

  /** Notes a file that others include, whatever is in it. */
  void noteFile(Path file) {
    files.add(file);
  }

  /** Notes all settings in a file's root that have no place yet. */
  void note(ConfigObject root) {
    ConfigValue settings = root.get(Reference.ROOT);
    if (settings != null) {
      places.putIfAbsent(Reference.ROOT, of(settings.origin()));
      noteContent("", settings);
    }
  }

  Origins origins() {
    return new Origins(places, files);
  }

  /** Empty for what was written in no file, such as a value from the environment. */
  String of(ConfigOrigin origin) {
    if (origin.lineNumber() < 1) {
      return "";
    }
    if (origin.filename() == null) {
      boolean ours = !text.isEmpty() && origin.description().startsWith(text);
      return ours ? text + ":" + origin.lineNumber() : "";
    }
    Path file = Path.of(origin.filename());
    files.add(file);
    Path shown = file.startsWith(folder) ? folder.relativize(file) : file;
    return shown + ":" + origin.lineNumber();
  }

  private static String fileOf(String place) {
    return place.substring(0, Math.max(0, place.lastIndexOf(':')));
  }

  private static int lineOf(String place) {
    return place.isEmpty() ? 0 : Integer.parseInt(place.substring(place.lastIndexOf(':') + 1));
  }

  private void noteContent(String path, ConfigValue value) {
    String prefix = path.isEmpty() ? "" : path + ".";
    if (value instanceof ConfigObject object) {
      try {
        object.forEach((key, child) -> noteAll(prefix + key, child));
      } catch (ConfigException.NotResolved e) {
        // What it holds is known, and noted, only after substitution.
        return;
      }
    } else if (value instanceof ConfigList list) {
      for (int i = 0; i < list.size(); i++) {
        noteAll(prefix + i, list.get(i));
      }
    }
  }

  private void noteAll(String path, ConfigValue value) {
    String place = of(value.origin());
    if (!place.isEmpty()) {
      places.putIfAbsent(path, place);
    }
    noteContent(path, value);
  }
}
