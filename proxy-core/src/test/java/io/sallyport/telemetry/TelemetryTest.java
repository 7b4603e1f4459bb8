package io.sallyport.telemetry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;

import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.sallyport.envelope.EnvelopeEvents.Operation;
import io.sallyport.envelope.EnvelopeFailure;
import io.sallyport.envelope.EnvelopeKey;
import io.sallyport.envelope.KeyRing;
import io.sallyport.envelope.KeyState;
import io.sallyport.envelope.KeyUse;
import io.sallyport.envelope.RawSealer;
import io.sallyport.http.Answered;
import io.sallyport.http.Refusal;
import io.sallyport.identity.HandshakeFailure;
import io.sallyport.identity.OcspResult;
import io.sallyport.listener.ListenerEvents;
import io.sallyport.listener.Refused;
import io.sallyport.policy.Denial;
import io.sallyport.relay.CloseReason;
import io.sallyport.relay.ConnectionEvents.Direction;
import io.sallyport.upstream.DialFailure;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class TelemetryTest {

  private static final String CA = "CN=test CA";
  private static final String AES = "TLS_AES_128_GCM_SHA256";

  private final Telemetry telemetry = new Telemetry("1.2.3");

  @AfterEach
  void close() {
    telemetry.close();
  }

  @Test
  void namesEveryMetricAsAlertsAndDashboardsExpect() throws Exception {
    EmbeddedChannel channel = new EmbeddedChannel();
    telemetry.inbound("web").handshakeCompleted("TLSv1.3", AES, false, CA, 1);
    telemetry.outbound("ledger");
    telemetry.certificates(Map.of("default", until(0)));
    telemetry.connectionLimits(Map.of("web", 1L));
    telemetry.keyRings(Map.of("main", KeyRing.of(List.of(key("r", KeyUse.RAW, 1)))));
    telemetry.watch(channel.eventLoop());

    assertThat(scrape().types().entrySet())
        .filteredOn(family -> family.getKey().startsWith("sallyport_"))
        .containsOnly(
            entry("sallyport_app_connect_failures_total", "counter"),
            entry("sallyport_audited_denials_total", "counter"),
            entry("sallyport_build_info", "gauge"),
            entry("sallyport_certificate_not_after_timestamp_seconds", "gauge"),
            entry("sallyport_certificate_not_before_timestamp_seconds", "gauge"),
            entry("sallyport_connection_limit_reached_total", "counter"),
            entry("sallyport_connections_active", "gauge"),
            entry("sallyport_connections_closed_total", "counter"),
            entry("sallyport_connections_limit", "gauge"),
            entry("sallyport_connections_past_expiry", "gauge"),
            entry("sallyport_connections_total", "counter"),
            entry("sallyport_denials_total", "counter"),
            entry("sallyport_envelope_messages_total", "counter"),
            entry("sallyport_envelope_nonces_used", "gauge"),
            entry("sallyport_eventloop_delay_seconds", "histogram"),
            entry("sallyport_eventloop_delay_seconds_max", "gauge"),
            entry("sallyport_handshake_failures_total", "counter"),
            entry("sallyport_handshake_seconds", "histogram"),
            entry("sallyport_handshake_seconds_max", "gauge"),
            entry("sallyport_handshakes_total", "counter"),
            entry("sallyport_ocsp_requests_total", "counter"),
            entry("sallyport_passthrough_connections_total", "counter"),
            entry("sallyport_relayed_bytes_total", "counter"),
            entry("sallyport_reload_last_success_timestamp_seconds", "gauge"),
            entry("sallyport_reloads_total", "counter"),
            entry("sallyport_upstream_connect_failures_total", "counter"),
            entry("sallyport_upstream_connects_total", "counter"));
    channel.finish();
  }

  @Test
  void saysWhichVersionRuns() {
    assertSeries("sallyport_build_info{version=\"1.2.3\"}", 1);
  }

  @Test
  void countsWhatHappensToConnections() {
    ListenerEvents events = telemetry.inbound("web");
    for (int i = 0; i < 3; i++) {
      events.opened();
    }
    events.closed(CloseReason.DRAIN_DEADLINE);
    events.relayed(Direction.TO_APPLICATION, 5_000_000_000L);
    events.relayed(Direction.TO_APPLICATION, 1);
    events.relayed(Direction.TO_PEER, 7);
    events.denied(new Refused(Denial.NO_RULE_MATCHED, "eve", "10.0.0.1:1", null, () -> null));
    events.connectionLimitReached();
    events.passedThrough();

    assertSeries("sallyport_connections_total{listener=\"web\"}", 3);
    assertSeries("sallyport_connections_active{listener=\"web\"}", 2);
    assertSeries(
        "sallyport_connections_closed_total{listener=\"web\",reason=\"drain_deadline\"}", 1);
    assertSeries(
        "sallyport_relayed_bytes_total{direction=\"to_application\",listener=\"web\"}",
        5_000_000_001L);
    assertSeries("sallyport_relayed_bytes_total{direction=\"to_peer\",listener=\"web\"}", 7);
    assertSeries("sallyport_denials_total{listener=\"web\",reason=\"no_rule_matched\"}", 1);
    assertSeries("sallyport_connection_limit_reached_total{listener=\"web\"}", 1);
    assertSeries("sallyport_passthrough_connections_total{listener=\"web\"}", 1);
    assertThat(telemetry.denials()).extracting(RecentDenial::peer).containsExactly("eve");
  }

  private static Answered request(@Nullable String method, int status, @Nullable Refusal refusal) {
    return new Answered(
        method,
        "/",
        "HTTP/1.1",
        status,
        refusal,
        true,
        null,
        0,
        0,
        TimeUnit.MILLISECONDS.toNanos(1),
        TimeUnit.MILLISECONDS.toNanos(30));
  }

  @Test
  void countsAndTimesRequestsWithoutALabelForWhateverAPeerThinksOf() {
    ListenerEvents events = telemetry.inbound("web");
    events.answered(request("GET", 200, null));
    events.answered(request("GET", 200, null));
    events.answered(request("BREW", 418, null));
    events.answered(request("get", 499, null));
    events.answered(request(null, 400, Refusal.MALFORMED_REQUEST));
    events.answered(request("POST", 599, null));
    events.answered(request("PATCH", 999, null));
    events.answered(request("PUT", 0, null));

    String requests = "sallyport_http_requests_total{listener=\"web\",method=";
    assertSeries(requests + "\"GET\",status=\"200\"}", 2);
    assertSeries(requests + "\"other\",status=\"4xx\"}", 2);
    assertSeries(requests + "\"other\",status=\"400\"}", 1);
    assertSeries(requests + "\"POST\",status=\"5xx\"}", 1);
    assertSeries(requests + "\"PATCH\",status=\"none\"}", 1);
    assertSeries(requests + "\"PUT\",status=\"none\"}", 1);
    assertSeries("sallyport_http_request_seconds_count{listener=\"web\"}", 8);
    assertSeries("sallyport_http_request_seconds_sum{listener=\"web\"}", 0.24);
    assertSeries("sallyport_http_request_seconds_bucket{listener=\"web\",le=\"0.025\"}", 0);
    assertSeries("sallyport_http_request_seconds_bucket{listener=\"web\",le=\"0.1\"}", 8);
    assertSeries("sallyport_http_refusals_total{listener=\"web\",reason=\"malformed_request\"}", 1);
  }

  @Test
  void countsAndTimesHandshakes() {
    ListenerEvents events = telemetry.inbound("web");
    events.handshakeCompleted("TLSv1.3", AES, false, CA, TimeUnit.MILLISECONDS.toNanos(3));
    events.handshakeCompleted("TLSv1.3", AES, true, CA, TimeUnit.MILLISECONDS.toNanos(30));
    events.handshakeFailed(HandshakeFailure.UNKNOWN_CA);

    String negotiated =
        "sallyport_handshakes_total{anchor=\"CN=test CA\",cipher=\"" + AES + "\",listener=\"web\"";
    assertSeries(negotiated + ",resumed=\"false\",version=\"TLSv1.3\"}", 1);
    assertSeries(negotiated + ",resumed=\"true\",version=\"TLSv1.3\"}", 1);
    assertSeries("sallyport_handshake_seconds_bucket{listener=\"web\",le=\"0.005\"}", 1);
    assertSeries("sallyport_handshake_seconds_bucket{listener=\"web\",le=\"0.1\"}", 2);
    assertSeries("sallyport_handshake_seconds_count{listener=\"web\"}", 2);
    assertSeries("sallyport_handshake_seconds_sum{listener=\"web\"}", 0.033);
    assertSeries("sallyport_handshake_failures_total{listener=\"web\",reason=\"unknown_ca\"}", 1);
  }

  @Test
  void makesNoLabelOfANameThatItDoesNotKnow() {
    ListenerEvents events = telemetry.inbound("web");
    for (int i = 0; i < 100; i++) {
      events.handshakeCompleted("TLSv" + i, "TLS_CHOSEN_BY_" + i, false, CA, 1);
    }

    assertThat(scrape().series().entrySet())
        .filteredOn(series -> series.getKey().startsWith("sallyport_handshakes_total"))
        .containsExactly(
            entry(
                "sallyport_handshakes_total{anchor=\"CN=test CA\",cipher=\"other\","
                    + "listener=\"web\",resumed=\"false\",version=\"other\"}",
                100.0));
  }

  @Test
  void ofThousandsOfAnchorsOnlySoManyBecomeLabels() {
    ListenerEvents events = telemetry.inbound("web");
    for (int i = 0; i < 200; i++) {
      events.handshakeCompleted("TLSv1.3", AES, false, "CN=" + i, 1);
    }
    events.handshakeCompleted("TLSv1.3", AES, false, "CN=1", 1);
    events.handshakeCompleted("TLSv1.3", AES, false, null, 1);

    String rest =
        "\",cipher=\"" + AES + "\",listener=\"web\",resumed=\"false\",version=\"TLSv1.3\"}";
    assertSeries("sallyport_handshakes_total{anchor=\"CN=1" + rest, 2);
    assertSeries("sallyport_handshakes_total{anchor=\"other" + rest, 100);
    assertSeries("sallyport_handshakes_total{anchor=\"none" + rest, 1);
  }

  @Test
  void tellsTheApplicationFromUpstreams() {
    telemetry.inbound("web").dialFailed(DialFailure.REFUSED);
    telemetry.inbound("web").dialled();
    telemetry.outbound("ledger").dialFailed(DialFailure.NAME_NOT_FOUND);
    telemetry.outbound("ledger").dialled();

    assertSeries("sallyport_app_connect_failures_total{listener=\"web\",reason=\"refused\"}", 1);
    assertSeries(
        "sallyport_upstream_connect_failures_total{listener=\"ledger\","
            + "reason=\"name_not_found\"}",
        1);
    assertSeries("sallyport_upstream_connects_total{listener=\"ledger\"}", 1);
    assertThat(scrape().series())
        .doesNotContainKey("sallyport_upstream_connects_total{listener=\"web\"}");
  }

  @Test
  void hasACounterAtZeroForEveryReasonBeforeItHappens() {
    telemetry.inbound("web");

    for (CloseReason reason : CloseReason.values()) {
      assertZero("sallyport_connections_closed_total", reason.label());
    }
    for (HandshakeFailure failure : HandshakeFailure.values()) {
      assertZero("sallyport_handshake_failures_total", failure.label());
    }
    for (Denial denial : Denial.values()) {
      assertZero("sallyport_denials_total", denial.label());
    }
    for (DialFailure failure : DialFailure.values()) {
      assertZero("sallyport_app_connect_failures_total", failure.label());
    }
  }

  @Test
  void countsQuestionsToOcspRespondersByWhatCameOfThem() {
    telemetry.ocsp().asked(OcspResult.STALE);

    for (OcspResult result : OcspResult.values()) {
      assertSeries(
          "sallyport_ocsp_requests_total{result=\"" + result.label() + "\"}",
          result == OcspResult.STALE ? 1 : 0);
    }
  }

  @Test
  void goesOnCountingWhenAListenerIsAskedForAgain() {
    ListenerEvents before = telemetry.inbound("web");
    before.opened();
    telemetry.inbound("web").opened();
    before.closed(CloseReason.PEER_CLOSED);

    assertSeries("sallyport_connections_total{listener=\"web\"}", 2);
    assertSeries("sallyport_connections_active{listener=\"web\"}", 1);
  }

  @Test
  void showsHowLongTheCertificateInUseHolds() {
    String notBefore = "sallyport_certificate_not_before_timestamp_seconds{identity=\"default\"}";
    String notAfter = "sallyport_certificate_not_after_timestamp_seconds{identity=\"default\"}";

    telemetry.certificates(Map.of("default", until(1_800_000_000)));
    assertSeries(notBefore, 1_700_000_000);
    assertSeries(notAfter, 1_800_000_000);
    telemetry.certificates(Map.of("default", until(1_900_000_000)));
    assertSeries(notAfter, 1_900_000_000);
    telemetry.certificates(Map.of("other", until(1_900_000_000)));
    assertThat(scrape().series()).doesNotContainKey(notBefore).doesNotContainKey(notAfter);
  }

  private static Validity until(long end) {
    return new Validity(Instant.ofEpochSecond(1_700_000_000), Instant.ofEpochSecond(end));
  }

  @Test
  void showsHowManyConnectionsMayBeOpen() {
    String series = "sallyport_connections_limit{listener=\"web\"}";

    telemetry.connectionLimits(Map.of("web", 10L));
    assertSeries(series, 10);
    telemetry.connectionLimits(Map.of("web", 20L));
    assertSeries(series, 20);
    telemetry.connectionLimits(Map.of("other", 20L));
    assertThat(scrape().series()).doesNotContainKey(series);
  }

  @Test
  void countsMessagesThatWereSealedAndOpenedByWhatCameOfThem() {
    ListenerEvents events = telemetry.inbound("web");
    events.done(Operation.SEAL);
    events.done(Operation.SEAL);
    events.failed(Operation.OPEN, EnvelopeFailure.TRUNCATED);

    for (Operation operation : Operation.values()) {
      String series =
          "sallyport_envelope_messages_total{listener=\"web\",operation=\""
              + operation.label()
              + "\",result=\"";
      assertSeries(series + "success\"}", operation == Operation.SEAL ? 2 : 0);
      for (EnvelopeFailure failure : EnvelopeFailure.values()) {
        boolean happened = operation == Operation.OPEN && failure == EnvelopeFailure.TRUNCATED;
        assertSeries(series + failure.label() + "\"}", happened ? 1 : 0);
      }
    }
  }

  @Test
  void showsTheNoncesOfTheRawKeysThatThereAreNow() throws Exception {
    EnvelopeKey raw = key("r", KeyUse.RAW, 1);
    RawSealer sealer = new RawSealer(raw, 1);
    String series = "sallyport_envelope_nonces_used{key=\"r\",key_ring=\"main\"}";

    telemetry.keyRings(Map.of("main", KeyRing.of(List.of(raw, key("s", KeyUse.SEALED, 2)))));
    sealer.seal(Unpooled.buffer(1).writeByte(1), Unpooled.buffer());
    assertSeries(series, 1);
    assertThat(scrape().series()).doesNotContainKey(series.replace("\"r\"", "\"s\""));

    telemetry.keyRings(Map.of("main", KeyRing.of(List.of(key("r", KeyUse.RAW, 3)))));
    assertSeries(series, 0);

    telemetry.keyRings(Map.of("other", KeyRing.of(List.of(raw))));
    assertSeries(series.replace("main", "other"), 1);
    assertThat(scrape().series()).doesNotContainKey(series);
  }

  private static EnvelopeKey key(String id, KeyUse use, int fill) {
    byte[] secret = new byte[EnvelopeKey.SECRET_BYTES];
    Arrays.fill(secret, (byte) fill);
    return EnvelopeKey.of(id, use, KeyState.PRIMARY, secret);
  }

  @Test
  void measuresHowLateALoopIs() {
    EmbeddedChannel channel = new EmbeddedChannel();
    channel.freezeTime();
    telemetry.watch(channel.eventLoop());

    for (long lateMillis : List.of(300L, 0L)) {
      channel.advanceTimeBy(EventLoopDelay.PERIOD_NANOS, TimeUnit.NANOSECONDS);
      channel.advanceTimeBy(lateMillis, TimeUnit.MILLISECONDS);
      channel.runScheduledPendingTasks();
    }

    assertSeries("sallyport_eventloop_delay_seconds_bucket{le=\"0.001\"}", 1);
    assertSeries("sallyport_eventloop_delay_seconds_bucket{le=\"0.1\"}", 1);
    assertSeries("sallyport_eventloop_delay_seconds_bucket{le=\"1.0\"}", 2);
    assertSeries("sallyport_eventloop_delay_seconds_sum", 0.3);
    channel.finish();
  }

  @Test
  void showsTheProcess() {
    assertThat(scrape().types().entrySet())
        .contains(
            entry("process_cpu_seconds_total", "counter"),
            entry("process_start_time_seconds", "gauge"));
    assertThat(scrape().series().get("process_cpu_seconds_total")).isPositive();
  }

  private Scrape scrape() {
    return Scrape.of(telemetry);
  }

  private void assertSeries(String series, double value) {
    assertThat(scrape().series()).containsEntry(series, value);
  }

  private void assertZero(String counter, String reason) {
    assertSeries(counter + "{listener=\"web\",reason=\"" + reason + "\"}", 0);
  }
}
