package io.sallyport.http;

import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.DefaultLastHttpContent;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.LastHttpContent;
import io.sallyport.relay.CloseReason;
import io.sallyport.upstream.Dialer.Dialling;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One request and its response, between who asks and what answers: here that is called the
 * application, though it may be a peer.
 *
 * <ul>
 *   <li>Back-pressure each way: a side that cannot be written to stops the reading of the other.
 *   <li>A kept connection may be closed by the application while the request is on its way to it.
 *       The request is then sent once more, over a new connection, if it is idempotent (RFC 9110
 *       §9.2.2), nothing of its body has been sent, nothing has come for it, not even an interim
 *       response, and the {@link Answerers} permit it. One that the application says it has not
 *       processed need not be idempotent.
 *   <li>The response may be complete before the request is: the rest of the request still goes to
 *       the application, and nowhere once that has closed.
 * </ul>
 *
 * <p>Belongs to the asker's event loop.
 */
final class Exchange implements Conversation, Answerers.Taker {

  private static final Set<HttpMethod> IDEMPOTENT =
      Set.of(
          HttpMethod.GET,
          HttpMethod.HEAD,
          HttpMethod.OPTIONS,
          HttpMethod.TRACE,
          HttpMethod.PUT,
          HttpMethod.DELETE);

  /** Reading goes on up to here while the application is being connected. */
  private static final int MOST_HELD_BYTES = 64 * 1024;

  private final Asker asker;
  private final Answerers answerers;
  private final HttpRequest head;
  private final HeldBody held = new HeldBody();

  private @Nullable Dialling dialling;
  private @Nullable Answerer application;
  private boolean beginning;
  private boolean onKeptConnection;
  private boolean sentAgain;
  private boolean bodySent;
  private boolean requestDone;
  private boolean switching;

  /** Something has come for it, if only an interim response. */
  private boolean seen;

  private boolean responseBegun;
  private boolean responseDone;
  private boolean over;

  /**
   * @param head as it is to be sent
   */
  Exchange(Asker asker, Answerers answerers, HttpRequest head) {
    this.asker = asker;
    this.answerers = answerers;
    this.head = head;
  }

  @Override
  public void begin() {
    beginning = true;
    Dialling begun = answerers.take(asker.loop(), this);
    beginning = false;
    if (begun != null) {
      dialling = begun;
    }
  }

  @Override
  public boolean responseBegun() {
    return responseBegun;
  }

  /** The connection that the request goes over is there and can take more. */
  @Override
  public boolean takesMore() {
    Answerer to = application;
    return to == null ? held.bytes() < MOST_HELD_BYTES : to.takesMore();
  }

  @Override
  public long taken() {
    return application == null ? 0 : application.taken();
  }

  @Override
  public void taken(Answerer answerer, boolean kept) {
    dialling = null;
    application = answerer;
    onKeptConnection = kept;
    answerer.serve(this);
    answerer.send(head);
    sendHeldTo(answerer);
    if (!beginning) {
      answerer.flush();
    }
    if (!requestDone) {
      asker.mayRead(answerer.takesMore());
    }
  }

  @Override
  public void failed(Refusal refusal, String detail) {
    dialling = null;
    end();
    asker.refuse(refusal, detail);
  }

  @Override
  public void request(HttpContent part) {
    if (part instanceof LastHttpContent) {
      requestDone = true;
    }
    Answerer to = application;
    if (over || (to == null && responseDone)) {
      part.release();
    } else if (to == null) {
      hold(part);
    } else {
      sendTo(to, part);
    }
    if (requestDone && responseDone) {
      flushRequest(); // nobody will tell to once it is over
      complete();
    }
  }

  @Override
  public void flushRequest() {
    if (application != null) {
      application.flush();
    }
  }

  private void hold(HttpContent part) {
    held.add(part.content());
    if (part instanceof LastHttpContent end) {
      held.end(
          end.trailingHeaders().isEmpty()
              ? LastHttpContent.EMPTY_LAST_CONTENT
              : new DefaultLastHttpContent(Unpooled.EMPTY_BUFFER, end.trailingHeaders()));
    }
    part.release();
  }

  private void sendHeldTo(Answerer to) {
    HeldBody.parts(held.takeData(), held.takeEnd(), part -> sendTo(to, part));
  }

