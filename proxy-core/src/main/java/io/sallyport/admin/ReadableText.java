package io.sallyport.admin;

import io.sallyport.config.Setting;
import io.sallyport.listener.ConnectionView;
import io.sallyport.policy.NearestRule;
import io.sallyport.telemetry.RecentDenial;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the JSON pages say, for people at a terminal: lines of printable ASCII, so that a name in a
 * certificate can play no tricks there.
 */
final class ReadableText {

  private final StringBuilder out = new StringBuilder(1024);
  private final Instant now;

  private ReadableText(Instant now) {
    this.now = now;
  }

  static String of(ProxyView.Status status, Instant now) {
    ReadableText text = new ReadableText(now);
    text.line(
        "sallyport %s is %s, for %s"
            .formatted(status.version(), status.state().label(), text.since(status.startedAt())));
    text.line(
        "files last served by as a whole %s ago"
            .formatted(text.since(status.reload().lastSuccess())));
    status
        .reload()
        .problems()
        .forEach(problem -> text.line("reload failed: %s".formatted(problem)));
    status.listeners().forEach(text::listener);
    status.identities().forEach(text::identity);
    status.keyRings().forEach(text::keyRing);
    return text.out.toString();
  }

  static String of(List<RecentDenial> denials, Instant now) {
    ReadableText text = new ReadableText(now);
    if (denials.isEmpty()) {
      text.line("nobody was refused");
    }
    denials.forEach(text::denial);
    return text.out.toString();
  }

  static String of(ProxyView.Connections open, Instant now) {
    ReadableText text = new ReadableText(now);
    text.line("%d open".formatted(open.total()));
    for (ProxyView.PeerConnections peer : open.peers()) {
      text.line(
          "%d of %s at %s".formatted(peer.connections(), nameOf(peer.peer()), peer.listener()));
    }
    open.newest().forEach(text::connection);
    return text.out.toString();
  }

  static String ofSettings(List<Setting> settings) {
    ReadableText text = new ReadableText(Instant.EPOCH);
    if (settings.isEmpty()) {
      text.line("all is said by flags");
    }
    for (Setting setting : settings) {
      String from = setting.from().isEmpty() ? "environment" : setting.from();
      text.line("%s = %s (%s)".formatted(setting.path(), setting.value(), from));
    }
    return text.out.toString();
  }

  private void connection(ConnectionView connection) {
    Instant notAfter = connection.peerNotAfter();
    line(
        "%s at %s: %s %s, for %s%s%s"
            .formatted(
                connection.id(),
                connection.listener(),
                nameOf(connection.peer()),
                connection.remote() == null
                    ? "to " + connection.endpoint()
                    : "from " + connection.remote(),
                lasting(Duration.ofMillis(connection.ageMillis())),
                connection.bytesToPeer() == null
                    ? ""
                    : ", %d bytes to the application, %d to the peer"
                        .formatted(connection.bytesToApplication(), connection.bytesToPeer()),
                notAfter == null
                    ? ""
                    : ", certificate until " + notAfter.truncatedTo(ChronoUnit.SECONDS)));
  }

  private static String nameOf(@Nullable String peer) {
    return peer == null ? "nobody proven" : peer;
  }

  private void listener(ProxyView.ListenerStatus listener) {
    line(
        "%s %s: %s to %s%s; %d open, %d accepted"
            .formatted(
                listener.direction(),
                listener.name(),
                listener.address(),
                String.join(", ", listener.target()),
                listener.identities().isEmpty()
                    ? ""
                    : " as " + String.join(", ", listener.identities()),
                listener.connectionsActive(),
                listener.connectionsTotal()));
  }

  private void identity(ProxyView.IdentityStatus identity) {
    ProxyView.CertificateStatus leaf = identity.leaf();
    Duration left = Duration.between(now, leaf.notAfter());
    line(
        "identity %s: %s (%s), %s, generation %d%s"
            .formatted(
                identity.name(),
                leaf.subject(),
                String.join(", ", leaf.names()),
                left.isNegative()
                    ? "expired " + lasting(left.negated()) + " ago"
                    : lasting(left) + " left",
                identity.generation(),
                identity.source() == null ? "" : ", from " + identity.source()));
  }

  private void keyRing(ProxyView.KeyRingStatus ring) {
    for (ProxyView.KeyStatus key : ring.keys()) {
      line(
          "key %s of %s: %s, %s%s"
              .formatted(
                  key.id(),
                  ring.name(),
                  key.use(),
                  key.state(),
                  key.noncesUsed() == null ? "" : ", nonces used " + key.noncesUsed()));
    }
  }

  private void denial(RecentDenial denial) {
    line(
        "%s at %s: %s from %s, %s, last %s ago, first %s ago%s"
            .formatted(
                denial.reason().label(),
                denial.listener(),
                nameOf(denial.peer()),
                denial.remote(),
                times(denial.count()),
                since(denial.last()),
                since(denial.first()),
                nearest(denial.nearest())));
    for (RecentDenial.Request request : denial.requests()) {
      line(
          "  %s %s%s, %s, last %s ago%s"
              .formatted(
                  request.method(),
                  request.host(),
                  request.path(),
                  times(request.count()),
                  since(request.last()),
                  nearest(request.nearest())));
    }
  }

  private static String nearest(@Nullable NearestRule rule) {
    return rule == null
        ? ""
        : "; nearest rule %s, but for %s"
            .formatted(rule.setting(), String.join(", ", rule.failedOn()));
  }

  private static String times(long count) {
    return count == 1 ? "once" : count + " times";
  }

  private String since(Instant then) {
    return lasting(Duration.between(then, now));
  }

  /** Two units at most, such as 3d 4h; clocks that disagree make it 0s. */
  static String lasting(Duration time) {
    long seconds = Math.max(0, time.toSeconds());
    if (seconds >= 86_400) {
      return seconds / 86_400 + "d " + seconds % 86_400 / 3600 + "h";
    }
    if (seconds >= 3600) {
      return seconds / 3600 + "h " + seconds % 3600 / 60 + "m";
    }
    return seconds >= 60 ? seconds / 60 + "m " + seconds % 60 + "s" : seconds + "s";
  }

  private void line(String text) {
    out.append(text.replaceAll("[^ -~]", "?")).append('\n');
  }
}
