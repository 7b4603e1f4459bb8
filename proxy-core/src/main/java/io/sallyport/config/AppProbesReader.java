package io.sallyport.config;

import com.typesafe.config.ConfigValue;
import io.sallyport.config.AppProbe.Grpc;
import io.sallyport.config.AppProbe.Header;
import io.sallyport.config.AppProbe.HttpGet;
import io.sallyport.config.AppProbe.Question;
import io.sallyport.config.AppProbe.TcpSocket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** {@code admin.app-probes}. */
final class AppProbesReader {

  private static final String HTTP_GET = "http-get";
  private static final String TCP_SOCKET = "tcp-socket";
  private static final String GRPC = "grpc";
  private static final List<String> QUESTIONS = List.of(HTTP_GET, TCP_SOCKET, GRPC);

  /** A name of Kubernetes has up to 63 of them, and what is asked of it comes behind. */
  private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9._-]{0,79}");

  /** RFC 9110 §5.6.2. */
  private static final Pattern TOKEN = Pattern.compile("[A-Za-z0-9!#$%&'*+.^_`|~-]+");

  private static final Pattern FIELD_VALUE = Pattern.compile("[\\x21-\\x7E]([\\t\\x20-\\x7E]*)");
  private static final Pattern TARGET = Pattern.compile("/[\\x21-\\x7E&&[^#]]*");

  private static final Values.Parser<Boolean> SCHEME =
      Values.choice(Values.words("http", false, "https", true));

  private AppProbesReader() {}

  /**
   * @param template of each of them
   * @return those that have no problem
   */
  static List<AppProbe> read(Section admin, Section template) {
    // Also where none takes it: what is in the file is right or refused.
    timeout(template);
    QUESTIONS.forEach(question -> question(template, question, false));
    List<AppProbe> probes = new ArrayList<>();
    for (Map.Entry<String, Section> entry : admin.named("app-probes", template).entrySet()) {
      AppProbe probe = probe(entry.getKey(), entry.getValue());
      if (probe != null) {
        probes.add(probe);
      }
    }
    return probes;
  }

  private static @Nullable AppProbe probe(String name, Section section) {
    if (!NAME.matcher(name).matches()) {
      section
          .findings()
          .problem(
              section.path(),
              Values.quoted(name) + " cannot be a name",
              "use at most 80 of a-z, 0-9, dot, hyphen and underscore, a letter or digit first");
    }
    Duration timeout = timeout(section);
    List<String> asked = QUESTIONS.stream().filter(section::says).toList();
    if (asked.size() != 1) {
      section
          .findings()
          .problem(
              section.path(),
              asked.isEmpty() ? "asks nothing" : "asks by " + String.join(" and by ", asked),
              "write one of " + String.join(", ", QUESTIONS));
    }
    Question question = null;
    for (String each : asked) {
      question = question(section, each, true);
    }
    return question == null ? null : new AppProbe(name, question, timeout);
  }

  private static Duration timeout(Section section) {
    return section.readOrDefault("timeout", Durations::deadline);
  }

  private static @Nullable Question question(Section probe, String by, boolean whole) {
    Section section = probe.child(by);
    Integer port =
        whole
            ? section.require("port", Values.integer(1, 65535), "write the application's")
            : section.read("port", Values.integer(1, 65535));
    Question question =
        switch (by) {
          case HTTP_GET -> httpGet(section, port == null ? 1 : port);
          case TCP_SOCKET -> new TcpSocket(port == null ? 1 : port);
          default -> new Grpc(port == null ? 1 : port, service(section));
        };
    return port == null ? null : question;
  }

  private static HttpGet httpGet(Section section, int port) {
    String path = section.readOrDefault("path", AppProbesReader::path);
    String host = section.read("host", value -> Addresses.authority(Values.text(value)));
    boolean tls = section.readOrDefault("scheme", SCHEME);
    return new HttpGet(path, port, host, tls, headers(section));
  }

  private static String path(ConfigValue value) throws Malformed {
    String path = Values.text(value);
    if (!TARGET.matcher(path).matches()) {
      throw new Malformed(
          Values.quoted(path) + " is not the path of a request",
          "write such as /healthz, with all but ASCII percent-encoded");
    }
    return path;
  }

  private static List<Header> headers(Section section) {
    List<Header> headers = new ArrayList<>();
    for (Map.Entry<String, ConfigValue> entry : section.secretEntries("headers")) {
      String name = entry.getKey();
      try {
        if (!TOKEN.matcher(name).matches()) {
          throw new Malformed(
              Values.quoted(name) + " cannot be the name of a header", "write such as X-Probe");
        }
        for (String value : Values.texts(entry.getValue())) {
          headers.add(new Header(name, fieldValue(value)));
        }
      } catch (Malformed e) {
        section.findings().problem(section.where("headers") + "." + name, e);
      }
    }
    return headers;
  }

  private static String fieldValue(String value) throws Malformed {
    if (!FIELD_VALUE.matcher(value).matches()) {
      throw new Malformed(
          Values.quoted(value) + " cannot be the value of a header", "write printable ASCII");
    }
    return value;
  }

  private static String service(Section section) {
    String service = section.read("service", Values::text);
    return service == null ? "" : service;
  }
}
