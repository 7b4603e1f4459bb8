package io.sallyport.http;

import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.sallyport.config.EnvelopeConfig.Action;
import io.sallyport.envelope.EnvelopeEvents.Operation;
import org.jspecify.annotations.Nullable;

/**
 * An {@link Exchange} whose bodies are sealed or opened on their way; of the response see {@link
 * EnvelopedResponse}. A head waits for what its body begins with, since that decides the length;
 * one of a body that is opened waits for the first of it that is verified, so that what does not
 * open is refused before anybody has seen anything of it. What fails later is abandoned on both
 * sides.
 *
 * <p>Belongs to the asker's event loop.
 */
final class EnvelopedExchange implements Conversation {

  private final BodyEnvelope envelope;
  private final HttpRequest head;
  private final long length;
  private final EnvelopedResponse response;
  private final Exchange exchange;

  private @Nullable BodyTransformation body;
  private boolean begun;

  /**
   * @param head as it is to be sent, but for what the envelope makes of it
   * @param length of the body as it comes, as {@link BodyLength} has it
   */
  EnvelopedExchange(
      Asker asker, Answerers answerers, HttpRequest head, long length, BodyEnvelope envelope) {
    this.envelope = envelope;
    this.head = head;
    this.length = length;
    this.response = new EnvelopedResponse(asker, envelope, this);
    this.exchange = new Exchange(response, answerers, head);
  }

  @Override
  public void begin() {
    HttpHeaders fields = head.headers();
    Refusal refusal = envelope.refusal(fields, length);
    if (refusal != null) {
      envelope.events().refused(refusal);
      response.refuse(refusal, refusal.cause());
      return;
    }
    if (envelope.changesResponses()) {
      EnvelopeFields.askForTheWhole(fields, envelope.opensResponses());
    }
    Action action = envelope.ofRequest(length);
    if (action == Action.PASS) {
      beginExchange();
    } else {
      EnvelopeFields.removeDigests(fields);
      beginBody(action);
    }
  }

  private void beginBody(Action action) {
    byte[] aad = envelope.requestAad();
    ByteBufAllocator allocator = ByteBufAllocator.DEFAULT;
    if (action == Action.SEAL) {
      ToAnswerer sink = new ToAnswerer(Operation.SEAL);
      BodySealing sealing =
          new BodySealing(envelope, aad, length, response.loop(), allocator, sink);
      body = sealing;
      sealing.begin();
    } else {
      ToAnswerer sink = new ToAnswerer(Operation.OPEN);
      body = new BodyOpening(envelope, aad, length, response.loop(), allocator, sink);
      haveItSent();
    }
  }

  /** Who answers is not asked before some of the body has come, so he cannot say it. */
  private void haveItSent() {
    if (length != 0 && HttpUtil.is100ContinueExpected(head)) {
      response.send(new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.CONTINUE));
      response.flush();
    }
    head.headers().remove(HttpHeaderNames.EXPECT);
  }

  private void beginExchange() {
    begun = true;
    exchange.begin();
  }

  @Override
  public void request(HttpContent part) {
    if (response.isOver()) {
      part.release();
    } else if (body != null) {
      body.take(part);
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
    return response.isOver() || (bodyTakesMore() && (!begun || exchange.takesMore()));
  }

  @Override
  public long taken() {
    return exchange.taken();
  }

  /** Of what is made of the request's body. */
  boolean bodyTakesMore() {
    return body == null || body.takesMore();
  }

  @Override
  public boolean responseBegun() {
    return response.hasBegun();
  }

  @Override
  public void askerTakesMore(boolean more) {
    exchange.askerTakesMore(more && response.bodyTakesMore());
  }

  @Override
  public void abandon() {
    response.end();
    exchange.abandon();
  }

  /** Who answers is to do no more. */
  void abandonExchange() {
    exchange.abandon();
  }

  /** Nothing more is wanted of the request's body. */
  void releaseBody() {
    if (body != null) {
      body.release();
    }
  }

  /** What is passed on of the request. */
  private final class ToAnswerer implements BodyTransformation.Sink {
    private final Operation operation;

    ToAnswerer(Operation operation) {
      this.operation = operation;
    }

    @Override
    public void begin(long bytes) {
      HttpHeaders fields = head.headers();
      EnvelopeFields.tellLength(fields, bytes);
      if (bytes < 0) {
        fields.set(HttpHeaderNames.TRANSFER_ENCODING, HttpHeaderValues.CHUNKED);
      } else {
        fields.remove(HttpHeaderNames.TRANSFER_ENCODING);
      }
      beginExchange();
    }

    @Override
    public void pass(HttpContent part) {
      if (response.isOver()) {
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
      response.fail(operation, thrown, Refusal.REQUEST_NOT_OPENED);
    }

    @Override
    public void waited() {
      exchange.flushRequest();
      response.mayRead(takesMore());
    }
  }
}
