package io.sallyport.config;

import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueType;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/** {@code identities.X.trust-domains}: which CAs vouch for the SPIFFE IDs of which trust domain. */
final class TrustDomainsReader {

  /** SPIFFE-ID §2.1. */
  private static final Pattern NAME = Pattern.compile("[a-z0-9._-]{1,255}");

  private TrustDomainsReader() {}

  /** By trust domain; without those that have problems, which are then told. */
  static Map<String, List<Path>> read(Section section) {
    Map<String, List<Path>> domains = new LinkedHashMap<>();
    for (Map.Entry<String, ConfigValue> entry : section.entries("trust-domains")) {
      String path = section.path("trust-domains") + "." + entry.getKey();
      try {
        domains.put(name(entry.getKey()), bundle(entry.getValue(), section));
      } catch (Malformed e) {
        section.findings().problem(path, e);
      }
    }
    return domains;
  }

  private static String name(String name) throws Malformed {
    if (!NAME.matcher(name).matches()) {
      throw new Malformed(
          "is not the name of a trust domain",
          "write what stands between spiffe:// and the next /, such as \"prod.example\"");
    }
    return name;
  }

  private static List<Path> bundle(ConfigValue value, Section section) throws Malformed {
    if (value.valueType() == ConfigValueType.OBJECT) {
      // What HOCON makes of a name with a dot and without quotes.
      throw new Malformed(
          "is an object, in place of the file of its CAs",
          "put the trust domain in quotes: \"prod.example\" = \"bundle.pem\"");
    }
    return section.asFiles(value);
  }
}
