package io.sallyport.config;

import com.typesafe.config.ConfigRenderOptions;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueType;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Every setting that was asked for, with the value that it had, in the order of the asking. */
final class EffectiveSettings {

  private static final String HIDDEN = "(hidden)";

  /** Read where no listener takes them, so that what is in the file is right or refused. */
  private static final String ASIDE = "defaults.";

  private final Map<String, Setting> settings = new LinkedHashMap<>();

  void add(String path, ConfigValue value, String from) {
    if (!path.startsWith(ASIDE)) {
      settings.put(path, new Setting(path, text(value), from));
    }
  }

  /** One whose value may be a secret. */
  void addHidden(String path, String from) {
    settings.put(path, new Setting(path, HIDDEN, from));
  }

  List<Setting> all() {
    return List.copyOf(settings.values());
  }

  private static String text(ConfigValue value) {
    return value.valueType() == ConfigValueType.STRING
        ? String.valueOf(value.unwrapped())
        : value.render(ConfigRenderOptions.concise());
  }
}
