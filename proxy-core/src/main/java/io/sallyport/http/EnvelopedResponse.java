package io.sallyport.http;

import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.EventLoop;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.LastHttpContent;
import io.sallyport.envelope.EnvelopeEvents.Operation;
import io.sallyport.envelope.EnvelopeFailed;
import io.sallyport.envelope.EnvelopeFailure;
import io.sallyport.envelope.Sealed;
import io.sallyport.relay.CloseReason;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * Who asks, as an {@link Exchange} sees him behind an {@link EnvelopedExchange}: the body of the
 * response is sealed or opened before he gets it, and he hears of the end only once. Belongs to the
 * asker's event loop.
 */
final class EnvelopedResponse implements Asker {

  private final Asker asker;
  private final BodyEnvelope envelope;
  private final EnvelopedExchange of;

  /** While nobody knows what the body is. */
  private @Nullable SealedOrPlain beginning;

  private @Nullable BodyTransformation body;
  private boolean begun;
  private boolean exchangeOver;
  private boolean over;

  EnvelopedResponse(Asker asker, BodyEnvelope envelope, EnvelopedExchange of) {
    this.asker = asker;
    this.envelope = envelope;
    this.of = of;
  }

  /** The asker is told no more. */
  boolean isOver() {
    return over;
  }

  /** The asker has been sent the head. */
  boolean hasBegun() {
    return begun;
  }

  /** Of what is made of the response's body. */
  boolean bodyTakesMore() {
    return body == null || body.takesMore();
  }

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
    if (ServedRequest.isInterim(answer)) {
      pass(answer);
    } else if (!envelope.changesResponses()) {
      sendWhole(answer);
    } else if (status.equals(HttpResponseStatus.PARTIAL_CONTENT)) {
      of.abandonExchange();
      refuse(Refusal.PARTIAL_RESPONSE, "206, though no part was asked for");
    } else if (status.equals(HttpResponseStatus.NOT_MODIFIED)) {
      // RFC 9110 §8.6: it may tell the length of what would else have come.
      answer.headers().remove(HttpHeaderNames.CONTENT_LENGTH);
      EnvelopeFields.ofWhole(answer.headers(), !envelope.opensResponses());
      pass(answer);
    } else {
      sendWhole(answer);
    }
  }

  private void sendWhole(HttpResponse answer) {
    long told = EnvelopeFields.length(answer.headers().get(HttpHeaderNames.CONTENT_LENGTH));
    switch (envelope.ofResponse(answer.status(), told)) {
      case PASS -> pass(answer);
      case SEAL -> change(answer, told, Operation.SEAL);
      case OPEN -> change(answer, told, Operation.OPEN);
      case OPEN_IF_SEALED -> passOrOpen(answer, told);
    }
  }

  private void passOrOpen(HttpResponse answer, long told) {
    if (envelope.isToHead()) {
      pass(answer);
    } else {
      beginning = new SealedOrPlain(isSealed -> begin(answer, told, isSealed), this::send);
    }
  }

  private void begin(HttpResponse answer, long told, boolean isSealed) {
    beginning = null;
    if (isSealed) {
      change(answer, told, Operation.OPEN);
    } else {
      pass(answer);
    }
  }

  private void change(HttpResponse answer, long told, Operation operation) {
    HttpHeaders fields = answer.headers();
    EnvelopeFields.ofWhole(fields, operation == Operation.SEAL);
    if (envelope.isToHead()) {
      foretell(fields, told, operation);
      pass(answer);
    } else {
      beginBody(answer, told, operation);
    }
  }

  private void beginBody(HttpResponse answer, long told, Operation operation) {
    byte[] aad = envelope.responseAad(answer.status());
    ByteBufAllocator allocator = ByteBufAllocator.DEFAULT;
    if (operation == Operation.SEAL) {
      ToAsker sink = new ToAsker(Operation.SEAL, answer);
      BodySealing sealing = new BodySealing(envelope, aad, told, loop(), allocator, sink);
      body = sealing;
      sealing.begin();
    } else {
      ToAsker sink = new ToAsker(Operation.OPEN, answer);
      body = new BodyOpening(envelope, aad, told, loop(), allocator, sink);
    }
  }

  /** What GET would have; no length at all where that depends on what nobody has shown us. */
  private void foretell(HttpHeaders fields, long told, Operation operation) {
    OptionalLong bytes = OptionalLong.empty();
    try {
      if (told >= 0) {
        bytes =
            operation == Operation.SEAL
                ? Sealed.length(envelope.sealingKey(), told)
                : Sealed.plaintextLength(envelope.keys(), told);
      }
    } catch (EnvelopeFailed e) {
      // There is no key to seal with, which GET will be told.
    }
    EnvelopeFields.tellLength(fields, bytes.orElse(BodyLength.NOT_TOLD));
  }

  private void pass(HttpResponse answer) {
    begun |= !ServedRequest.isInterim(answer);
    asker.send(answer);
  }

  @Override
  public void send(HttpContent part) {
    if (over) {
      part.release();
    } else if (beginning != null) {
      beginning.take(part);
    } else if (body != null) {
      body.take(part);
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
  public boolean takesMore() {
    return asker.takesMore() && bodyTakesMore();
  }

  @Override
  public void mayRead(boolean more) {
    if (!over) {
      asker.mayRead(more && of.bodyTakesMore());
    }
  }

  /** What is waited for still has to be sent. */
  @Override
  public void over() {
    if (body != null && body.isWaiting()) {
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
    if (!begun) {
      refuse(Refusal.ofCut(reason), detail);
    } else if (!over) {
      end();
      asker.cut(reason, detail);
    }
  }

  @Override
  public boolean showsCut(HttpResponse head) {
    return asker.showsCut(head);
  }

  @Override
  public void switched(Answerer application) {
    throw new IllegalStateException("no change of protocol was asked for");
  }

  /** A body cannot be had, whichever of the two. */
  void fail(Operation operation, Exception thrown, Refusal notOpened) {
    of.abandonExchange();
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
    if (begun) {
      cut(reason, detail);
    } else {
      refuse(refusal, detail);
    }
  }

  /** Nothing more is wanted of either body. */
  void end() {
    over = true;
    of.releaseBody();
    if (beginning != null) {
      beginning.release();
    }
    if (body != null) {
      body.release();
    }
  }

  /** What the asker is sent. */
  private final class ToAsker implements BodyTransformation.Sink {
    private final Operation operation;
    private final HttpResponse answer;

    ToAsker(Operation operation, HttpResponse answer) {
      this.operation = operation;
      this.answer = answer;
    }

    @Override
    public void begin(long bytes) {
      EnvelopeFields.tellLength(answer.headers(), bytes);
      if (operation == Operation.OPEN && !asker.showsCut(answer)) {
        // The rest may fail to open, and what has come by then would be a whole answer.
        of.abandonExchange();
        envelope.events().refused(Refusal.ENVELOPE_END_NOT_TOLD);
        refuse(Refusal.ENVELOPE_END_NOT_TOLD, Refusal.ENVELOPE_END_NOT_TOLD.cause());
      } else {
        EnvelopedResponse.this.pass(answer);
      }
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
        of.askerTakesMore(asker.takesMore());
      }
    }
  }
}