  private void sendTo(Answerer to, HttpContent part) {
    bodySent |=
        part.content().isReadable()
            || (part instanceof LastHttpContent end && !end.trailingHeaders().isEmpty());
    to.send(part);
  }

  @Override
  public void abandon() {
    Answerer to = application;
    end();
    if (to != null) {
      to.reset();
    }
  }

  /** From the application. */
  void response(HttpResponse response) {
    switching = response.status().equals(HttpResponseStatus.SWITCHING_PROTOCOLS);
    seen = true;
    responseBegun |= !ServedRequest.isInterim(response);
    asker.send(response);
    if (!responseBegun) {
      asker.flush();
    }
  }

  /** From the application; becomes the asker's. */
  void response(HttpContent part) {
    boolean last = part instanceof LastHttpContent;
    if (last && !responseBegun) {
      part.release(); // the end of an interim response
      if (switching) {
        switchProtocol();
      }
      return;
    }
    asker.send(part);
    if (last) {
      responseDone = true;
      asker.flush();
      if (requestDone) {
        complete();
      }
    } else if (!asker.takesMore() && application != null) {
      application.mayRead(false);
    }
  }

  private void switchProtocol() {
    Answerer to = application;
    end();
    if (to != null) {
      asker.switched(to);
    }
  }

  /** What came of the response in one go is to leave. */
  void flushResponse() {
    if (!over) {
      asker.flush();
    }
  }

  @Override
  public void askerTakesMore(boolean more) {
    if (application != null) {
      application.mayRead(more);
    }
  }

  void applicationTakesMore(boolean more) {
    if (!requestDone) {
      asker.mayRead(more);
    }
  }

  /**
   * The application's connection is of no more use.
   *
   * @param refusal what is answered if nothing has been answered yet
   * @param reason why the answer breaks off if it has begun
   */
  void applicationGone(Refusal refusal, CloseReason reason, @Nullable String detail) {
    application = null;
    if (over) {
      return;
    }
    // RFC 9110 §9.2.2, and RFC 9112 §9.3.1: it may never have seen the request.
    if (maySendAgain() && answerers.mayRetry()) {
      retry();
    } else {
      fail(refusal, reason, detail);
    }
  }

  /**
   * The application has done nothing with the request, and will not (RFC 9113 §8.7).
   *
   * @param detail for the log, if it may not be sent again
   */
  void requestUnprocessed(String detail) {
    application = null;
    if (over) {
      return;
    }
    if (!sentAgain && !bodySent && !seen && answerers.mayRetry()) {
      retry();
    } else {
      fail(Refusal.APPLICATION_UNAVAILABLE, CloseReason.RESPONSE_INCOMPLETE, detail);
    }
  }

  /** The application cannot be asked this, and none of it has been sent. */
  void unaskable(Refusal refusal, String detail) {
    application = null;
    if (!over) {
      fail(refusal, CloseReason.REQUEST_REFUSED, detail);
    }
  }

  /** There will be no more of the response, and no other try. */
  private void fail(Refusal refusal, CloseReason reason, @Nullable String detail) {
    if (responseDone) {
      asker.mayRead(true); // the rest of the request goes nowhere
    } else if (responseBegun) {
      end();
      asker.cut(reason, detail);
    } else {
      end();
      asker.refuse(refusal, detail);
    }
  }

  /** Trailers of a body in chunks are not kept. */
  private boolean maySendAgain() {
    return onKeptConnection
        && !sentAgain
        && !bodySent
        && !seen
        && IDEMPOTENT.contains(head.method())
        && !head.headers().contains(HttpHeaderNames.TRANSFER_ENCODING);
  }

  private void retry() {
    sentAgain = true;
    if (requestDone) {
      held.end(LastHttpContent.EMPTY_LAST_CONTENT);
    }
    dialling = answerers.dial(asker.loop(), this);
  }

  private void complete() {
    if (over) {
      return;
    }
    Answerer to = application;
    end();
    if (to != null) {
      to.exchangeOver();
    }
    asker.over();
  }

  private void end() {
    over = true;
    application = null;
    if (dialling != null) {
      dialling.abandon();
      dialling = null;
    }
    held.release();
  }
}
