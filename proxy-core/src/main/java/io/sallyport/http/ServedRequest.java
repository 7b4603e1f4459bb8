package io.sallyport.http;

import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.sallyport.relay.CloseReason;
import org.jspecify.annotations.Nullable;

/**
 * One request and what its sender is answered, whatever version of HTTP it came in: it is judged,
 * written anew, passed on, watched and counted. Belongs to the event loop of its connection.
 */
abstract class ServedRequest implements Asker {

  private final Service service;
  private final FrontDeadlines deadlines;
  private final long begunAt;
  private long respondedAt;

  private @Nullable HttpMethod method;
  private @Nullable String target;
  private @Nullable Answerers answerers;
  private @Nullable Conversation exchange;
  private long requestBytes;
  private long responseBytes;
  private int status;
  private boolean hasBody;
  private boolean requestDone;
  private boolean responseDone;
  private boolean told;

  ServedRequest(Service service, FrontDeadlines deadlines) {
    this.service = service;
    this.deadlines = deadlines;
    this.begunAt = deadlines.now();
  }

  /** In which it came, as it is logged. */
  abstract HttpVersion version();

  /** A part of the body is for nobody. */
  abstract void bodyDropped();

  /** Answers with this, which is the end of it. */
  abstract void answer(Refusal refusal, @Nullable String detail);

  /** Ends what has been begun in a way that nobody can take for a proper end. */
  abstract void breakOff(CloseReason reason, @Nullable String detail);

  final Service service() {
    return service;
  }

  final boolean requestDone() {
    return requestDone;
  }

  final boolean responseDone() {
    return responseDone;
  }

  /** An answer has begun, so that whoever ends it now has had something for what it cost. */
  final boolean isAnswered() {
    return respondedAt != 0 || responseDone;
  }

  /** There is more to come of the request. */
  final boolean bodyUnderWay() {
    return hasBody && !requestDone;
  }

  final boolean isToHead() {
    return HttpMethod.HEAD.equals(method);
  }

  // The request.

  /**
   * @param request in the form of HTTP/1.1; is changed and passed on
   * @param length of its body, as {@link BodyLength} has it
   * @param upgrade the protocol that it asks to change to, null for none
   */
  final void begin(HttpRequest request, RequestHead head, long length, @Nullable String upgrade) {
    method = request.method();
    target = head.target();
    hasBody = length != 0;
    deadlines.requestBegun(hasBody && !HttpUtil.is100ContinueExpected(request), this::taken);
    Service.Judgement judgement = service.judge(head);
    Refusal refusal = judgement.refusal();
    if (refusal == null && length > mostBytes()) {
      refusal = Refusal.BODY_TOO_LARGE;
    }
    if (refusal == null) {
      forward(request, head, judgement, length, upgrade);
    } else {
      refuse(refusal, null);
    }
  }

  private void forward(
      HttpRequest request,
      RequestHead head,
      Service.Judgement judgement,
      long length,
      @Nullable String upgrade) {
    BodyEnvelope envelope = judgement.envelope();
    if (upgrade != null && envelope != null) {
      envelope.events().refused(Refusal.ENVELOPE_UPGRADE);
      refuse(Refusal.ENVELOPE_UPGRADE, Refusal.ENVELOPE_UPGRADE.cause());
      return;
    }
    HttpHeaders fields = request.headers();
    service.rewriting().request(head, fields, judgement.methodCounts(), version());
    fields.set(HttpHeaderNames.HOST, head.authority());
    if (length < 0) {
      fields.set(HttpHeaderNames.TRANSFER_ENCODING, HttpHeaderValues.CHUNKED);
    }
    answerers = judgement.answerers();
    if (upgrade != null) {
      fields.set(HttpHeaderNames.CONNECTION, HttpHeaderValues.UPGRADE);
      fields.set(HttpHeaderNames.UPGRADE, upgrade);
    }
    request.setUri(head.target()).setProtocolVersion(HttpVersion.HTTP_1_1);
    Conversation begun =
        envelope == null
            ? new Exchange(this, judgement.answerers(), request)
            : new EnvelopedExchange(this, judgement.answerers(), request, length, envelope);
    exchange = begun;
    begun.begin();
  }

  private long taken() {
    return exchange == null ? 0 : exchange.taken();
  }

  private long mostBytes() {
    long most = service.limits().maxBodyBytes();
    return most == 0 ? Long.MAX_VALUE : most;
  }

