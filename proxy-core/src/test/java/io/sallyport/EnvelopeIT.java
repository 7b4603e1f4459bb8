package io.sallyport;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sallyport.envelope.KeyFile;
import io.sallyport.relay.CloseReason;
import io.sallyport.rig.Application;
import io.sallyport.rig.Payload;
import io.sallyport.rig.Pki;
import io.sallyport.rig.RunningProxy;
import io.sallyport.rig.Stream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Two sidecars with an envelope between them, and somebody in between who may end TLS: he has a
 * certificate that both of them allow.
 */
final class EnvelopeIT {

  private static final String GREETING = "220 the ledger is open";
  private static final String SECRET = "pay 4711 to account 0815";

  /** No multiple of any chunk. */
  private static final long BYTES = 32L * Payload.MIB + 5;

  private final Pki pki;

  EnvelopeIT(@TempDir Path folder) throws IOException {
    pki = new Pki(folder);
    for (String name : new String[] {"frames", "sealed", "wrap", "raw"}) {
      byte[] key = new byte[32];
      new SecureRandom().nextBytes(key);
      Files.write(folder.resolve(name + ".key"), KeyFile.encoded(key));
    }
  }

  /**
   * @param sealedState of the key of sealed messages
   */
  private static String keys(String sealedState) {
    return """
    key-rings.default.keys = [
      { id = f1, file = "FOLDER/frames.key", encoding = base64, use = frames, state = primary }
      { id = s1, file = "FOLDER/sealed.key", encoding = base64, use = sealed, state = %s }
      { id = w1, file = "FOLDER/wrap.key", encoding = base64, use = wrap, state = %s }
      { id = r1, file = "FOLDER/raw.key", encoding = base64, use = raw, state = primary }
    ]
    """
        .formatted(sealedState, sealedState.equals("primary") ? "enabled" : "primary");
  }

  /** Takes peers to the application. */
  private RunningProxy inbound(Application application, String envelope, String more) {
    return RunningProxy.with(
        pki,
        keys("primary")
            + """
            inbound.in {
              listen = "127.0.0.1:0", forward = "%s", allow = [ { uri = "spiffe://test/*" } ]
              envelope { key-ring = default, %s }
              %s
            }
            """
                .formatted(application.address(), envelope, more));
  }

  /** Takes the application to a port on this host. */
  private RunningProxy outbound(int port, String keys, String envelope, String more) {
    return RunningProxy.with(
        pki,
        keys
            + """
            outbound.out {
              listen = "127.0.0.1:0", connect = "127.0.0.1:%d", identity = client
              allow = [ { uri = "spiffe://test/*" } ]
              envelope { key-ring = default, %s }
              %s
            }
            """
                .formatted(port, envelope, more));
  }

  private RunningProxy outbound(int port, String envelope) {
    return outbound(port, keys("primary"), envelope, "");
  }

  /** Greets, and answers what it is told in the reverse. */
  private static void ledger(Socket socket) throws IOException {
    socket.getOutputStream().write(GREETING.getBytes(US_ASCII));
    byte[] said = socket.getInputStream().readNBytes(SECRET.length());
    String answer = new StringBuilder(new String(said, US_ASCII)).reverse().toString();
    socket.getOutputStream().write(answer.getBytes(US_ASCII));
  }

  private static void talk(Socket application) throws IOException {
    InputStream in = application.getInputStream();
    assertThat(in.readNBytes(GREETING.length())).asString().isEqualTo(GREETING);
    application.getOutputStream().write(SECRET.getBytes(US_ASCII));
    assertThat(in.readAllBytes())
        .asString()
        .isEqualTo(new StringBuilder(SECRET).reverse().toString());
  }

  /** Two that wait for each other may be more than the common pool has threads for. */
  private static void onItsOwnThread(Runnable task) {
    Thread thread = new Thread(task, "carrier");
    thread.setDaemon(true);
    thread.start();
  }

