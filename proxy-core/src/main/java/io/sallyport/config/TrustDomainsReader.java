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
    int problemsBefore = section.findings().problemCount();
    List<Map.Entry<String, ConfigValue>> entries = section.entries("trust-domains");
    boolean sound = section.findings().problemCount() == problemsBefore;
    if (sound && entries.isEmpty() && section.says("trust-domains")) {
      // Of ${?UNSET} nothing is left, and then trust vouches for every SPIFFE ID.
      section
          .findings()
          .problem(
              section.path("trust-domains"),
              "names no trust domain",
              "name one, such as { \"prod.example\" = \"bundle.pem\" }, or leave it out");
    }
    for (Map.Entry<String, ConfigValue> entry : entries) {
      String path = section.where("trust-domains") + "." + entry.getKey();
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
    if (value.valueType() == ConfigValueType.NULL) {
      // Left out, it would be one domain less to keep apart, and with the last one all would be.
      throw new Malformed("is null", "name the file of its CAs, or leave out trust-domains");
    }
    return section.asFiles(value);
  }
}
