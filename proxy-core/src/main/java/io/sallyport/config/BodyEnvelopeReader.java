package io.sallyport.config;

import com.typesafe.config.ConfigList;
import com.typesafe.config.ConfigValue;
import io.sallyport.config.BodyEnvelopeConfig.AadField;
import io.sallyport.config.EnvelopeConfig.Action;
import io.sallyport.config.EnvelopeConfig.Format;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** {@code envelope} of a listener with {@code protocol = http}: of bodies, not of streams. */
final class BodyEnvelopeReader {

  private static final String REQUEST = "request";
  private static final String RESPONSE = "response";
  private static final String RESPONSE_TO = "response-to";

  private static final Pattern METHOD = Pattern.compile("[A-Z]+(-[A-Z]+)*");
  private static final Values.Parser<AadField> AAD_FIELD = Values.choice(AadField.values());

  /** A store answers others in words of its own. */
  private static final List<String> STORED = List.of("GET");

  /** Where an object is, whichever way it goes. */
  private static final Set<AadField> PLACE = EnumSet.of(AadField.HOST, AadField.PATH);

  private BodyEnvelopeReader() {}

  /** Null without a name, of which somebody else tells. */
  static @Nullable BodyEnvelopeConfig read(Section section, @Nullable String keyRing) {
    for (String key : List.of(EnvelopeReader.TO_APPLICATION, EnvelopeReader.TO_PEER)) {
      if (section.says(key)) {
        problem(section, key, "is for protocol = tcp", "write request and response instead");
      }
    }
    if (section.says(EnvelopeReader.FORMAT)) {
      Format format = section.read(EnvelopeReader.FORMAT, EnvelopeReader.FORMATS);
      if (format == Format.FRAMES || format == Format.RAW) {
        problem(
            section,
            EnvelopeReader.FORMAT,
            "is for protocol = tcp; with http each body is one sealed message",
            "write format = sealed, or remove it");
      }
    }
    Action request = section.readOrDefault(REQUEST, EnvelopeReader.ACTIONS);
    Action response = section.readOrDefault(RESPONSE, EnvelopeReader.ACTIONS);
    List<String> responseTo = section.read(RESPONSE_TO, BodyEnvelopeReader::methods);
    if (responseTo == null && response == Action.OPEN) {
      responseTo = STORED;
    }
    Set<AadField> said = section.read(EnvelopeReader.AAD, BodyEnvelopeReader::fields);
    if (keyRing == null) {
      return null;
    }
    Set<AadField> aad = said == null ? PLACE : said;
    warn(section, aad, request == Action.SEAL && response == Action.OPEN);
    return new BodyEnvelopeConfig(keyRing, request, response, responseTo, aad);
  }

  /** Of a template, which is for listeners of either protocol. */
  static void readAlone(Section section) {
    section.readOrDefault(REQUEST, EnvelopeReader.ACTIONS);
    section.readOrDefault(RESPONSE, EnvelopeReader.ACTIONS);
    section.read(RESPONSE_TO, BodyEnvelopeReader::methods);
    section.read(
        EnvelopeReader.AAD,
        value -> value instanceof ConfigList ? fields(value) : Values.text(value));
  }

  /** In a template they are for those listeners that carry HTTP. */
  static void refuseOverTcp(Section section) {
    for (String key : List.of(REQUEST, RESPONSE, RESPONSE_TO)) {
      HttpReader.refuseOverTcp(section, key);
    }
  }

  /**
   * Of a listener whose requests go out: the additional data has to name one host, though each
   * request goes to an endpoint of its own.
   */
  static void checkHost(Section listener, @Nullable EnvelopeConfig envelope, boolean oneHost) {
    if (!oneHost
        && envelope instanceof BodyEnvelopeConfig bodies
        && bodies.aad().contains(AadField.HOST)) {
      Section section = listener.child("envelope");
      problem(
          section,
          EnvelopeReader.AAD,
          "has host, and the endpoints have several: what is stored by one would not open from"
              + " another",
          "set authority or server-name, or write aad = [ path ]");
    }
  }

  private static void warn(Section section, Set<AadField> aad, boolean stores) {
    if (aad.isEmpty()) {
      warning(
          section,
          "nothing binds a body to its place: whoever can write to the store may put one in place"
              + " of another",
          "write aad = [ host, path ]");
    }
    if (stores && (aad.contains(AadField.METHOD) || aad.contains(AadField.DIRECTION))) {
      warning(
          section,
          "what is sealed as a request does not open as a response where method or direction bind"
              + " it",
          "write aad = [ host, path ]");
    }
  }

  private static Set<AadField> fields(ConfigValue value) throws Malformed {
    if (!(value instanceof ConfigList list)) {
      throw new Malformed(
          "is no list; with protocol = http it names fields of the request",
          "write [ host, path ], or others of " + Values.oneOf(words()));
    }
    Set<AadField> fields = EnumSet.noneOf(AadField.class);
    for (ConfigValue element : list) {
      AadField field = AAD_FIELD.parse(element);
      if (!fields.add(field)) {
        throw new Malformed("names " + field.word() + " twice", "name each once");
      }
    }
    return fields;
  }

  private static List<String> words() {
    return List.of(AadField.values()).stream().map(AadField::word).toList();
  }

  private static List<String> methods(ConfigValue value) throws Malformed {
    List<String> methods = Values.texts(value);
    for (String method : methods) {
      if (!METHOD.matcher(method).matches()) {
        throw new Malformed(
            Values.quoted(method) + " is no method", "write such as GET, in capitals");
      }
      if (method.equals("HEAD")) {
        throw new Malformed("has HEAD, which goes with GET", "remove it");
      }
      if (Collections.frequency(methods, method) > 1) {
        throw new Malformed("names " + method + " twice", "name each once");
      }
    }
    return methods;
  }

  private static void problem(Section section, String key, String fault, String remedy) {
    section.findings().problem(section.where(key), fault, remedy);
  }

  private static void warning(Section section, String fault, String remedy) {
    section.findings().warning(section.where(EnvelopeReader.AAD), fault, remedy);
  }
}
