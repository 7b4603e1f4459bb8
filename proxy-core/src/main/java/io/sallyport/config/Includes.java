package io.sallyport.config;

import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigIncludeContext;
import com.typesafe.config.ConfigIncluder;
import com.typesafe.config.ConfigIncluderFile;
import com.typesafe.config.ConfigIncluderURL;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigParseable;
import java.io.File;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Takes in files, as the library finds them, and nothing that may keep their reader waiting for
 * good, as a pipe or a web server does. Notes each of them, also one that is empty or not there.
 */
final class Includes implements ConfigIncluder, ConfigIncluderFile, ConfigIncluderURL {

  private static final Pattern URL_SCHEME = Pattern.compile("[A-Za-z][A-Za-z0-9+.-]+:");

  /** What the library tries, in turn, for a name that has none of them. */
  private static final List<String> ENDINGS = List.of(".conf", ".json", ".properties");

  private final Places places;
  private final @Nullable ConfigIncluder library;

  Includes(Places places) {
    this(places, null);
  }

  private Includes(Places places, @Nullable ConfigIncluder library) {
    this.places = places;
    this.library = library;
  }

  /** Not a file, or none that can be read. */
  static final class Refused extends ConfigException {

    private static final long serialVersionUID = 1;

    final String remedy;

    private Refused(String name, String fault, String remedy) {
      super("cannot include " + Values.quoted(name) + ", which " + fault);
      this.remedy = remedy;
    }
  }

  @Override
  public ConfigIncluder withFallback(ConfigIncluder fallback) {
    return new Includes(places, fallback);
  }

  @Override
  public ConfigObject include(ConfigIncludeContext context, String name) {
    if (URL_SCHEME.matcher(name).lookingAt()) {
      throw aUrl(name);
    }
    // The only way to learn of the folder of the file that includes, which may itself be included.
    ConfigParseable folder = context.relativeTo(".");
    String here = folder == null ? null : folder.origin().filename();
    if (here == null) {
      // The library would find nothing, and go without.
      throw new Refused(
          name, "is relative to no file", "write include required(file(\"/PATH\")) here");
    }
    note(Path.of(here).resolveSibling(path(name)));
    return Objects.requireNonNull(library).include(context, name);
  }

  @Override
  public ConfigObject includeFile(ConfigIncludeContext context, File file) {
    note(path(file.getPath()).toAbsolutePath());
    return ((ConfigIncluderFile) Objects.requireNonNull(library)).includeFile(context, file);
  }

  @Override
  public ConfigObject includeURL(ConfigIncludeContext context, URL url) {
    throw aUrl(url.toString());
  }

  private static Path path(String name) {
    try {
      return Path.of(name);
    } catch (InvalidPathException e) {
      throw new Refused(name, "is no path", PipeOrDevice.REMEDY);
    }
  }

  private static Refused aUrl(String name) {
    return new Refused(name, "is a URL", PipeOrDevice.REMEDY);
  }

  private void note(Path named) {
    String path = named.toString();
    boolean whole = ENDINGS.stream().anyMatch(path::endsWith);
    Stream<String> tried = whole ? Stream.of(path) : ENDINGS.stream().map(path::concat);
    tried.map(Path::of).forEach(this::noteOne);
  }

  private void noteOne(Path file) {
    String name = file.toString();
    if (Files.isDirectory(file)) {
      throw new Refused(name, "is a folder", PipeOrDevice.REMEDY);
    }
    if (Files.exists(file) && !Files.isRegularFile(file)) {
      throw new Refused(name, PipeOrDevice.FAULT, PipeOrDevice.REMEDY);
    }
    if (!Files.notExists(file) && !Files.isReadable(file)) {
      // The library would take it for one that is not there, and go without what is in it.
      throw new Refused(name, "cannot be read", "check owner and permissions");
    }
    places.noteFile(file);
  }
}
