package io.sallyport.inbound;

import static java.util.Objects.requireNonNull;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.EventLoop;
import io.sallyport.config.Address;
import io.sallyport.config.BodyEnvelopeConfig;
import io.sallyport.config.HttpConfig;
import io.sallyport.config.HttpLimits;
import io.sallyport.config.InboundConfig;
import io.sallyport.config.ListenerConfig.Tls;
import io.sallyport.http.AccessLog;
import io.sallyport.http.Answered;
import io.sallyport.http.AppConnections;
import io.sallyport.http.BodyEnvelope;
import io.sallyport.http.Http1Front;
import io.sallyport.http.Http2Front;
import io.sallyport.http.HttpLimit;
import io.sallyport.http.Refusal;
import io.sallyport.http.RequestHead;
import io.sallyport.http.Rewriting;
import io.sallyport.http.Service;
import io.sallyport.identity.Identity;
import io.sallyport.identity.ServerNames;
import io.sallyport.listener.Connection;
import io.sallyport.listener.LingeringClose;
import io.sallyport.listener.RelayDeadlines;
import io.sallyport.listener.RequestEnvelope;
import io.sallyport.listener.Terms;
import io.sallyport.listener.TlsSession;
import io.sallyport.policy.AllowRules;
import io.sallyport.policy.Asked;
import io.sallyport.policy.Denial;
import io.sallyport.policy.Peer;
import io.sallyport.policy.Verdict;
import io.sallyport.relay.CloseReason;
import io.sallyport.relay.ConnectionEvents.Direction;
import io.sallyport.relay.EndOfStream;
import io.sallyport.relay.RelayEvents;
import io.sallyport.relay.RelayTimeouts;
import org.jspecify.annotations.Nullable;

/** HTTP to the application: each request is judged, by the rules of the moment it comes. */
final class HttpEntry implements InboundGate.Entry, Service {

  private final InboundListener listener;
  private final Connection connection;

  /** Of when it was accepted: what the listener has shown, and may have become since. */
  private final Terms<InboundConfig> terms;

  private final LingeringClose lingering;
  private final Http1Front front;
  private final EventLoop loop;

  private @Nullable Peer peer;
  private @Nullable Identity shown;
  private @Nullable Rewriting rewriting;

  HttpEntry(
      InboundListener listener,
      Connection connection,
      Terms<InboundConfig> terms,
      LingeringClose lingering,
      EndOfStream peerEnd) {
    this.listener = listener;
    this.connection = connection;
    this.terms = terms;
    this.lingering = lingering;
    connection.carriesRequests();
    this.loop = connection.accepted().eventLoop();
    this.front = new Http1Front(this, peerEnd, loop);
  }

  /** Last in the pipeline; gives way to another when HTTP/2 is agreed on. */
  Http1Front front() {
    return front;
  }

  @Override
  public void enter(ChannelHandlerContext ctx, TlsSession settled) {
    peer = settled.peer();
    shown = terms.identity().names().selected(settled.serverName());
    rewriting =
        Rewriting.of(
            config(),
            peer,
            settled.chain(),
            shown == null ? null : shown.leaf(),
            ctx.channel().remoteAddress(),
            connection.calledAt());
    if (Tls.HTTP_2.equals(settled.alpn())) {
      Http2Front multiplexed = Http2Front.of(this, loop);
      ctx.pipeline().replace(front, null, multiplexed);
      connection.onLeave(multiplexed::leave);
      if (connection.isToldToLeave()) {
        multiplexed.leave(); // it was shaking hands; of HTTP/1.1 one request is waited for
      }
    } else {
      connection.onLeave(front::leave);
      front.open();
    }
  }

  private HttpConfig config() {
    return http(listener.live().current());
  }

  /** The listener may carry something else by now; this connection does not, and ends soon. */
  private HttpConfig http(Terms<InboundConfig> of) {
    HttpConfig now = of.config().http();
    return now != null ? now : requireNonNull(terms.config().http());
  }

  @Override
  public Direction requestsGo() {
    return Direction.TO_APPLICATION;
  }

  @Override
  public HttpLimits limits() {
    return config().limits();
  }

  @Override
  public RelayTimeouts timeouts() {
    return RelayDeadlines.of(listener.live().current().config().limits());
  }

  @Override
  public Judgement judge(RequestHead head) {
    Terms<InboundConfig> now = listener.live().current();
    HttpConfig http = http(now);
    return new Judgement(
        refusal(head, now.rules()),
        listener
            .applications()
            .at(
                AppConnections.Target.of(
                    now.config(), forward(now.config()), http.appProtocol(), http.limits())),
        now.rules().namesMethods(),
        envelope(now, head));
  }

  /** The listener may be captured by now, or be so no more; this connection ends soon then. */
  private Address forward(InboundConfig now) {
    Address captured = connection.destination();
    if (captured != null) {
      return captured;
    }
    return now.forward() != null ? now.forward() : requireNonNull(terms.config().forward());
  }

  /** One that the listener has no more with its new protocol still holds for who began with it. */
  private @Nullable BodyEnvelope envelope(Terms<InboundConfig> now, RequestHead head) {
    Terms<InboundConfig> by = now.config().http() == null ? terms : now;
    return by.config().envelope() instanceof BodyEnvelopeConfig config
        ? new BodyEnvelope(
            config,
            requireNonNull(by.keys()),
            head,
            new RequestEnvelope(connection, listener.events(), head))
        : null;
  }

  private @Nullable Refusal refusal(RequestHead head, AllowRules rules) {
    ServerNames names = terms.identity().names();
    if (names.identities().size() > 1 && names.selected(head.host()) != shown) {
      return Refusal.MISDIRECTED;
    }
    Asked asked = new Asked(head.methodName(), head.host(), head.path());
    Verdict verdict = rules.judgeRequest(peer, asked);
    if (verdict instanceof Verdict.Denied denied) {
      connection.requestDenied(
          denied.reason(), asked, head.target(), () -> rules.nearest(peer, asked));
      return denied.reason() == Denial.AMBIGUOUS_PATH ? Refusal.AMBIGUOUS_PATH : Refusal.DENIED;
    }
    if (verdict instanceof Verdict.Audited audited) {
      connection.audited(audited.reason());
    }
    return null;
  }

  @Override
  public Rewriting rewriting() {
    return requireNonNull(rewriting);
  }

  @Override
  public boolean isLeaving() {
    return connection.isLeaving();
  }

  @Override
  public void lingerOnClose() {
    lingering.lingerOnClose();
  }

  @Override
  public RelayEvents events() {
    return connection;
  }

  @Override
  public void track(Channel channel) {
    connection.track(channel);
  }

  @Override
  public void ending(CloseReason reason, @Nullable String word, @Nullable String words) {
    connection.ending(reason, word, words);
  }

  @Override
  public void limitReached(HttpLimit limit) {
    listener.events().limitReached(limit);
  }

  @Override
  public void answered(Answered request) {
    listener.events().answered(request);
    AccessLog.write(
        config().accessLog(),
        terms.config().name(),
        connection.remoteText(),
        connection.peer(),
        connection::id,
        request);
  }
}
