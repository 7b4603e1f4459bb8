package io.sallyport.listener;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.embedded.EmbeddedChannel;
import io.sallyport.config.Allow;
import io.sallyport.config.OutboundConfig;
import io.sallyport.identity.PeerRole;
import io.sallyport.relay.CloseReason;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.SSLException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A connection that went out, beside the one that it first went out for. */
final class PeerConnectionTest {

  private final AdmissionTest.Recorder events = new AdmissionTest.Recorder();
  private final List<Connection> admitted = new ArrayList<>();
  private final Admission admission =
      new Admission(
          "out",
          () -> AdmissionTest.limits(1, 1),
          events,
          (connection, channel) -> admitted.add(connection));
  private final EmbeddedChannel server = new EmbeddedChannel(admission);
  private final EmbeddedChannel application = new EmbeddedChannel();
  private final EmbeddedChannel channel = new EmbeddedChannel();
  private final List<CloseReason> cuts = new ArrayList<>();
  private final Terms<OutboundConfig> terms = terms(1);

  PeerConnectionTest() throws SSLException {}

  @BeforeEach
  void accept() {
    server.writeInbound(application);
    admission.admitted(server.<EmbeddedChannel>readInbound());
  }

  @AfterEach
  void release() {
    channel.finishAndReleaseAll();
    application.finishAndReleaseAll();
    server.finishAndReleaseAll();
  }

  private static Terms<OutboundConfig> terms(long generation) throws SSLException {
    return ListenerRig.outbound(generation, new Allow.HostName());
  }

  private PeerConnection goOut() {
    PeerConnection out = admitted.get(0).goOut(channel, terms, "peer.test:443");
    out.onCut(cuts::add);
    return out;
  }

  private static void run(EmbeddedChannel on) {
    on.runPendingTasks();
  }

  private void end(EmbeddedChannel on) {
    on.close();
    run(on);
  }

  @Test
  void takesNoSlotAndIsWaitedForAtTheEnd() {
    goOut();
    assertThat(admission.connections()).isOne();
    var drained = admission.stopped();

    end(application);
    assertThat(admission.connections()).isZero();
    assertThat(drained).isNotDone();

    end(channel);
    assertThat(drained).isCompleted();
    assertThat(events.closed).hasSize(1);
  }

  @Test
  void isToldToGoWithTheOthers() {
    List<String> told = new ArrayList<>();
    goOut().onLeave(() -> told.add("go"));
    admission.stopped();
    run(channel);
    assertThat(told).containsExactly("go");
  }

  @Test
  void isToldToGoOnlyWhenTheTermsAreOthers() throws SSLException {
    List<String> told = new ArrayList<>();
    PeerConnection out = goOut();
    out.onLeave(() -> told.add("go"));
    admission.goOutOn(terms);
    run(channel);
    assertThat(told).isEmpty();
    assertThat(out.isLeaving()).isFalse();

    admission.goOutOn(terms(2));
    run(channel);
    assertThat(told).containsExactly("go");
    assertThat(out.isLeaving()).isTrue();
  }

  @Test
  void whoGoesOutAfterAllHaveBeenCutIsCutToo() {
    admission.cut(CloseReason.DRAIN_DEADLINE);

    goOut();
    run(channel);

    assertThat(channel.isOpen()).isFalse();
    assertThat(cuts).containsExactly(CloseReason.DRAIN_DEADLINE);
  }

  @Test
  void whoeverUsesItIsToldWhyBeforeItIsCut() {
    PeerConnection out = goOut();
    out.onCut(
        reason -> {
          assertThat(channel.isOpen()).isTrue();
          cuts.add(reason);
        });

    out.cut(CloseReason.NO_LONGER_ALLOWED);
    run(channel);

    assertThat(cuts).containsExactly(CloseReason.NO_LONGER_ALLOWED);
    assertThat(channel.isOpen()).isFalse();
    assertThat(application.isOpen()).isTrue();
  }

  @Test
  void oneThatHasBecomeAStreamStandsAndFallsWithItsOwner() {
    PeerConnection out = goOut();
    Standing shown = new Standing(List.of(), PeerRole.SERVER, "peer.test", null);
    out.stands(shown);
    out.peerIs("peer.test");
    Connection owner = admitted.get(0);

    PeerConnection.of(channel).giveTo(owner);

    assertThat(owner.standing()).isEqualTo(shown);
    assertThat(owner.peer()).isEqualTo("peer.test");
    assertThat(out.standing()).isNull();
    out.cut(CloseReason.DRAIN_DEADLINE);
    run(channel);
    assertThat(channel.isOpen()).isTrue(); // its owner is to tell why

    owner.cut(CloseReason.DRAIN_DEADLINE);
    run(application);
    run(channel);

    assertThat(channel.isOpen()).isFalse();
    assertThat(events.closed).containsExactly(CloseReason.DRAIN_DEADLINE);
    assertThat(cuts).isEmpty();
  }
}
