package io.sallyport.http;

import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMessage;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpStatusClass;
import io.netty.handler.codec.http.HttpVersion;
import java.util.ArrayDeque;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/**
 * Reads the responses to the requests it is told of, in their order. Less strict than with requests
 * where nothing hangs on it; where a response ends is as certain. Belongs to the channel's event
 * loop.
 */
final class ResponseDecoder extends MessageDecoder {

  private static final int VERSION_CHARS = 8;
  private static final int STATUS_END = 12;

  private final Queue<Asked> outstanding = new ArrayDeque<>();

  private HttpVersion version = HttpVersion.HTTP_1_1;
  private HttpResponseStatus status = HttpResponseStatus.OK;
  private @Nullable Asked asked;
  private boolean raw;
  private boolean endsWithConnection;

  ResponseDecoder(Http1Limits limits) {
    super(limits, true);
  }

  /** A request is being written. */
  void expect(Asked request) {
    outstanding.add(request);
  }

  /**
   * No response is outstanding, whole or in part, nothing has come that would answer none, and more
   * may come.
   */
  boolean isIdle() {
    return outstanding.isEmpty()
        && betweenMessages()
        && !endsWithConnection
        && !internalBuffer().isReadable();
  }

  boolean isRaw() {
    return raw;
  }

  @Override
  boolean mayBegin() throws BadResponse {
    if (outstanding.isEmpty()) {
      throw new BadResponse(ResponseFault.UNSOLICITED, "bytes that answer no request");
    }
    return true;
  }

  /** The reason is not kept (RFC 9112 §4): clients are not to look at it. */
  @Override
  boolean begin(LineReader line) throws BadResponse {
    String text = line.text(0, line.length());
    HttpVersion known = version(text);
    int code = known == null ? 0 : code(text);
    if (known == null || code == 0) {
      throw new BadResponse(ResponseFault.STATUS_LINE, Excerpt.of(text));
    }
    version = known;
    status = HttpResponseStatus.valueOf(code);
    return true;
  }

  private static @Nullable HttpVersion version(String text) {
    if (text.startsWith(HttpVersion.HTTP_1_1.text())) {
      return HttpVersion.HTTP_1_1;
    }
    return text.startsWith(HttpVersion.HTTP_1_0.text()) ? HttpVersion.HTTP_1_0 : null;
  }

  /** 0 where there is no status. The space behind it is often missing where there is no reason. */
  private static int code(String text) {
    if (text.length() < STATUS_END
        || text.charAt(VERSION_CHARS) != ' '
        || (text.length() > STATUS_END && text.charAt(STATUS_END) != ' ')) {
      return 0;
    }
    int code = 0;
    for (int i = VERSION_CHARS + 1; i < STATUS_END; i++) {
      int digit = text.charAt(i) - '0';
      if (digit < 0 || digit > 9) {
        return 0;
      }
      code = code * 10 + digit;
    }
    return code < 100 || code > 599 ? 0 : code;
  }

  @Override
  HttpMessage head(HttpHeaders fields) throws BadResponse {
    if (isSwitch()) {
      if (outstanding.peek() != Asked.UPGRADE) {
        throw new BadResponse(ResponseFault.UPGRADE_NOT_ASKED, "101");
      }
      raw = true;
      becomeRaw();
    } else if (!sharesLimits()) {
      asked = outstanding.poll();
    }
    return new DefaultHttpResponse(version, status, fields);
  }

  /** RFC 9112 §6.3. What should not be there may still not be malformed. */
  @Override
  long bodyLength(HttpMessage head) throws Malformed {
    long length = BodyLength.of(head.headers(), version.equals(HttpVersion.HTTP_1_1));
    if (hasNoBody(((HttpResponse) head).status())) {
      return 0;
    }
    endsWithConnection |= length == BodyLength.NOT_TOLD;
    return length;
  }

  private boolean hasNoBody(HttpResponseStatus of) {
    return of.codeClass() == HttpStatusClass.INFORMATIONAL
        || of.code() == HttpResponseStatus.NO_CONTENT.code()
        || of.code() == HttpResponseStatus.NOT_MODIFIED.code()
        || asked == Asked.HEAD;
  }

  private boolean isSwitch() {
    return status.code() == HttpResponseStatus.SWITCHING_PROTOCOLS.code();
  }

  /** Or a peer could send 103 without end. */
  @Override
  boolean sharesLimits() {
    return status.codeClass() == HttpStatusClass.INFORMATIONAL;
  }

  @Override
  void inputEnded(boolean withinMessage) throws BadResponse {
    if (withinMessage) {
      throw new BadResponse(ResponseFault.TRUNCATED, "the connection ended within a response");
    }
  }

  @Override
  Exception refusal(Malformed malformed) {
    return malformed.asResponse();
  }
}
