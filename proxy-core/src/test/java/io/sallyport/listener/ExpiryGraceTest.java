package io.sallyport.listener;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.embedded.EmbeddedChannel;
import io.sallyport.identity.PeerRole;
import io.sallyport.identity.ProvenChain;
import io.sallyport.testcerts.TestCa;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** When an open connection whose peer's certificate has expired has to go. */
final class ExpiryGraceTest {

  private static final int CONNECTIONS = 200;
  private static final Duration GRACE = Duration.ofHours(1);
  private static final Instant END = Instant.parse("2026-01-01T00:00:00Z");

  private final List<EmbeddedChannel> channels = new ArrayList<>();
  private final List<Connection> connections = new ArrayList<>();

  ExpiryGraceTest() {
    AdmissionTest.Recorder events = new AdmissionTest.Recorder();
    Admission admission =
        new Admission(
            "web",
            () -> AdmissionTest.limits(CONNECTIONS, CONNECTIONS),
            events,
            (connection, c) -> {});
    X509Certificate ca = TestCa.create().certificate();
    ProvenChain proof =
        new ProvenChain("a bundle", ca, "CA", Instant.EPOCH, END, Instant.MAX, List.of());
    for (int i = 0; i < CONNECTIONS; i++) {
      EmbeddedChannel channel = new EmbeddedChannel();
      channels.add(channel);
      Connection connection = new Connection("web", channel, events, admission);
      connection.stands(new Standing(List.of(ca), PeerRole.CLIENT, null, proof));
      connections.add(connection);
    }
  }

  @AfterEach
  void release() {
    channels.forEach(EmbeddedChannel::finishAndReleaseAll);
  }

  private long goneBy(Instant now, Duration grace) {
    return connections.stream().filter(each -> each.isPastGrace(now, grace)).count();
  }

  @Test
  void nobodyGoesInTheFirstNineTenthsOfTheGraceAndNobodyStaysBeyondIt() {
    assertThat(goneBy(END.plus(GRACE.multipliedBy(9).dividedBy(10)), GRACE)).isZero();
    assertThat(goneBy(END.plus(GRACE).plusMillis(1), GRACE)).isEqualTo(CONNECTIONS);
  }

  @Test
  void theyGoOneAfterTheOtherInTheLastTenth() {
    long before = 0;
    for (int percent = 92; percent < 100; percent += 2) {
      long gone = goneBy(END.plus(GRACE.multipliedBy(percent).dividedBy(100)), GRACE);
      assertThat(gone).as("by %d %%", percent).isGreaterThan(before).isLessThan(CONNECTIONS);
      before = gone;
    }
  }

  @Test
  void aConnectionDoesNotChangeItsMind() {
    Instant middle = END.plus(GRACE.multipliedBy(95).dividedBy(100));

    assertThat(goneBy(middle, GRACE)).isEqualTo(goneBy(middle, GRACE));
  }

  @Test
  void withoutAGraceTheyAllGoWithTheCertificate() {
    assertThat(goneBy(END, Duration.ZERO)).isZero();
    assertThat(goneBy(END.plusMillis(1), Duration.ZERO)).isEqualTo(CONNECTIONS);
  }
}
