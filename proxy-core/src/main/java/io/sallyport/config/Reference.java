package io.sallyport.config;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigParseOptions;

/** reference.conf: which settings there are, and their defaults. */
final class Reference {

  /** All settings are below this. */
  static final String ROOT = "sallyport";

  private Reference() {}

  static Section root(Reading reading) {
    return Section.reference("", Parsed.CONFIG.getObject(ROOT), reading);
  }

  /** Parsed when it is first asked for; it does not change. */
  private static final class Parsed {
    static final Config CONFIG = parse();

    private static Config parse() {
      // All files of that name: where the jars are merged or stand beside others, ours is in there.
      return ConfigFactory.parseResources(
          Reference.class.getClassLoader(),
          "reference.conf",
          ConfigParseOptions.defaults().setAllowMissing(false));
    }
  }
}
