package io.sallyport.cli.inject;

import io.sallyport.cli.inject.Node.Entry;
import io.sallyport.cli.inject.Node.Scalar;
import io.sallyport.config.Malformed;
import io.sallyport.config.OneValue;
import io.sallyport.config.Suggestion;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** What the annotations of a pod ask for; read when they are asked for, and refused then. */
final class Wishes {

  private static final String PREFIX = "sallyport.io/";

  private static final String INJECT = "inject";
  private static final String INBOUND_PORT = "inbound-port";
  private static final String APP_PORT = "app-port";
  private static final String PROTOCOL = "protocol";
  private static final String ALLOW = "allow";
  private static final String IDENTITY_SECRET = "identity-secret";
  private static final String TRUST_CONFIG_MAP = "trust-config-map";
  private static final String CONFIG_MAP = "config-map";
  private static final String IMAGE = "image";

  private static final List<String> KNOWN =
      List.of(
          INJECT,
          INBOUND_PORT,
          APP_PORT,
          PROTOCOL,
          ALLOW,
          IDENTITY_SECRET,
          TRUST_CONFIG_MAP,
          CONFIG_MAP,
          IMAGE,
          "cpu-request",
          "memory-request",
          "cpu-limit",
          "memory-limit");

  private static final int DEFAULT_INBOUND_PORT = 8443;

  /** RFC 1123, as names of Kubernetes are. */
  private static final Pattern NAME = Pattern.compile("[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?");

  private static final Pattern KEY = Pattern.compile("[A-Za-z0-9._-]{1,253}");
  private static final Pattern CPU = Pattern.compile("[0-9]+(\\.[0-9]+|m)?");
  private static final Pattern MEMORY = Pattern.compile("[0-9]+(\\.[0-9]+)?([kMGTPE]|[KMGTPE]i)?");
  private static final Pattern IMAGE_NAME = Pattern.compile("[\\x21-\\x7E]{1,500}");

  /** What YAML 1.1, by which Kubernetes reads, takes for something other than text. */
  private static final Pattern NO_TEXT =
      Pattern.compile(
          "[-+.]?[0-9][0-9_.,:eE+-]*|0[xo][0-9a-fA-F]+|~|"
              + "(?i:true|false|yes|no|on|off|null|y|n|\\.nan|[-+]?\\.inf)");

  private final String path;
  private final Map<String, String> said = new LinkedHashMap<>();

  private Wishes(String path) {
    this.path = path;
  }

  /** A key of a ConfigMap. */
  record Source(String configMap, String key) {}

  /** None, for a pod without metadata or annotations. */
  static Wishes of(Workload workload) throws BadManifest {
    refuseElsewhere(workload);
    Field metadata = workload.pod().get("metadata");
    Field annotations = metadata == null ? null : metadata.get("annotations");
    if (annotations == null) {
      Field pod = workload.pod();
      return new Wishes(new Field(pod.path("metadata"), pod.node()).path("annotations"));
    }
    Wishes wishes = new Wishes(annotations.path());
    for (Entry entry : annotations.mapping().entries()) {
      wishes.take(annotations, entry.key().value());
    }
    return wishes;
  }

  /** Those of a Deployment are not those of its pods, and nobody would notice. */
  private static void refuseElsewhere(Workload workload) throws BadManifest {
    Field metadata = workload.object().get("metadata");
    Field annotations = metadata == null ? null : metadata.get("annotations");
    if (annotations == null || workload.object().equals(workload.pod())) {
      return;
    }
    for (Entry entry : annotations.mapping().entries()) {
      if (entry.key().value().startsWith(PREFIX)) {
        throw new BadManifest(
            annotations.path(entry.key().value()),
            "is of the " + workload.kind() + ", not of its pods",
            "move it to " + workload.pod().path("metadata") + ".annotations");
      }
    }
  }

  private void take(Field annotations, String key) throws BadManifest {
    int slash = key.indexOf('/');
    String prefix = key.substring(0, slash + 1);
    String word = key.substring(slash + 1);
    if (!prefix.equals(PREFIX)) {
      if (KNOWN.contains(word) && Suggestion.of(prefix, List.of(PREFIX)).isPresent()) {
        throw unknown(annotations.path(key), PREFIX + word);
      }
      return;
    }
    if (!KNOWN.contains(word)) {
      throw unknown(
          annotations.path(key), Suggestion.of(word, KNOWN).map(PREFIX::concat).orElse(null));
    }
    Field value = annotations.get(key);
    if (value == null) {
      throw new BadManifest(annotations.path(key), "is null", "give it a value, or remove it");
    }
    String text = value.text();
    if (value.node() instanceof Scalar scalar
        && scalar.plain()
        && NO_TEXT.matcher(text).matches()) {
      throw value.fault(
          text + " is no text, as annotations are", "put it in quotes: \"" + text + "\"");
    }
    said.put(word, text);
  }

  private static BadManifest unknown(String field, @Nullable String meant) {
    return new BadManifest(
        field,
        "unknown annotation",
        meant == null ? "use " + PREFIX + String.join(", ", KNOWN) : "did you mean " + meant + "?");
  }