  /** Becomes the request's. */
  final void body(HttpContent part) {
    int bytes = part.content().readableBytes();
    deadlines.bodyCame(bytes);
    if (part instanceof LastHttpContent end) {
      service.rewriting().requestTrailers(end.trailingHeaders());
      requestDone = true;
      deadlines.requestDone();
    }
    Conversation to = exchange;
    requestBytes += bytes;
    if (to == null) {
      part.release();
      bodyDropped();
    } else if (requestBytes > mostBytes()) {
      part.release();
      refuseOrCut(Refusal.BODY_TOO_LARGE, null);
    } else {
      service.events().relayed(service.requestsGo(), bytes);
      to.request(part);
      mayRead(requestDone || to.takesMore());
    }
  }

  /** What came in one go is to leave. */
  final void flushRequest() {
    if (exchange != null) {
      exchange.flushRequest();
    }
  }

  void peerTakesMore(boolean more) {
    if (exchange != null) {
      exchange.askerTakesMore(more);
    }
  }

  /** The request is none, or takes too long; nothing that follows of it is of use. */
  void refuseOrCut(Refusal refusal, @Nullable String detail) {
    boolean begun = exchange != null && exchange.responseBegun();
    abandonExchange();
    if (begun) {
      cut(CloseReason.REQUEST_REFUSED, detail);
    } else {
      refuse(refusal, detail);
    }
  }

  /** Its time is over, whatever it waits for. */
  final void deadlinePassed() {
    if (exchange == null || !exchange.responseBegun()) {
      refuseOrCut(Refusal.DEADLINE, null);
    } else {
      answered(Refusal.DEADLINE);
      cutHere(CloseReason.REQUEST_DEADLINE);
    }
  }

  /** Of what comes behind the head, for which there may have been an answer already. */
  final void refuseUnlessAnswered(Refusal refusal) {
    if (isAnswered()) {
      cutHere(CloseReason.REQUEST_REFUSED);
    } else {
      refuseOrCut(refusal, null);
    }
  }

  /** Not for anything that the application did, which hears of it. */
  final void cutHere(CloseReason reason) {
    abandonExchange();
    cut(reason, null);
  }

  private void abandonExchange() {
    Conversation ended = exchange;
    exchange = null;
    if (ended != null) {
      ended.abandon();
    }
  }

  /** The application's response, of which nothing has gone out, is none to pass on. */
  final void refuseInstead(Refusal refusal, @Nullable String detail) {
    abandonExchange();
    refuse(refusal, detail);
  }

  /** The request is none, and there can be no response to it. */
  final void unanswerable(Refusal refusal) {
    answered(refusal);
    abandonExchange();
  }

  /** The peer has gone, or is to go. */
  final void abandon() {
    if (exchange != null) {
      answered(null);
      abandonExchange();
    }
  }

  // The response.

  /** The head of the response, which is not an interim one, is on its way. */
  final void responding(HttpResponse head) {
    status = head.status().code();
    respondedAt = deadlines.now();
    deadlines.responseBegun();
    service.rewriting().response(head);
  }

  /** A part of the response's body is on its way. */
  final void passed(HttpContent part) {
    int bytes = part.content().readableBytes();
    if (bytes > 0) {
      deadlines.moved();
      responseBytes += bytes;
      service.events().relayed(service.requestsGo().other(), bytes);
    }
    if (part instanceof LastHttpContent end) {
      service.rewriting().responseTrailers(end.trailingHeaders());
      if (!requestDone) {
        deadlines.responseDone();
      }
    }
  }

  static boolean isInterim(HttpResponse head) {
    return head.status().code() < HttpResponseStatus.OK.code();
  }

  @Override
  public void over() {
    exchange = null;
    responseDone = true;
    answered(null);
  }

  @Override
  public final void refuse(Refusal refusal, @Nullable String detail) {
    exchange = null;
    status = refusal.status().code();
    responseDone = true;
    responseBytes = refusal.bytes(isToHead());
    answered(refusal);
    answer(refusal, detail);
  }

  @Override
  public final void cut(CloseReason reason, @Nullable String detail) {
    exchange = null;
    answered(null);
    breakOff(reason, detail);
  }

  @Override
  public void switched(Answerer application) {
    exchange = null;
    responseDone = true;
    status = HttpResponseStatus.SWITCHING_PROTOCOLS.code();
    answered(null);
  }

  private void answered(@Nullable Refusal refusal) {
    if (told) {
      return; // what of it still waits for the peer may yet be cut off
    }
    told = true;
    deadlines.answered();
    service.answered(
        new Answered(
            method == null ? null : method.name(),
            target,
            version().text(),
            status,
            refusal,
            responseDone,
            answerers == null ? null : answerers.answering(),
            requestBytes,
            responseBytes,
            respondedAt == 0 ? 0 : respondedAt - begunAt,
            deadlines.now() - begunAt));
  }
}
