package io.sallyport.config;

import static io.sallyport.config.ConfigText.IDENTITY;
import static io.sallyport.config.ConfigText.INBOUND;
import static io.sallyport.config.ConfigText.OUTBOUND;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.sallyport.config.BodyEnvelopeConfig.AadField;
import io.sallyport.config.EnvelopeConfig.Action;
import io.sallyport.config.EnvelopeConfig.Format;
import io.sallyport.config.KeyConfig.Encoding;
import io.sallyport.config.KeyConfig.State;
import io.sallyport.config.KeyConfig.Use;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Key rings and envelopes that are right; what is refused, problems.txt has. */
class EnvelopeReaderTest {

  private static final String MAIN =
      """
      key-rings.main {
        keys = [
          { id = 2026-01, file = a.key, encoding = base64, use = sealed, state = primary }
          { id = kek, file = /etc/kek, encoding = hex, use = wrap, state = enabled }
          { id = Old_1.0, file = gone, encoding = binary, use = sealed, state = disabled }
          { id = f, file = f.key, encoding = hex, use = frames, state = primary }
          { id = r, file = r.key, encoding = hex, use = raw, state = open-only }
        ]
        strict-permissions = true
      }
      """;

  private final Path folder;

  EnvelopeReaderTest(@TempDir Path folder) {
    this.folder = folder;
  }

  private ProxyConfig read(String settings) throws InvalidConfig {
    return ConfigText.read(
        folder, IDENTITY + INBOUND + OUTBOUND + "sallyport {\n" + MAIN + settings + "\n}\n");
  }

  private @Nullable EnvelopeConfig inbound(String settings) throws InvalidConfig {
    return read(settings).inbound().get(0).envelope();
  }

  @Test
  void takesEveryFieldOfAKey() throws InvalidConfig {
    assertThat(read("").keyRings())
        .containsOnlyKeys("main")
        .containsValue(
            new KeyRingConfig(
                "main",
                List.of(
                    key(0, "2026-01", "a.key", Encoding.BASE64, Use.SEALED, State.PRIMARY),
                    key(1, "kek", "/etc/kek", Encoding.HEX, Use.WRAP, State.ENABLED),
                    key(2, "Old_1.0", "gone", Encoding.BINARY, Use.SEALED, State.DISABLED),
                    key(3, "f", "f.key", Encoding.HEX, Use.FRAMES, State.PRIMARY),
                    key(4, "r", "r.key", Encoding.HEX, Use.RAW, State.OPEN_ONLY)),
                true));
  }

  private KeyConfig key(
      int index, String id, String file, Encoding encoding, Use use, State state) {
    return new KeyConfig(
        "key-rings.main.keys." + index, id, folder.resolve(file), encoding, use, state);
  }

  @Test
  void watchesTheFilesOfKeysThatAreRead() throws InvalidConfig {
    assertThat(read("").files())
        .contains(folder.resolve("a.key"), Path.of("/etc/kek"), folder.resolve("r.key"))
        .doesNotContain(folder.resolve("gone"));
  }

  @Test
  void withoutAKeyRingThereIsNoEnvelope() throws InvalidConfig {
    ProxyConfig config = read("inbound.web.envelope {}, defaults.outbound.envelope.format = raw");

    assertThat(config.inbound().get(0).envelope()).isNull();
    assertThat(config.outbound().get(0).envelope()).isNull();
    assertThat(config.warnings()).isEmpty();
  }

  @Test
  void framesAreSealedToThePeerAndOpenedToTheApplicationOnBothKindsOfListener()
      throws InvalidConfig {
    ProxyConfig config =
        read(
            """
            inbound.web.envelope { key-ring = main, format = frames }
            outbound.ledger.envelope { key-ring = main, format = frames }
            """);

    StreamEnvelopeConfig frames =
        new StreamEnvelopeConfig("main", Format.FRAMES, Action.OPEN, Action.SEAL, null);
    assertThat(config.inbound().get(0).envelope()).isEqualTo(frames);
    assertThat(config.outbound().get(0).envelope()).isEqualTo(frames);
    assertThat(config.warnings()).isEmpty();
  }

  @Test
  void sealedGoesOneWayOrBothWhereEachSideCanFinishAlone() throws InvalidConfig {
    assertThat(
            inbound(
                "inbound.web.envelope { key-ring = main, format = sealed, to-application = seal"
                    + ", aad = \"orders v1\" }"))
        .isEqualTo(
            new StreamEnvelopeConfig("main", Format.SEALED, Action.SEAL, Action.PASS, "orders v1"));
    assertThat(inbound("inbound.web.envelope { key-ring = main, format = sealed, to-peer = open }"))
        .isEqualTo(new StreamEnvelopeConfig("main", Format.SEALED, Action.PASS, Action.OPEN, null));
    assertThat(
            inbound(
                "inbound.web { tls-min = 1.3, half-close = full, envelope { key-ring = main"
                    + ", format = sealed, to-application = seal, to-peer = open } }"))
        .isEqualTo(new StreamEnvelopeConfig("main", Format.SEALED, Action.SEAL, Action.OPEN, null));
  }

  @Test
  void aWrappingKeySealsAndOpensWhatIsSealed() throws InvalidConfig {
    assertThat(
            ConfigText.problems(
                folder,
                IDENTITY
                    + INBOUND
                    + """
                    sallyport.key-rings.kek.keys = [
                      { id = kek, file = k, encoding = hex, use = wrap, state = primary }
                    ]
                    sallyport.inbound.web {
                      tls-min = 1.3, half-close = full
                      envelope { key-ring = kek, format = sealed }
                      envelope { to-application = seal, to-peer = open }
                    }
                    """))
        .isEmpty();
  }

