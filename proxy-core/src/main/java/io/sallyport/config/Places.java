package io.sallyport.config;

import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigList;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigOrigin;
import com.typesafe.config.ConfigValue;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/** Collects {@link Origins}: {@code file:line} of each setting, files relative to a folder. */
final class Places {

  private final Path folder;
  private final Map<String, String> places = new HashMap<>();

  Places(Path folder) {
    this.folder = folder;
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
    return new Origins(places);
  }

  /** Empty for what was written in no file, such as a value from the environment. */
  String of(ConfigOrigin origin) {
    if (origin.filename() == null || origin.lineNumber() < 1) {
      return "";
    }
    Path file = Path.of(origin.filename());
    Path shown = file.startsWith(folder) ? folder.relativize(file) : file;
    return shown + ":" + origin.lineNumber();
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