  /** Carries bytes between two connections, writes down what it sees, and may change it. */
  private static final class Carrier {
    private final ByteArrayOutputStream seen = new ByteArrayOutputStream();

    synchronized void note(byte[] bytes) {
      seen.writeBytes(bytes);
    }

    synchronized String seen() {
      return seen.toString(US_ASCII);
    }

    void carry(Socket from, Socket to, UnaryOperator<byte[]> change) {
      try {
        InputStream in = from.getInputStream();
        OutputStream out = to.getOutputStream();
        byte[] buffer = new byte[64 * 1024];
        for (int n = in.read(buffer); n > 0; n = in.read(buffer)) {
          byte[] bytes = Arrays.copyOf(buffer, n);
          note(bytes);
          out.write(change.apply(bytes));
        }
        to.shutdownOutput();
      } catch (IOException e) {
        closeBoth(from, to);
      }
    }

    private static void closeBoth(Socket one, Socket other) {
      try (one;
          other) {
        // An end that cannot be passed on is the end of both.
      } catch (IOException e) {
        // They were closed already.
      }
    }

    void between(Socket one, Socket other, UnaryOperator<byte[]> change) {
      CompletableFuture<Void> back =
          CompletableFuture.runAsync(
              () -> carry(other, one, UnaryOperator.identity()), EnvelopeIT::onItsOwnThread);
      carry(one, other, change);
      back.join();
    }
  }

  /** Ends TLS from the one sidecar and begins it anew to the other. */
  private Application middlebox(Carrier carrier, RunningProxy inbound, UnaryOperator<byte[]> change)
      throws IOException {
    return Application.servingTls(
        pki.context(pki.issue("box", leaf -> leaf.ip("127.0.0.1").uri("spiffe://test/server"))),
        "TLSv1.3",
        socket -> {
          try (SSLSocket onward = pki.connect(pki.client(), inbound.port("in"), "TLSv1.3")) {
            carrier.between(socket, onward, change);
          }
        });
  }

  @Test
  void aMiddleboxThatEndsTlsSeesNothingOfWhatTwoSidecarsCarry() throws Exception {
    Carrier carrier = new Carrier();
    try (Application ledger = Application.serving(EnvelopeIT::ledger);
        RunningProxy in = inbound(ledger, "format = frames", "");
        Application box = middlebox(carrier, in, UnaryOperator.identity());
        RunningProxy out = outbound(box.port(), "format = frames");
        Socket application = out.connect("out")) {
      talk(application);

      // It has ended TLS, for it saw the preambles; and nothing else that means anything to it.
      assertThat(carrier.seen()).contains("SLF").doesNotContain("220", "pay", "0815", "5180");
      in.awaitMetric(
          "sallyport_envelope_messages_total{listener=\"in\",operation=\"seal\",result=\"success\"}",
          1);
    }
  }