  @Test
  void rawIsTakenWithAWarning() throws InvalidConfig {
    ProxyConfig config =
        read("outbound.ledger.envelope { key-ring = main, format = raw, to-application = open }");

    assertThat(config.outbound().get(0).envelope())
        .isEqualTo(new StreamEnvelopeConfig("main", Format.RAW, Action.OPEN, Action.PASS, null));
    assertThat(config.warnings())
        .extracting(Problem::toString)
        .containsExactly(
            "outbound.ledger.envelope.format (proxy.conf:15): raw seals each message alone: that"
                + " one is left out, repeated or moved is not noticed; use frames between two"
                + " sidecars, or sealed for what is stored");
  }

  @Test
  void aTemplateIsForThoseListenersThatItFits() throws InvalidConfig {
    ProxyConfig config =
        read(
            """
            defaults.inbound.envelope { format = sealed, to-application = seal, aad = stored }
            defaults.key-ring.strict-permissions = true
            inbound.none = ${sallyport.inbound.web} {
              listen = "127.0.0.1:0", envelope.key-ring = null
            }
            inbound.web.envelope.key-ring = main
            inbound.framed = ${sallyport.inbound.web} {
              listen = "127.0.0.1:0", envelope { key-ring = main, format = frames }
            }
            """);

    assertThat(config.inbound())
        .extracting(InboundConfig::name, InboundConfig::envelope)
        .containsExactly(
            tuple(
                "web",
                new StreamEnvelopeConfig(
                    "main", Format.SEALED, Action.SEAL, Action.PASS, "stored")),
            tuple("none", null),
            tuple(
                "framed",
                new StreamEnvelopeConfig("main", Format.FRAMES, Action.OPEN, Action.SEAL, null)));
  }

  @Test
  void warnsOfAnEnvelopeThatDoesNotOpenWhatItHasSealedItself() throws InvalidConfig {
    String both =
        "inbound.web { tls-min = 1.3, half-close = full, envelope { key-ring = main"
            + ", format = sealed, to-application = seal, to-peer = open%s } }";

    assertThat(read(both.formatted("")).warnings())
        .extracting(Problem::toString)
        .containsExactly(
            "inbound.web.envelope.aad (proxy.conf:15): what is sealed on one way names that way, and"
                + " does not open on the way back; set the same text wherever what is stored is to"
                + " be opened");
    assertThat(read(both.formatted(", aad = disk")).warnings()).isEmpty();
  }

  @Test
  void warnsWhereACutCannotBeToldToTheApplication() throws InvalidConfig {
    String frames = "envelope { key-ring = main, format = frames }";

    for (String listener :
        new String[] {
          "inbound.web { forward = \"unix:/run/app\", " + frames + " }",
          "outbound.ledger { listen = \"unix:/run/ledger\", " + frames + " }"
        }) {
      assertThat(read(listener).warnings())
          .extracting(Problem::toString)
          .singleElement()
          .asString()
          .contains(".envelope.format (proxy.conf:15): a Unix socket has no reset");
    }
  }

  @Test
  void overHttpBodiesAreBoundToTheirPlaceUnlessToldOtherwise() throws InvalidConfig {
    ProxyConfig config =
        read(
            """
            inbound.web {
              protocol = http
              envelope { key-ring = main, request = open, response = seal, format = sealed }
              envelope { response-to = [ GET, POST ], aad = [ direction, method, path ] }
            }
            outbound.ledger {
              protocol = http, envelope { key-ring = main, request = seal, response = open }
            }
            """);

    assertThat(config.inbound().get(0).envelope())
        .isEqualTo(
            new BodyEnvelopeConfig(
                "main",
                Action.OPEN,
                Action.SEAL,
                List.of("GET", "POST"),
                EnumSet.of(AadField.PATH, AadField.METHOD, AadField.DIRECTION)));
    assertThat(config.outbound().get(0).envelope())
        .isEqualTo(
            new BodyEnvelopeConfig(
                "main",
                Action.SEAL,
                Action.OPEN,
                List.of("GET"),
                EnumSet.of(AadField.HOST, AadField.PATH)));
    assertThat(config.warnings()).isEmpty();
  }

  @Test
  void warnsOfBodiesThatNothingBindsOrThatDoNotOpenOnTheWayBack() throws InvalidConfig {
    String stores =
        "outbound.ledger { protocol = http"
            + ", envelope { key-ring = main, request = seal, response = open, aad = %s } }";

    assertThat(read(stores.formatted("[]")).warnings())
        .extracting(Problem::toString)
        .containsExactly(
            "outbound.ledger.envelope.aad (proxy.conf:15): nothing binds a body to its place:"
                + " whoever can write to the store may put one in place of another; write aad = ["
                + " host, path ]");
    assertThat(read(stores.formatted("[path, method]")).warnings())
        .extracting(Problem::toString)
        .containsExactly(
            "outbound.ledger.envelope.aad (proxy.conf:15): what is sealed as a request does not"
                + " open as a response where method or direction bind it; write aad = [ host,"
                + " path ]");
  }

  @Test
  void aHostIsOneWhereTheServerNameOrAllEndpointsSayTheSame() throws InvalidConfig {
    String envelope = ", envelope { key-ring = main, request = seal } }";
    for (String one :
        List.of(
            "connect = [ \"a:1\", \"A:2\" ]",
            "connect = [ \"a:1\", \"b:1\" ], server-name = s",
            "connect = [ \"a:1\", \"b:1\" ], authority = keep",
            "connect = [ \"a:1\", \"b:1\" ], envelope.aad = [ path ]")) {
      assertThat(read("outbound.ledger { protocol = http, " + one + envelope).outbound())
          .hasSize(1);
    }
  }
}
