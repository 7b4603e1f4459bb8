package io.sallyport.http;

import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.EventLoop;
import io.netty.handler.codec.http.DefaultHttpResponse;
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
import io.sallyport.config.EnvelopeConfig.Action;
import io.sallyport.envelope.EnvelopeEvents.Operation;
import io.sallyport.envelope.EnvelopeFailed;
import io.sallyport.envelope.EnvelopeFailure;
import io.sallyport.envelope.Sealed;
import io.sallyport.relay.CloseReason;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * An {@link Exchange} whose bodies are sealed or opened on their way, with the asker on its one
 * side. Both heads wait for what their body begins with, since it decides the length; one of a body
 * that is opened waits for the first of it that is verified, so that what does not open is refused
 * before anybody has seen anything of it. What fails later is abandoned on both sides.
 *
 * <p>Belongs to the asker's event loop.
 */
final class EnvelopedExchange implements Conversation, Asker {

  private final Asker asker;
  private final BodyEnvelope envelope;
  private final HttpRequest head;
  private final long length;
  private final Exchange exchange;

  private @Nullable BodyTransformation request;
  private @Nullable BodyTransformation response;
  private boolean begun;
  private boolean responded;
  private boolean exchangeOver;
  private boolean over;

  /**
   * @param head as it is to be sent, but for what the envelope makes of it
   * @param length of the body as it comes, as {@link BodyLength} has it
   */
  EnvelopedExchange(
      Asker asker, Answerers answerers, HttpRequest head, long length, BodyEnvelope envelope) {
    this.asker = asker;
    this.head = head;
    this.length = length;
    this.envelope = envelope;
    this.exchange = new Exchange(this, answerers, head);
  }

  // The request.

  @Override
  public void begin() {
    HttpHeaders fields = head.headers();
    if (envelope.changesResponses()) {
      EnvelopeFields.askForTheWhole(fields, envelope.opensResponses());
    }
    Action action = envelope.ofRequest(length);
    if (action == Action.PASS) {
      beginExchange();
      return;
    }
    if (EnvelopeFields.tellOfPart(fields, envelope.query())) {
      refuse(Refusal.PARTIAL_REQUEST, "a part of what each body is sealed as the whole of");
      return;
    }
    EnvelopeFields.removeDigests(fields);
    if (action == Action.SEAL) {
      BodySealing sealing =
          new BodySealing(
              envelope,
              envelope.requestAad(),
              length,
              loop(),
              ByteBufAllocator.DEFAULT,
              new ToAnswerer(Operation.SEAL));
      request = sealing;
      sealing.begin();
    } else {
      request =
          new BodyOpening(
              envelope,
              envelope.requestAad(),
              length,
              loop(),
              ByteBufAllocator.DEFAULT,
              new ToAnswerer(Operation.OPEN));
      if (length != 0) {
        haveItSent(fields);
      }
    }
  }