  @Test
  void aTapSeesNeitherPlaintextNorAWayIn() throws Exception {
    Carrier carrier = new Carrier();
    try (Application ledger = Application.serving(EnvelopeIT::ledger);
        RunningProxy in = inbound(ledger, "format = frames", "");
        ServerSocket tap = new ServerSocket(0)) {
      CompletableFuture<Void> tapped =
          CompletableFuture.runAsync(
              () -> {
                try (Socket one = tap.accept();
                    Socket other = new Socket(InetAddress.getLoopbackAddress(), in.port("in"))) {
                  carrier.between(one, other, UnaryOperator.identity());
                } catch (IOException e) {
                  throw new UncheckedIOException(e);
                }
              },
              EnvelopeIT::onItsOwnThread);
      try (RunningProxy out = outbound(tap.getLocalPort(), "format = frames");
          Socket application = out.connect("out")) {
        talk(application);
      }
      tapped.join();

      assertThat(carrier.seen()).isNotEmpty().doesNotContain("SLF", "220", "pay", "0815");
      // Whoever taps has no certificate, and what he has seen is none.
      try (SSLSocket stranger = pki.connect(null, in.port("in"), "TLSv1.3")) {
        assertThatThrownBy(
                () -> {
                  stranger.getOutputStream().write(1);
                  stranger.getInputStream().readAllBytes();
                })
            .isInstanceOf(IOException.class);
      }
      assertThat(ledger.accepted()).isEqualTo(1);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"changed", "repeated"})
  void whatAMiddleboxHasChangedOrRepeatedEndsTheConnectionOnBothSides(String how) throws Exception {
    LinkedBlockingQueue<String> heard = new LinkedBlockingQueue<>();
    try (Application application =
            Application.serving(
                socket -> heard.add(new String(socket.getInputStream().readAllBytes(), US_ASCII)));
        RunningProxy in = inbound(application, "format = frames", "");
        Application box =
            middlebox(
                new Carrier(),
                in,
                bytes -> {
                  if (new String(bytes, US_ASCII).contains("SLF")) {
                    return bytes; // the preamble may pass
                  }
                  if (how.equals("changed")) {
                    bytes[bytes.length - 1] ^= 1;
                    return bytes;
                  }
                  byte[] twice = Arrays.copyOf(bytes, 2 * bytes.length);
                  System.arraycopy(bytes, 0, twice, bytes.length, bytes.length);
                  return twice;
                });
        RunningProxy out = outbound(box.port(), "format = frames");
        Socket client = out.connect("out")) {
      client.getOutputStream().write(SECRET.getBytes(US_ASCII));

      in.awaitClosed("in", CloseReason.ENVELOPE_REFUSED, 1);
      in.awaitMetric(
          "sallyport_envelope_messages_total{listener=\"in\",operation=\"open\",result=\"damaged\"}",
          1);
      assertThat(application.nextEnding()).contains("reset");
      assertThat(heard).isEmpty();
      assertThatThrownBy(() -> client.getInputStream().readAllBytes())
          .isInstanceOf(IOException.class);
    }
  }

  @Test
  void aPeerWithoutAnEnvelopeIsRefused() throws Exception {
    try (Application application = Application.echo();
        RunningProxy in = inbound(application, "format = frames", "");
        SSLSocket peer = pki.connect(pki.client(), in.port("in"), "TLSv1.3")) {
      peer.getOutputStream().write("GET / HTTP/1.1\r\n\r\n".getBytes(US_ASCII));

      in.awaitClosed("in", CloseReason.ENVELOPE_REFUSED, 1);
      in.awaitMetric(
          "sallyport_envelope_messages_total"
              + "{listener=\"in\",operation=\"open\",result=\"not_an_envelope\"}",
          1);
    }
  }

