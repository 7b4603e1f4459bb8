package io.sallyport.config;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigOrigin;
import com.typesafe.config.ConfigParseOptions;
import com.typesafe.config.ConfigSyntax;
import com.typesafe.config.ConfigValue;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * HOCON, of a file or not, with its includes, parsed and with its substitutions made.
 *
 * @param folder what its relative paths are relative to
 * @param root everything in it
 */
record ConfigFile(Path folder, ConfigObject root, Places places) {

  /** More than punctuation: what was taken for a configuration may be somebody's key. */
  private static final Pattern QUOTES_TEXT = Pattern.compile("'.*[\\p{L}\\p{N}].*'");

  /** Beside the root, for values that are there to be substituted. */
  private static final String VARIABLES = "vars";

  private static final ConfigParseOptions OPTIONS =
      ConfigParseOptions.defaults().setSyntax(ConfigSyntax.CONF).setAllowMissing(false);

  /**
   * @throws InvalidConfig with one problem, when it is no file or no HOCON
   */
  static ConfigFile load(Path file) throws InvalidConfig {
    Path absolute = file.toAbsolutePath();
    Path folder = absolute.getParent();
    if (folder == null || Files.isDirectory(absolute)) {
      throw unusable(file.toString(), "is a folder", "name a file");
    }
    if (Files.notExists(absolute)) {
      throw unusable(file.toString(), "does not exist", "check the path");
    }
    if (!Files.isReadable(absolute)) {
      throw unusable(file.toString(), "cannot be read", "check owner and permissions");
    }
    if (PipeOrDevice.is(absolute)) {
      throw unusable(file.toString(), PipeOrDevice.FAULT, PipeOrDevice.REMEDY);
    }
    return parsed(
        file.toString(),
        folder,
        new Places(folder, absolute),
        options -> ConfigFactory.parseFile(absolute.toFile(), options));
  }

  /**
   * One that is no file; its relative paths are relative to the working directory.
   *
   * @param name for messages
   * @throws InvalidConfig with one problem, when it is no HOCON
   */
  static ConfigFile parse(String name, String text) throws InvalidConfig {
    Path folder = Path.of("").toAbsolutePath();
    return parsed(
        name,
        folder,
        new Places(folder, name),
        options -> ConfigFactory.parseString(text, options.setOriginDescription(name)));
  }

  private static ConfigFile parsed(
      String name, Path folder, Places places, Function<ConfigParseOptions, Config> parser)
      throws InvalidConfig {
    try {
      Config written = parser.apply(OPTIONS.setIncluder(new Includes(places)));
      // Before substitution: a value is at fault where it is used, not where it comes from.
      places.note(written.root());
      ConfigObject root = written.resolve().root();
      places.note(root);
      if (root.isEmpty()) {
        throw unusable(name, "is empty", "write at least one listener, see reference.conf");
      }
      return new ConfigFile(folder, root, places);
    } catch (ConfigException e) {
      throw new InvalidConfig(List.of(problem(e, places)));
    } catch (StackOverflowError e) {
      throw unusable(name, "is nested too deeply", "write fewer { and [ inside of one another");
    }
  }

  /** All that counts. */
  ConfigObject settings() throws Malformed {
    ConfigValue settings = root.get(Reference.ROOT);
    return settings == null ? ConfigFactory.empty().root() : Values.object(settings);
  }

  /** What stands where it would not be read. */
  List<Problem> strays() {
    List<Problem> strays = new ArrayList<>();
    root.forEach(
        (key, value) -> {
          if (!key.equals(Reference.ROOT) && !key.equals(VARIABLES)) {
            strays.add(
                new Problem(
                    key,
                    places.of(value.origin()),
                    "is outside of " + Reference.ROOT + " { … }",
                    "move it inside or, if it is there to be substituted, into vars { … }"));
          }
        });
    return strays;
  }

  private static InvalidConfig unusable(String name, String fault, String remedy) {
    return new InvalidConfig(List.of(new Problem(name, "", fault, remedy)));
  }

  private static Problem problem(ConfigException e, Places places) {
    ConfigOrigin origin = e.origin();
    return new Problem(
        Reference.ROOT, origin == null ? "" : places.of(origin), fault(e, origin), remedy(e));
  }

  private static String fault(ConfigException e, @Nullable ConfigOrigin origin) {
    String fault = String.valueOf(e.getMessage()).replaceAll("\\s+", " ");
    String prefix = origin == null ? "" : origin.description() + ": ";
    if (fault.startsWith(prefix)) {
      fault = fault.substring(prefix.length());
    }
    // The library's own advice, about .properties files, helps nobody here.
    int advice = fault.indexOf(" (if you intended");
    if (advice >= 0) {
      fault = fault.substring(0, advice);
    }
    if (e instanceof ConfigException.IO && origin != null) {
      return "cannot include " + Values.quoted(origin.description());
    }
    if (e instanceof ConfigException.WrongType && origin != null) {
      return "values of different kinds are joined here";
    }
    boolean ofSyntax = e instanceof ConfigException.Parse || e instanceof ConfigException.BadPath;
    return ofSyntax && QUOTES_TEXT.matcher(fault).find() ? "cannot be understood here" : fault;
  }

  private static String remedy(ConfigException e) {
    if (e instanceof ConfigException.UnresolvedSubstitution) {
      return "define it in the file or in the environment, or write ${?NAME} if it may be missing";
    }
    if (e instanceof Includes.Refused refused) {
      return refused.remedy;
    }
    if (e instanceof ConfigException.IO) {
      return "check its path and permissions";
    }
    if (e instanceof ConfigException.BadPath) {
      return "write a setting's name with single periods in it";
    }
    if (e instanceof ConfigException.Parse) {
      return "check braces, and put text that holds any of : , = + [ ] { } # ? $ in double quotes";
    }
    return "join objects with objects, lists with lists, strings with strings";
  }
}
