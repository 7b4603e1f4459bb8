package io.sallyport.http;

import static java.util.Objects.requireNonNull;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultLastHttpContent;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpStatusClass;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Stream;
import io.sallyport.relay.CloseReason;
import io.sallyport.relay.EndOfStream;
import org.jspecify.annotations.Nullable;

/**
 * One request and its response on a connection of HTTP/2 (RFC 9113 §5). The stream begins with the
 * first part that is written. Belongs to the connection's event loop.
 *
 * <p>While the asker takes no more, what comes is gathered into one buffer, which the stream's
 * window bounds: frames of one byte each, passed on one by one, would hold a hundred times that.
 */
final class Http2ClientStream implements Answerer {

  private final Http2Client client;
  private final HeldBody held = new HeldBody();

  private @Nullable Exchange exchange;
  private @Nullable HttpRequest head;
  private @Nullable Http2Stream stream;
  private @Nullable Http2Response response;

  /** Asked for with the head; null for all requests that are for no WebSocket. */
  private @Nullable ExtendedConnect connect;

  /** What it has become where that was agreed to. */
  private @Nullable StreamChannel tunnel;

  private boolean mayRead = true;

  /** What had been read of the connection when it began. */
  private long readsBefore;

  /** What has come and was not yet given back to the window. */
  private int unreturnedBytes;

  /** Of the server's window, since it began. */
  private long openedBytes;

  /** Whether {@link Http2Client} will flush the response when it has read all there is. */
  private boolean flushing;

  Http2ClientStream(Http2Client client) {
    this.client = client;
  }

  /** Null before it has begun. */
  @Nullable Http2Stream stream() {
    return stream;
  }

  @Override
  public void serve(Exchange next) {
    exchange = next;
  }

  // The request.

  /** Not written yet: one without a body is a single frame. */
  @Override
  public void send(HttpRequest request) {
    head = request;
    connect = ExtendedConnect.of(request);
    readsBefore = client.reads();
  }

  @Override
  public void send(HttpContent part) {
    if (connect != null) {
      part.release(); // of a request that has no body, the end
      begin(false);
      return;
    }
    ByteBuf data = part.content();
    boolean last = part instanceof LastHttpContent;
    HttpHeaders trailers = part instanceof LastHttpContent end ? end.trailingHeaders() : null;
    boolean hasTrailers = trailers != null && !trailers.isEmpty();
    boolean endsWithHead = last && !hasTrailers && !data.isReadable() && head != null;
    Http2Stream to = begin(endsWithHead);
    if (to == null || endsWithHead) {
      part.release();
      return;
    }
    if (data.isReadable() || !hasTrailers) {
      client.frames().data(to, data, last && !hasTrailers);
    } else {
      part.release();
    }
    if (trailers != null && hasTrailers) {
      client.frames().trailers(to, trailers);
    }
  }

  /** Writes the head if that is still to be done; null when there is nobody to write to. */
  private @Nullable Http2Stream begin(boolean ends) {
    HttpRequest request = head;
    if (request != null && (connect == null || mayConnect(connect))) {
      head = null;
      response = new Http2Response(client.heads(), HttpMethod.HEAD.equals(request.method()));
      stream = client.begin(this);
      if (stream == null) {
        unprocessedLater("the connection takes no more requests");
      } else if (connect != null) {
        client.frames().extendedConnect(stream, request);
      } else {
        client.frames().head(stream, request, ends);
      }
    }
    return exchange == null ? null : stream;
  }

  /** Not before the server has said whether it takes them, for which its asker has a deadline. */
  private boolean mayConnect(ExtendedConnect asked) {
    Boolean takes = client.takesWebSockets();
    String fault = asked.fault();
    if (fault != null) {
      unaskable(Refusal.MALFORMED_REQUEST, fault);
    } else if (Boolean.FALSE.equals(takes)) {
      unaskable(Refusal.WEBSOCKET_UNAVAILABLE, "no SETTINGS_ENABLE_CONNECT_PROTOCOL");
    }
    return fault == null && Boolean.TRUE.equals(takes);
  }