  @Test
  void aPeerThatNeverIntroducesItselfIsGivenUpAfterTheHandshakesTimeout() throws Exception {
    try (Application application = Application.echo();
        RunningProxy in = inbound(application, "format = frames", "handshake-timeout = 1s");
        SSLSocket peer = pki.connect(pki.client(), in.port("in"), "TLSv1.3")) {
      peer.startHandshake();

      in.awaitClosed("in", CloseReason.ENVELOPE_REFUSED, 1);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"epoll", "nio"})
  void framesCarryMuchBothWaysAtOnce(String transport) throws Exception {
    Payload question = new Payload(1, BYTES);
    Payload answer = new Payload(2, BYTES);
    LinkedBlockingQueue<String> arrived = new LinkedBlockingQueue<>();
    String full = "tls-min = 1.3, half-close = full";
    try (Application application =
            Application.serving(
                socket -> {
                  Stream stream = Stream.of(socket);
                  CompletableFuture<Void> sending = answer.sending(stream.out());
                  arrived.add(Payload.hashOf(stream.in(), BYTES));
                  sending.join();
                  stream.finish();
                });
        RunningProxy in = inbound(application, "format = frames", full);
        RunningProxy out =
            outbound(
                in.port("in"),
                keys("primary") + "transport = " + transport + "\n",
                "format = frames",
                full);
        Stream client = Stream.of(out.connect("out"))) {
      CompletableFuture<Void> sending = question.sending(client.out());
      assertThat(Payload.hashOf(client.in(), BYTES)).isEqualTo(answer.hash());
      sending.join();
      client.finish();

      assertThat(client.in().read()).isEqualTo(-1);
      assertThat(arrived.poll(20, TimeUnit.SECONDS)).isEqualTo(question.hash());
      in.awaitActive("in", 0);
      out.awaitActive("out", 0);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"primary", "enabled"}) // enabled: then data keys are wrapped
  void aSealedStreamIsOneWayWithItsEnd(String sealedState) throws Exception {
    Payload payload = new Payload(3, BYTES);
    LinkedBlockingQueue<String> arrived = new LinkedBlockingQueue<>();
    try (Application application =
            Application.serving(
                socket -> {
                  arrived.add(Payload.hashOf(socket.getInputStream(), BYTES));
                  arrived.add("end " + socket.getInputStream().read());
                });
        RunningProxy in = inbound(application, "format = sealed, to-application = open", "");
        RunningProxy out =
            outbound(in.port("in"), keys(sealedState), "format = sealed, to-peer = seal", "");
        Stream client = Stream.of(out.connect("out"))) {
      payload.sending(client.out()).join();
      client.finish();

      assertThat(arrived.poll(20, TimeUnit.SECONDS)).isEqualTo(payload.hash());
      assertThat(arrived.poll(20, TimeUnit.SECONDS)).isEqualTo("end -1");
      in.awaitActive("in", 0);
    }
  }

  @Test
  void aSealedStreamThatIsCutIsNoWholeOneToTheApplication() throws Exception {
    try (Application application =
            Application.serving(socket -> socket.getInputStream().readAllBytes());
        RunningProxy in = inbound(application, "format = sealed, to-application = open", "");
        Application box =
            Application.servingTls(
                pki.context(
                    pki.issue("box", leaf -> leaf.ip("127.0.0.1").uri("spiffe://test/server"))),
                "TLSv1.3",
                socket -> {
                  try (SSLSocket onward = pki.connect(pki.client(), in.port("in"), "TLSv1.3")) {
                    byte[] some = socket.getInputStream().readNBytes(20_000);
                    onward.getOutputStream().write(some); // and a proper end of TLS
                  }
                });
        RunningProxy out = outbound(box.port(), "format = sealed, to-peer = seal");
        Socket client = out.connect("out")) {
      client.getOutputStream().write(new byte[100_000]);

      assertThat(application.nextEnding()).contains("reset");
      in.awaitClosed("in", CloseReason.ENVELOPE_REFUSED, 1);
    }
  }

  @Test
  void whatIsHeldForAChunkKeepsAConnectionFromBeingIdle() throws Exception {
    try (Application application =
            Application.serving(socket -> socket.getInputStream().readAllBytes());
        RunningProxy in = inbound(application, "format = sealed, to-application = open", "");
        RunningProxy out =
            outbound(
                in.port("in"),
                keys("primary"),
                "format = sealed, to-peer = seal",
                "idle-timeout = 1s");
        Stream client = Stream.of(out.connect("out"))) {
      for (int n = 0; n < 20; n++) {
        client.out().write(n);
        TimeUnit.MILLISECONDS.sleep(100); // the pace of a slow application
      }
      client.finish();

      in.awaitClosed("in", CloseReason.PEER_CLOSED, 1);
      assertThat(application.nextEnding()).isEmpty();
    }
  }

  @Test
  void sealedBothWaysWhereBothMayFinishFirst() throws Exception {
    String full = "tls-min = 1.3, half-close = full";
    try (Application application = Application.echo();
        RunningProxy in =
            inbound(application, "format = sealed, to-application = open, to-peer = seal", full);
        RunningProxy out =
            outbound(
                in.port("in"),
                keys("primary"),
                "format = sealed, to-application = open, to-peer = seal",
                full);
        Stream client = Stream.of(out.connect("out"))) {
      client.out().write(SECRET.getBytes(US_ASCII));
      client.finish();

      assertThat(client.in().readAllBytes()).asString().isEqualTo(SECRET);
      in.awaitActive("in", 0);
      out.awaitActive("out", 0);
    }
  }

