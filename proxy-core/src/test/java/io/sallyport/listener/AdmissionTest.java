package io.sallyport.listener;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.embedded.EmbeddedChannel;
import io.sallyport.config.Limits;
import io.sallyport.envelope.EnvelopeFailure;
import io.sallyport.http.Answered;
import io.sallyport.http.HttpLimit;
import io.sallyport.identity.HandshakeFailure;
import io.sallyport.policy.Denial;
import io.sallyport.relay.CloseReason;
import io.sallyport.upstream.DialFailure;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class AdmissionTest {

  private final Recorder events = new Recorder();
  private final List<Connection> admitted = new ArrayList<>();
  private final Admission admission =
      new Admission(
          "web", () -> limits(2, 2), events, (connection, channel) -> admitted.add(connection));
  private final EmbeddedChannel server = new EmbeddedChannel(admission);
  private final List<EmbeddedChannel> accepted = new ArrayList<>();

  @AfterEach
  void release() {
    accepted.forEach(EmbeddedChannel::finishAndReleaseAll);
    server.finishAndReleaseAll();
  }

  static Limits limits(int connections, int handshakes) {
    return new Limits(
        connections,
        handshakes,
        Duration.ofSeconds(1),
        Duration.ofSeconds(1),
        Duration.ZERO,
        Duration.ZERO,
        Duration.ZERO,
        Duration.ofHours(1),
        Duration.ofSeconds(1));
  }

  /** As Netty does it: read from the listening channel, then registered with its loop. */
  private EmbeddedChannel accept() {
    EmbeddedChannel channel = new EmbeddedChannel();
    accepted.add(channel);
    if (server.writeInbound(channel)) {
      EmbeddedChannel passedOn = server.readInbound();
      admission.admitted(passedOn);
    }
    return channel;
  }

  private static void end(EmbeddedChannel channel) {
    channel.close();
    channel.runPendingTasks();
  }

  @Test
  void pausesAtTheLimitAndResumesWhenASlotFrees() {
    EmbeddedChannel first = accept();
    assertThat(server.config().isAutoRead()).isTrue();
    admitted.get(0).established();
    accept();
    assertThat(server.config().isAutoRead()).isFalse();
    assertThat(events.limitReached).isOne();

    end(first);
    server.runPendingTasks();

    assertThat(server.config().isAutoRead()).isTrue();
    assertThat(admission.connections()).isOne();
    assertThat(admission.accepted()).isEqualTo(2);
  }

  @Test
  void keepsTheSurplusOfABurstUntilThereIsRoom() {
    EmbeddedChannel first = accept();
    admitted.get(0).established();
    accept();
    EmbeddedChannel surplus = accept();
    assertThat(admitted).hasSize(2);
    assertThat(surplus.isOpen()).isTrue();

    end(first);
    server.runPendingTasks();

    EmbeddedChannel admittedNow = server.readInbound();
    assertThat(admittedNow).isSameAs(surplus);
    assertThat(admission.connections()).isEqualTo(2);
    assertThat(server.config().isAutoRead()).isFalse();
    assertThat(events.limitReached).isEqualTo(2);
  }

  @Test
  void closesTheSurplusWithTheListener() {
    accept();
    accept();
    EmbeddedChannel surplus = accept();

    end(server);

    assertThat(surplus.isOpen()).isFalse();
    assertThat(events.opened).isEqualTo(2);
  }

  @Test
  void refusesWhoComesBeyondTheHandshakesAndKeepsNothingOfIt() {
    Admission narrow =
        new Admission(
            "web", () -> limits(10, 1), events, (connection, channel) -> admitted.add(connection));
    EmbeddedChannel listening = new EmbeddedChannel(narrow);
    EmbeddedChannel first = new EmbeddedChannel();
    EmbeddedChannel second = new EmbeddedChannel();
    accepted.add(first);
    accepted.add(second);
    listening.writeInbound(first);
    listening.writeInbound(second);

    assertThat(second.isOpen()).isFalse();
    assertThat(narrow.connections()).isOne();
    assertThat(events.closed).containsExactly(CloseReason.HANDSHAKE_LIMIT);

    narrow.admitted(first);
    admitted.get(0).established();
    admitted.get(0).established();
    EmbeddedChannel third = new EmbeddedChannel();
    accepted.add(third);
    listening.writeInbound(third);
    assertThat(third.isOpen()).isTrue();
    assertThat(narrow.connections()).isEqualTo(2);
    listening.releaseInbound();
    listening.finishAndReleaseAll();
  }

  @Test
  void isDrainedWhenTheLastConnectionHasEnded() {
    EmbeddedChannel only = accept();
    var drained = admission.stopped();
    assertThat(drained).isNotDone();

    end(only);

    assertThat(drained).isCompleted();
    assertThat(events.opened).isOne();
    assertThat(events.closed).hasSize(1);
  }

  @Test
  void cutsThoseTooWhoAreOnTheirWayBetweenTwoLoops() {
    EmbeddedChannel onItsWay = new EmbeddedChannel();
    accepted.add(onItsWay);
    server.writeInbound(onItsWay);
    EmbeddedChannel passedOn = server.readInbound();

    admission.cut(CloseReason.DRAIN_DEADLINE);
    admission.admitted(passedOn);
    passedOn.runPendingTasks();

    assertThat(admitted).isEmpty();
    assertThat(onItsWay.isOpen()).isFalse();
    assertThat(events.closed).containsExactly(CloseReason.DRAIN_DEADLINE);
    assertThat(admission.connections()).isZero();
  }

  @Test
  void tellsWhatCutAProperEndShort() {
    EmbeddedChannel channel = accept();
    Connection connection = admitted.get(0);
    connection.ending(CloseReason.APPLICATION_CLOSED);
    connection.ending(CloseReason.PEER_CLOSED);
    connection.ending(CloseReason.HALF_CLOSE_TIMEOUT);
    connection.ending(CloseReason.PEER_RESET);

    end(channel);

    assertThat(events.closed).containsExactly(CloseReason.HALF_CLOSE_TIMEOUT);
  }

  @Test
  void aConnectionEndsWithTheLastOfItsChannels() {
    EmbeddedChannel channel = accept();
    EmbeddedChannel other = new EmbeddedChannel();
    accepted.add(other);
    admitted.get(0).track(other);

    end(channel);
    assertThat(admission.connections()).isOne();

    end(other);
    assertThat(admission.connections()).isZero();
    assertThat(events.closed).hasSize(1);
  }

  static final class Recorder implements ListenerEvents {
    int opened;
    int limitReached;
    final List<CloseReason> closed = new ArrayList<>();
    final List<HandshakeFailure> failedHandshakes = new ArrayList<>();

    @Override
    public void opened() {
      opened++;
    }

    @Override
    public void relayed(Direction direction, long bytes) {}

    @Override
    public void closed(CloseReason reason) {
      closed.add(reason);
    }

    @Override
    public void denied(Refused refused) {}

    @Override
    public void audited(Denial denial) {}

    @Override
    public void passedThrough() {}

    @Override
    public void peerConnectionOpened() {}

    @Override
    public void peerConnectionClosed(CloseReason reason) {}

    @Override
    public void requestBegun() {}

    @Override
    public void requestEnded() {}

    @Override
    public void retried() {}

    @Override
    public void retryRefused() {}

    @Override
    public void connectionLimitReached() {
      limitReached++;
    }

    @Override
    public void handshakeCompleted(
        String version, String cipher, boolean resumed, @Nullable String anchor, long nanos) {}

    @Override
    public void handshakeFailed(HandshakeFailure failure) {
      failedHandshakes.add(failure);
    }

    @Override
    public void dialled() {}

    @Override
    public void dialFailed(DialFailure failure) {}

    @Override
    public void done(Operation operation) {}

    @Override
    public void failed(Operation operation, EnvelopeFailure failure) {}

    @Override
    public void answered(Answered request) {}

    @Override
    public void limitReached(HttpLimit limit) {}
  }
}