  /**
   * Whether there is to be a sidecar.
   *
   * @param unlessDisabled also where nothing is said
   */
  boolean injected(boolean unlessDisabled) throws BadManifest {
    String word = said.get(INJECT);
    if (word == null) {
      return unlessDisabled;
    }
    return switch (word) {
      case "enabled" -> true;
      case "disabled" -> false;
      default -> throw bad(INJECT, Words.quoted(word) + " is not known", "use enabled or disabled");
    };
  }

  int inboundPort() throws BadManifest {
    return said.containsKey(INBOUND_PORT) ? port(INBOUND_PORT) : DEFAULT_INBOUND_PORT;
  }

  boolean says(String word) {
    return said.containsKey(word);
  }

  /** Null when it is not said. */
  @Nullable Integer appPort() throws BadManifest {
    return said.containsKey(APP_PORT) ? (Integer) port(APP_PORT) : null;
  }

  private int port(String word) throws BadManifest {
    return new Field(field(word), new Scalar(required(word, ""), false, 0, 0, null)).port();
  }

  /** {@code tcp} or {@code http}. */
  String protocol() throws BadManifest {
    String word = said.getOrDefault(PROTOCOL, "tcp");
    if (!word.equals("tcp") && !word.equals("http")) {
      throw bad(PROTOCOL, Words.quoted(word) + " is not known", "use tcp or http");
    }
    return word;
  }

  /** HOCON, on one line. */
  String allow() throws BadManifest {
    String text =
        required(
            ALLOW,
            "say who may come in, such as [ { spiffe = \"spiffe://prod/shop\" } ], or any-trusted");
    try {
      return OneValue.onOneLine(text);
    } catch (Malformed e) {
      throw bad(ALLOW, e.fault(), e.remedy());
    }
  }

  /** Null when it is not said, as it may be beside a ConfigMap with the configuration. */
  @Nullable String identitySecret() throws BadManifest {
    String remedy = "name the Secret with tls.crt and tls.key";
    return says(CONFIG_MAP) && !says(IDENTITY_SECRET) ? null : name(IDENTITY_SECRET, remedy);
  }

  /** Null when it is not said, as it may be beside a ConfigMap with the configuration. */
  @Nullable Source trust() throws BadManifest {
    if (says(CONFIG_MAP) && !says(TRUST_CONFIG_MAP)) {
      return null;
    }
    String remedy =
        "name the ConfigMap with the CAs of peers, as NAME for its key ca.crt or NAME/KEY";
    String text = required(TRUST_CONFIG_MAP, remedy);
    int slash = text.indexOf('/');
    String name = slash < 0 ? text : text.substring(0, slash);
    String key = slash < 0 ? "ca.crt" : text.substring(slash + 1);
    if (!NAME.matcher(name).matches() || !KEY.matcher(key).matches()) {
      throw bad(TRUST_CONFIG_MAP, Words.quoted(text) + " names no key of a ConfigMap", remedy);
    }
    return new Source(name, key);
  }

  /** Null when the configuration is to be made from the other annotations. */
  @Nullable String configMap() throws BadManifest {
    if (!says(CONFIG_MAP)) {
      return null;
    }
    for (String word : List.of(APP_PORT, PROTOCOL, ALLOW)) {
      if (says(word)) {
        throw bad(
            word, "is for the configuration in " + field(CONFIG_MAP) + " to say", "remove it");
      }
    }
    return name(CONFIG_MAP, "name the ConfigMap with sallyport.conf");
  }

  String image(String unlessSaid) throws BadManifest {
    return said.containsKey(IMAGE)
        ? matching(IMAGE, IMAGE_NAME, "is not the name of an image", "write such as sallyport:1.0")
        : unlessSaid;
  }

  /** Of {@code cpu} or {@code memory}, its {@code request} or {@code limit}; null when not said. */
  @Nullable String amount(String resource, String bound) throws BadManifest {
    String word = resource + "-" + bound;
    if (!said.containsKey(word)) {
      return null;
    }
    return resource.equals("cpu")
        ? matching(word, CPU, "is no amount of CPU", "write such as 20m or 0.5")
        : matching(word, MEMORY, "is no amount of memory", "write such as 96Mi");
  }

  private String name(String word, String remedy) throws BadManifest {
    required(word, remedy);
    return matching(word, NAME, "cannot be a name in Kubernetes", remedy);
  }

  private String matching(String word, Pattern pattern, String fault, String remedy)
      throws BadManifest {
    String text = required(word, remedy);
    if (!pattern.matcher(text).matches()) {
      throw bad(word, Words.quoted(text) + " " + fault, remedy);
    }
    return text;
  }

  private String required(String word, String remedy) throws BadManifest {
    String text = said.get(word);
    if (text == null) {
      throw bad(word, "is missing", remedy);
    }
    return text;
  }

  BadManifest bad(String word, String fault, String remedy) {
    return new BadManifest(field(word), fault, remedy);
  }

  private String field(String word) {
    return path + "[" + PREFIX + word + "]";
  }
}