  @Test
  void whatIsStoredIsSealedAndOpensOnItsWayOut() throws Exception {
    ByteArrayOutputStream disk = new ByteArrayOutputStream();
    String atRest = "format = sealed, to-application = seal, to-peer = open, aad = \"disk\"";
    String full = "tls-min = 1.3, half-close = full";
    try (Application store =
            Application.serving(
                socket -> {
                  byte[] came = socket.getInputStream().readAllBytes();
                  if (disk.size() == 0) {
                    disk.writeBytes(came);
                  }
                  socket.getOutputStream().write(disk.toByteArray());
                });
        RunningProxy in = inbound(store, atRest, full);
        Stream peer = Stream.of(pki.connect(pki.client(), in.port("in"), "TLSv1.3"))) {
      peer.out().write(SECRET.getBytes(US_ASCII));
      peer.finish();

      assertThat(peer.in().readAllBytes()).asString().isEqualTo(SECRET);
      in.awaitActive("in", 0);
      assertThat(disk.toString(US_ASCII)).contains("SLD").contains("s1").doesNotContain("pay");
    }
  }

  @Test
  void rawMessagesGoBothWaysAsTheyCome() throws Exception {
    String both = "format = raw, to-application = open, to-peer = seal";
    try (Application ledger = Application.serving(EnvelopeIT::ledger);
        RunningProxy in = inbound(ledger, both, "");
        RunningProxy out = outbound(in.port("in"), both);
        Socket application = out.connect("out")) {
      talk(application);

      in.awaitActive("in", 0);
      assertThat(in.metric("sallyport_envelope_nonces_used{key=\"r1\",key_ring=\"default\"}"))
          .isEqualTo(2);
    }
  }

  @Test
  void theProxyHeaderStaysInFrontInPlaintext() throws Exception {
    try (Application application =
            Application.serving(
                socket -> {
                  byte[] came = socket.getInputStream().readAllBytes();
                  socket.getOutputStream().write(came);
                });
        RunningProxy in =
            inbound(
                application,
                "format = sealed, to-application = seal",
                "proxy-protocol = v1, tls-min = 1.3, half-close = full");
        Stream peer = Stream.of(pki.connect(pki.client(), in.port("in"), "TLSv1.3"))) {
      peer.out().write(SECRET.getBytes(US_ASCII));
      peer.finish();

      assertThat(new String(peer.in().readAllBytes(), US_ASCII))
          .startsWith("PROXY TCP4 127.0.0.1")
          .contains("\r\n", "SLD");
    }
  }

  @Test
  void otherKeysOfTheSameNameOpenNothing() throws Exception {
    try (Application application =
            Application.serving(socket -> socket.getInputStream().readAllBytes());
        RunningProxy in = inbound(application, "format = sealed, to-application = open", "")) {
      byte[] key = new byte[32];
      new SecureRandom().nextBytes(key);
      Files.write(pki.folder().resolve("other.key"), KeyFile.encoded(key));
      String otherKeys = keys("primary").replace("sealed.key", "other.key");
      try (RunningProxy out =
              outbound(in.port("in"), otherKeys, "format = sealed, to-peer = seal", "");
          Stream client = Stream.of(out.connect("out"))) {
        client.out().write(SECRET.getBytes(US_ASCII));
        client.finish();

        in.awaitClosed("in", CloseReason.ENVELOPE_REFUSED, 1);
        in.awaitMetric(
            "sallyport_envelope_messages_total"
                + "{listener=\"in\",operation=\"open\",result=\"wrong_key_or_aad\"}",
            1);
        assertThatThrownBy(() -> client.in().readAllBytes()).isInstanceOf(IOException.class);
      }
    }
  }
}