  private void unaskable(Refusal refusal, String detail) {
    Exchange served = leave();
    client.finish(this);
    if (served != null) {
      client.later(() -> served.unaskable(refusal, detail));
    }
  }

  /** The first that the server has said of itself. */
  void settingsCame() {
    if (connect != null && head != null) {
      begin(false);
      client.flushSoon();
    }
  }

  @Override
  public void flush() {
    begin(false);
    client.flushSoon();
  }

  @Override
  public boolean takesMore() {
    return stream == null ? client.channel().isWritable() : client.frames().isWritable(stream);
  }

  /** So much has left of what its windows were, and they were opened by. */
  @Override
  public long taken() {
    return stream == null ? 0 : openedBytes - client.frames().window(stream);
  }

  /** The server takes so much more of the request's body. */
  void windowOpened(int bytes) {
    openedBytes += bytes;
  }

  /** That changed. */
  void writabilityChanged() {
    if (exchange != null) {
      exchange.applicationTakesMore(takesMore());
    }
  }

  // The response.

  @Override
  public void mayRead(boolean more) {
    mayRead = more;
    if (more && stream != null) {
      boolean passed = passHeld();
      if (mayRead && unreturnedBytes > 0) {
        int bytes = unreturnedBytes;
        unreturnedBytes = 0;
        client.giveBack(stream, bytes);
      }
      if (passed) {
        flushResponse();
      }
    }
  }

  private boolean passHeld() {
    if (held.isEmpty() || exchange == null) {
      return false;
    }
    exchange.response(new DefaultHttpContent(held.takeData()));
    return true;
  }

  /** Fields came, and the stream ends with them or does not. */
  void fields(FieldSection section, boolean ends) {
    if (tunnel != null) {
      tunnel.reset(Http2Error.PROTOCOL_ERROR.code()); // RFC 9113 §8.5
      client.reset(this, Http2Error.PROTOCOL_ERROR);
      return;
    }
    Exchange to = exchange;
    Http2Response reading = response;
    if (to == null || reading == null) {
      return;
    }
    try {
      if (reading.begun()) {
        HttpHeaders trailers = reading.trailers(section);
        passHeld();
        passLast(new DefaultLastHttpContent(Unpooled.EMPTY_BUFFER, trailers));
        return;
      }
      HttpResponse answer = reading.head(section, ends);
      if (connect != null && answer.status().codeClass() == HttpStatusClass.SUCCESS) {
        becomeTunnel(to, connect.agreed(answer), ends);
        return;
      }
      to.response(answer);
      if (ends) {
        passLast(LastHttpContent.EMPTY_LAST_CONTENT);
      } else {
        flushLater();
      }
    } catch (BadResponse why) {
      refuse(why);
    }
  }

  private void becomeTunnel(Exchange of, HttpResponse agreed, boolean ends) {
    StreamChannel made = StreamChannel.of(client, this, requireNonNull(stream));
    tunnel = made;
    of.response(agreed);
    of.response(LastHttpContent.EMPTY_LAST_CONTENT);
    if (ends) {
      made.data(Unpooled.EMPTY_BUFFER, true);
    }
  }

  /**
   * A part of the body, still the caller's.
   *
   * @return how many of its bytes the window has back now
   */
  int data(ByteBuf data, int padding, boolean ends) {
    if (tunnel != null) {
      return tunnel.data(data, ends) + padding;
    }
    int bytes = data.readableBytes();
    Http2Response reading = response;
    if (exchange == null || reading == null) {
      return bytes + padding;
    }
    try {
      reading.data(bytes, ends);
    } catch (BadResponse why) {
      refuse(why);
      return bytes + padding;
    }
    if (ends) {
      passHeld();
      passLast(
          bytes == 0
              ? LastHttpContent.EMPTY_LAST_CONTENT
              : new DefaultLastHttpContent(data.retainedSlice()));
      return bytes + padding;
    }
    if (mayRead && exchange != null) {
      exchange.response(new DefaultHttpContent(data.retainedSlice()));
      flushLater();
    } else {
      held.add(data.duplicate());
    }
    if (mayRead) {
      return bytes + padding;
    }
    unreturnedBytes += bytes;
    return padding;
  }