  /** Who answers is not asked before some of the body has come, so he cannot say it. */
  private void haveItSent(HttpHeaders fields) {
    if (HttpUtil.is100ContinueExpected(head)) {
      asker.send(new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.CONTINUE));
      asker.flush();
    }
    fields.remove(HttpHeaderNames.EXPECT);
  }

  private void beginExchange() {
    begun = true;
    exchange.begin();
  }

  @Override
  public void request(HttpContent part) {
    if (over) {
      part.release();
    } else if (request != null) {
      request.take(part);
    } else {
      exchange.request(part);
    }
  }

  @Override
  public void flushRequest() {
    exchange.flushRequest();
  }

  @Override
  public boolean takesMore() {
    return over || (takesMore(request) && (!begun || exchange.takesMore()));
  }

  private static boolean takesMore(@Nullable BodyTransformation body) {
    return body == null || body.takesMore();
  }

  @Override
  public boolean responseBegun() {
    return responded;
  }

  @Override
  public void askerTakesMore(boolean more) {
    exchange.askerTakesMore(more && takesMore(response));
  }

  @Override
  public void abandon() {
    end();
    exchange.abandon();
  }

  /** Of what is passed on of the request. */
  private final class ToAnswerer implements BodyTransformation.Sink {
    private final Operation operation;

    ToAnswerer(Operation operation) {
      this.operation = operation;
    }

    @Override
    public void begin(long bytes) {
      HttpHeaders fields = head.headers();
      tellLength(fields, bytes);
      if (bytes < 0) {
        fields.set(HttpHeaderNames.TRANSFER_ENCODING, HttpHeaderValues.CHUNKED);
      } else {
        fields.remove(HttpHeaderNames.TRANSFER_ENCODING);
      }
      beginExchange();
    }

    @Override
    public void pass(HttpContent part) {
      if (over) {
        part.release();
        return;
      }
      if (part instanceof LastHttpContent end) {
        EnvelopeFields.removeDigests(end.trailingHeaders());
        envelope.events().done(operation);
      }
      exchange.request(part);
    }

    @Override
    public void failed(Exception thrown) {
      fail(operation, thrown, Refusal.REQUEST_NOT_OPENED);
    }

    @Override
    public void waited() {
      exchange.flushRequest();
      asker.mayRead(takesMore());
    }
  }

  // The response.

  @Override
  public EventLoop loop() {
    return asker.loop();
  }

  @Override
  public void send(HttpResponse answer) {
    if (over) {
      return;
    }
    HttpResponseStatus status = answer.status();
    if (ServedRequest.isInterim(answer) || !envelope.changesResponses()) {
      pass(answer);
    } else if (status.equals(HttpResponseStatus.PARTIAL_CONTENT)) {
      exchange.abandon();
      refuse(Refusal.PARTIAL_RESPONSE, "206, though no part was asked for");
    } else if (status.equals(HttpResponseStatus.NOT_MODIFIED)) {
      // RFC 9110 §8.6: it may tell the length of what would else have come.
      answer.headers().remove(HttpHeaderNames.CONTENT_LENGTH);
      EnvelopeFields.ofWhole(answer.headers(), !envelope.opensResponses());
      pass(answer);
    } else {
      sendWhole(answer, envelope.ofResponse(status));
    }
  }

  private void sendWhole(HttpResponse answer, Action action) {
    if (action == Action.PASS) {
      pass(answer);
      return;
    }
    HttpHeaders fields = answer.headers();
    long told = EnvelopeFields.length(fields.get(HttpHeaderNames.CONTENT_LENGTH));
    EnvelopeFields.ofWhole(fields, action == Action.SEAL);
    if (HttpMethod.HEAD.equals(head.method())) {
      foretell(fields, told, action);
      pass(answer);
    } else if (action == Action.SEAL) {
      BodySealing sealing =
          new BodySealing(
              envelope,
              envelope.responseAad(),
              told,
              loop(),
              ByteBufAllocator.DEFAULT,
              new ToAsker(Operation.SEAL, answer));
      response = sealing;
      sealing.begin();
    } else {
      response =
          new BodyOpening(
              envelope,
              envelope.responseAad(),
              told,
              loop(),
              ByteBufAllocator.DEFAULT,
              new ToAsker(Operation.OPEN, answer));
    }
  }

  /** What GET would have; no length at all where that depends on what nobody has shown us. */
  private void foretell(HttpHeaders fields, long told, Action action) {
    OptionalLong bytes = OptionalLong.empty();
    try {
      if (told >= 0) {
        bytes =
            action == Action.SEAL
                ? Sealed.length(envelope.sealingKey(), told)
                : Sealed.plaintextLength(envelope.keys(), told);
      }
    } catch (EnvelopeFailed e) {
      // There is no key to seal with, which GET will be told.
    }
    tellLength(fields, bytes.orElse(BodyLength.NOT_TOLD));
  }

  private static void tellLength(HttpHeaders fields, long bytes) {
    if (bytes < 0) {
      fields.remove(HttpHeaderNames.CONTENT_LENGTH);
    } else {
      fields.set(HttpHeaderNames.CONTENT_LENGTH, Long.toString(bytes));
    }
  }

  private void pass(HttpResponse answer) {
    responded |= !ServedRequest.isInterim(answer);
    asker.send(answer);
  }

  @Override
  public void send(HttpContent part) {
    if (over) {
      part.release();
    } else if (response != null) {
      response.take(part);
    } else {
      asker.send(part);
    }
  }

  @Override
  public void flush() {
    if (!over) {
      asker.flush();
    }
  }

  @Override
  public void mayRead(boolean more) {
    if (!over) {
      asker.mayRead(more && takesMore(request));
    }
  }

  /** What is waited for still has to be sent. */
  @Override
  public void over() {
    if (response != null && response.isWaiting()) {
      exchangeOver = true;
    } else if (!over) {
      end();
      asker.over();
    }
  }

  @Override
  public void refuse(Refusal refusal, @Nullable String detail) {
    if (!over) {
      end();
      asker.refuse(refusal, detail);
    }
  }

  /** Nobody is cut off who has been sent nothing. */
  @Override
  public void cut(CloseReason reason, @Nullable String detail) {
    if (over) {
      return;
    }
    end();
    if (responded) {
      asker.cut(reason, detail);
    } else {
      asker.refuse(Refusal.ofCut(reason), detail);
    }
  }

  @Override
  public void switched(Answerer application) {
    throw new IllegalStateException("no change of protocol was asked for");
  }

  /** Of what the asker is sent. */
  private final class ToAsker implements BodyTransformation.Sink {
    private final Operation operation;
    private final HttpResponse answer;

    ToAsker(Operation operation, HttpResponse answer) {
      this.operation = operation;
      this.answer = answer;
    }

    @Override
    public void begin(long bytes) {
      tellLength(answer.headers(), bytes);
      EnvelopedExchange.this.pass(answer);
    }

    @Override
    public void pass(HttpContent part) {
      if (over) {
        part.release();
        return;
      }
      if (part instanceof LastHttpContent end) {
        EnvelopeFields.removeDigests(end.trailingHeaders());
        envelope.events().done(operation);
      }
      asker.send(part);
    }

    @Override
    public void failed(Exception thrown) {
      fail(operation, thrown, Refusal.RESPONSE_NOT_OPENED);
    }

    @Override
    public void waited() {
      asker.flush();
      if (exchangeOver) {
        end();
        asker.over();
      } else {
        exchange.askerTakesMore(asker.takesMore());
      }
    }
  }

  // The end.

  private void fail(Operation operation, Exception thrown, Refusal notOpened) {
    exchange.abandon();
    if (thrown instanceof EnvelopeFailed failed) {
      envelope.events().failed(operation, failed);
      boolean keyIsMissing =
          operation == Operation.SEAL || failed.failure() == EnvelopeFailure.KMS_FAILED;
      stop(
          keyIsMissing ? Refusal.KEY_UNAVAILABLE : notOpened,
          CloseReason.ENVELOPE_REFUSED,
          failed.failure().label() + ": " + failed.detail());
    } else {
      envelope.events().fault(thrown);
      stop(Refusal.INTERNAL_ERROR, CloseReason.INTERNAL_ERROR, null);
    }
  }

  private void stop(Refusal refusal, CloseReason reason, @Nullable String detail) {
    if (responded) {
      cut(reason, detail);
    } else {
      refuse(refusal, detail);
    }
  }

  private void end() {
    over = true;
    if (request != null) {
      request.release();
    }
    if (response != null) {
      response.release();
    }
  }
}
