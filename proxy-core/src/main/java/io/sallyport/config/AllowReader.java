package io.sallyport.config;

import com.typesafe.config.ConfigList;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueType;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** {@code allow}: its shape alone, for patterns are the business of the policy. */
final class AllowReader {

  private static final List<String> IDENTITY_FIELDS =
      Stream.of(Allow.Field.values()).map(Allow.Field::setting).toList();

  private static final List<String> REQUEST_FIELDS =
      Stream.of(Allow.RequestField.values()).map(Allow.RequestField::setting).toList();

  private static final List<String> ALL_FIELDS =
      Stream.concat(IDENTITY_FIELDS.stream(), REQUEST_FIELDS.stream()).toList();

  private static final String ANY_TRUSTED = "any-trusted";
  private static final String ANYONE = "anyone";
  private static final String EXAMPLE_RULE = "{ uri = \"spiffe://prod/ns/shop/sa/web\" }";
  private static final String EXAMPLE = "[ " + EXAMPLE_RULE + " ]";

  /** Why rules may say nothing of requests where bytes are carried. */
  static final String OF_BYTES = "is a field of HTTP requests, which protocol = tcp does not see";

  /** The same where requests go out. */
  static final String OF_SERVERS =
      "says what a peer may ask for, and a peer of an outbound listener is the one that is asked";

  private AllowReader() {}

  /**
   * Null when it is left out or has problems, which are then told.
   *
   * @param whyNotOfRequests null where requests are judged; else why rules may not say which
   */
  static @Nullable Allow read(Section section, @Nullable String whyNotOfRequests) {
    ConfigValue value = section.read("allow", any -> any);
    if (value == null) {
      return null;
    }
    String path = section.where("allow");
    try {
      if (value instanceof ConfigList list) {
        return rules(path, list, section.reading(), whyNotOfRequests);
      }
      return word(value);
    } catch (Malformed e) {
      section.findings().problem(path, e);
      return null;
    }
  }

  private static Allow word(ConfigValue value) throws Malformed {
    if (value.valueType() == ConfigValueType.OBJECT) {
      throw new Malformed("is a rule and not a list of them", "write allow = " + EXAMPLE);
    }
    String text = Values.text(value);
    return switch (text) {
      case ANY_TRUSTED -> new Allow.AnyTrusted();
      case ANYONE -> new Allow.Anyone();
      default ->
          throw new Malformed(
              Values.quoted(text) + " is not known here",
              "use any-trusted, anyone or rules such as " + EXAMPLE);
    };
  }

  private static Allow.@Nullable Rules rules(
      String path, ConfigList list, Reading reading, @Nullable String whyNotOfRequests)
      throws Malformed {
    if (list.isEmpty()) {
      throw new Malformed(
          "is an empty list, which nobody matches", "write rules such as " + EXAMPLE);
    }
    List<Allow.Rule> rules = new ArrayList<>();
    for (int i = 0; i < list.size(); i++) {
      String rulePath = path + "." + i;
      try {
        Allow.Rule rule = rule(rulePath, list.get(i), reading, whyNotOfRequests);
        if (rule != null) {
          rules.add(rule);
        }
      } catch (Malformed e) {
        reading.findings().problem(rulePath, e);
      }
    }
    return rules.size() < list.size() ? null : new Allow.Rules(rules, false);
  }

  private static Allow.@Nullable Rule rule(
      String path, ConfigValue value, Reading reading, @Nullable String whyNotOfRequests)
      throws Malformed {
    if (!(value instanceof ConfigObject object)) {
      throw new Malformed("is " + Values.kind(value) + ", not a rule", ruleRemedy(value));
    }
    int problemsBefore = reading.findings().problemCount();
    boolean ofRequests = whyNotOfRequests == null;
    ConfigObject fields =
        whyNotOfRequests == null
            ? object
            : withoutRequestFields(path, object, reading, whyNotOfRequests);
    Section rule = Section.of(path, fields, ofRequests ? ALL_FIELDS : IDENTITY_FIELDS, reading);
    Map<Allow.Field, List<String>> ofPeer = new EnumMap<>(Allow.Field.class);
    for (Allow.Field field : Allow.Field.values()) {
      List<String> values = rule.read(field.setting(), Values::texts);
      if (values != null) {
        ofPeer.put(field, values);
      }
    }
    Map<Allow.RequestField, List<String>> ofRequest = new EnumMap<>(Allow.RequestField.class);
    for (Allow.RequestField field : Allow.RequestField.values()) {
      List<String> values = ofRequests ? rule.read(field.setting(), Values::texts) : null;
      if (values != null) {
        ofRequest.put(field, values);
      }
    }
    if (reading.findings().problemCount() > problemsBefore) {
      return null;
    }
    if (ofPeer.isEmpty()) {
      throw new Malformed(
          ofRequest.isEmpty()
              ? "is a rule without a field, which would match anyone"
              : "is a rule without a field of the peer, which would match anyone",
          "use " + Values.oneOf(IDENTITY_FIELDS) + ", or write allow = any-trusted");
    }
    return new Allow.Rule(path, ofPeer, ofRequest);
  }

  private static ConfigObject withoutRequestFields(
      String path, ConfigObject rule, Reading reading, String why) {
    ConfigObject fields = rule;
    for (String field : REQUEST_FIELDS) {
      if (fields.containsKey(field)) {
        fields = fields.withoutKey(field);
        reading.findings().problem(path + "." + field, why, "remove it");
      }
    }
    return fields;
  }

  private static String ruleRemedy(ConfigValue value) {
    Object word = value.unwrapped();
    return ANY_TRUSTED.equals(word) || ANYONE.equals(word)
        ? "write allow = " + word + ", without a list"
        : "write it as " + EXAMPLE_RULE;
  }
}