  private void passLast(LastHttpContent last) {
    if (exchange == null) {
      last.release();
    } else {
      exchange.response(last);
    }
  }

  void flushLater() {
    if (!flushing) {
      flushing = true;
      client.flushWhenRead(this);
    }
  }

  void flushResponse() {
    flushing = false;
    if (tunnel != null) {
      tunnel.readComplete();
    } else if (exchange != null) {
      exchange.flushResponse();
    }
  }

  // The end.

  private void refuse(BadResponse why) {
    gone(
        Refusal.of(why.fault()),
        CloseReason.BAD_RESPONSE,
        why.fault().label() + ": " + why.detail());
    client.reset(this, Http2Error.PROTOCOL_ERROR);
  }

  /** Whether the server has shown that it has seen the request, whatever it says of it now. */
  boolean isUnderWay() {
    return response != null && response.isUnderWay();
  }

  /** The server has ended it. */
  void reset(long errorCode) {
    if (tunnel != null) {
      tunnel.reset(errorCode);
      return;
    }
    if (errorCode == Http2Error.REFUSED_STREAM.code() && !isUnderWay()) {
      unprocessed("the stream was refused");
    } else {
      gone(
          Refusal.CONNECTION_TERMINATED,
          client.resetReason(),
          "the stream was reset with error " + errorCode);
    }
  }

  /** There will be no response, or no more of it. */
  void gone(Refusal refusal, CloseReason reason, @Nullable String detail) {
    if (tunnel != null) {
      tunnel.streamEnded();
    }
    Exchange served = leave();
    if (served != null) {
      served.applicationGone(refusal, reason, detail);
    }
  }

  /** The same in the midst of what the exchange is doing. */
  void goneLater(Refusal refusal, CloseReason reason, @Nullable String detail) {
    if (tunnel != null) {
      client.later(tunnel::streamEnded);
    }
    Exchange served = leave();
    if (served != null) {
      client.later(() -> served.applicationGone(refusal, reason, detail));
    }
  }

  /** RFC 9113 §8.7: the server has done nothing with the request, and will not. */
  void unprocessed(String detail) {
    if (tunnel != null) {
      tunnel.streamEnded();
    }
    Exchange served = leave();
    if (served != null) {
      served.requestUnprocessed(detail);
    }
  }

  private void unprocessedLater(String detail) {
    Exchange served = leave();
    if (served != null) {
      client.later(() -> served.requestUnprocessed(detail));
    }
  }

  @Override
  public void exchangeOver() {
    leave();
    if (connect != null && stream != null) {
      client.frames().data(stream, Unpooled.EMPTY_BUFFER, true); // nothing is to go through it
      client.flushSoon();
    }
    client.finish(this);
  }

  @Override
  public void reset() {
    leave();
    client.reset(this, Http2Error.CANCEL);
    if ((stream != null || connect != null) && readsBefore == client.reads()) {
      client.doubt();
    }
  }

  /** Whoever was served is not told of anything any more. */
  private @Nullable Exchange leave() {
    Exchange served = exchange;
    exchange = null;
    head = null;
    held.release();
    return served;
  }

  @Override
  public Channel channel() {
    return tunnel == null ? client.channel() : tunnel;
  }

  @Override
  public EndOfStream endOfStream() {
    return requireNonNull(tunnel).end();
  }

  @Override
  public void leavePipeline() {
    leave();
  }
}
