package io.sallyport.config;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigIncludeContext;
import com.typesafe.config.ConfigIncluder;
import com.typesafe.config.ConfigIncluderClasspath;
import com.typesafe.config.ConfigIncluderFile;
import com.typesafe.config.ConfigIncluderURL;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigParseOptions;
import com.typesafe.config.ConfigRenderOptions;
import com.typesafe.config.ConfigSyntax;
import java.io.File;
import java.net.URL;

/** The value of one setting, written outside of a configuration. */
public final class OneValue {

  private static final String KEY = "it";

  private static final String REMEDY =
      "write one value, such as [ { dns = \"shop.internal\" } ], with text that holds any of"
          + " : , = + [ ] { } # ? $ in double quotes";

  private OneValue() {}

  /**
   * The same on one line, so that nothing behind it can become part of it, nor it of more.
   *
   * @throws Malformed when it is not one value of HOCON, or takes in others
   */
  public static String onOneLine(String text) throws Malformed {
    try {
      Config parsed =
          ConfigFactory.parseString(
              KEY + " = " + text,
              ConfigParseOptions.defaults()
                  .setSyntax(ConfigSyntax.CONF)
                  .setIncluder(new NoIncludes()));
      ConfigObject root = parsed.root();
      if (!parsed.isResolved()) {
        throw new Malformed("refers to other values", "write them out");
      }
      if (root.size() != 1 || !root.containsKey(KEY)) {
        throw new Malformed("is more than one value", REMEDY);
      }
      return parsed.getValue(KEY).render(ConfigRenderOptions.concise());
    } catch (ConfigException e) {
      throw new Malformed(Values.quoted(text) + " cannot be understood", REMEDY);
    } catch (StackOverflowError e) {
      throw new Malformed("is nested too deeply", REMEDY);
    }
  }

  /** A value is written out, wherever it may end up. */
  private static final class NoIncludes
      implements ConfigIncluder, ConfigIncluderFile, ConfigIncluderURL, ConfigIncluderClasspath {

    @Override
    public ConfigIncluder withFallback(ConfigIncluder fallback) {
      return this;
    }

    @Override
    public ConfigObject include(ConfigIncludeContext context, String name) {
      throw refused();
    }

    @Override
    public ConfigObject includeFile(ConfigIncludeContext context, File file) {
      throw refused();
    }

    @Override
    public ConfigObject includeURL(ConfigIncludeContext context, URL url) {
      throw refused();
    }

    @Override
    public ConfigObject includeResources(ConfigIncludeContext context, String resource) {
      throw refused();
    }

    private static ConfigException refused() {
      return new ConfigException.Generic("a value includes nothing");
    }
  }
}
