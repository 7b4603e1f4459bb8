package io.sallyport.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultHttpHeadersFactory;
import io.netty.handler.codec.http.DefaultLastHttpContent;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMessage;
import io.netty.handler.codec.http.LastHttpContent;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads messages of HTTP/1.1 (RFC 9112) as Netty's objects: a head, content as it comes, and a
 * {@link LastHttpContent}. A head is passed on when all of it is understood. At the first fault a
 * {@link BadMessage} is passed on and whatever comes afterwards is dropped.
 *
 * <p>Netty's own decoder is not extended: it unfolds obs-fold, skips what it does not keep of
 * trailers and reads eight bytes as the body of a GET that looks like an old WebSocket handshake,
 * and none of that is seen from outside. To see it, one would parse everything before it does, and
 * both would have to agree on where messages end for ever.
 */
abstract class MessageDecoder extends ByteToMessageDecoder {

  private enum State {
    START_LINE,
    FIELDS,
    LENGTH,
    UNTIL_CLOSE,
    CHUNK_SIZE,
    CHUNK_DATA,
    CHUNK_END,
    TRAILERS,
    RAW,
    BAD
  }

  private final Http1Limits limits;
  private final LineReader line = new LineReader();
  private final FieldLines fields;
  private final ChunkLines chunks = new ChunkLines();

  private State state = State.START_LINE;

  /** Of the head, and then the trailers; null while there are none. */
  private @Nullable HttpHeaders headers;

  private long bytesLeft;
  private boolean rawAfterThis;

  MessageDecoder(Http1Limits limits, boolean blankBeforeColon) {
    this.limits = limits;
    this.fields = new FieldLines(limits, blankBeforeColon);
  }

  /** Whether the next message may be read now; when not, the bytes of it wait. */
  abstract boolean mayBegin() throws BadResponse;

  /**
   * Understands a start line.
   *
   * @return false for an empty line that is passed over
   */
  abstract boolean begin(LineReader startLine) throws BadRequest, BadResponse;

  /** The message whose start line was read and that has these fields. */
  abstract HttpMessage head(HttpHeaders fields) throws BadRequest, BadResponse;

  /** As {@link BodyLength} has it, for the message whose head was made. */
  abstract long bodyLength(HttpMessage head) throws Malformed;

  /** Whether the head that was made leaves the limits to those that follow: 1xx. */
  boolean sharesLimits() {
    return false;
  }

  /** The input has ended within a message, or where the next would begin. */
  void inputEnded(boolean withinMessage) throws BadResponse {}

  abstract Exception refusal(Malformed malformed);

  /** Passes on as {@link ByteBuf} what follows this message, or the one before if none came yet. */
  final void becomeRaw() {
    if (state == State.START_LINE) {
      state = State.RAW;
    } else {
      rawAfterThis = true;
    }
  }

  final boolean betweenMessages() {
    return state == State.START_LINE;
  }

  @Override
  protected final void decode(ChannelHandlerContext ctx, ByteBuf in, List<Object> out) {
    try {
      step(in, out);
    } catch (Malformed malformed) {
      refuse(in, out, refusal(malformed));
    } catch (BadRequest | BadResponse refused) {
      refuse(in, out, refused);
    } catch (RuntimeException e) {
      state = State.BAD;
      throw e;
    }
  }

  @Override
  protected final void decodeLast(ChannelHandlerContext ctx, ByteBuf in, List<Object> out)
      throws Exception {
    super.decodeLast(ctx, in, out);
    if (state == State.UNTIL_CLOSE) {
      out.add(LastHttpContent.EMPTY_LAST_CONTENT);
      end();
    } else if (state != State.RAW && state != State.BAD) {
      try {
        inputEnded(state != State.START_LINE || in.isReadable());
      } catch (BadResponse truncated) {
        refuse(in, out, truncated);
      }
    }
  }

  private void refuse(ByteBuf in, List<Object> out, Exception why) {
    state = State.BAD;
    headers = null;
    in.skipBytes(in.readableBytes());
    out.add(new BadMessage(why));
  }

  private void step(ByteBuf in, List<Object> out) throws Malformed, BadRequest, BadResponse {
    switch (state) {
      case START_LINE -> readStartLine(in, out);
      case FIELDS -> readFields(in, out);
      case LENGTH, UNTIL_CLOSE, CHUNK_DATA -> readData(in, out);
      case CHUNK_SIZE -> readChunkSize(in, out);
      case CHUNK_END -> readChunkEnd(in);
      case TRAILERS -> readTrailers(in, out);
      case RAW -> out.add(in.readRetainedSlice(in.readableBytes()));
      case BAD -> in.skipBytes(in.readableBytes());
    }
  }

  private void readStartLine(ByteBuf in, List<Object> out)
      throws Malformed, BadRequest, BadResponse {
    if (mayBegin()
        && line.read(in, limits.maxRequestLineBytes(), Flaw.START_LINE_TOO_LONG)
        && begin(line)) {
      state = State.FIELDS;
      readFields(in, out);
    }
  }

  private void readFields(ByteBuf in, List<Object> out) throws Malformed, BadRequest, BadResponse {
    HttpHeaders into = headers;
    if (into == null) {
      into = DefaultHttpHeadersFactory.headersFactory().newHeaders();
      headers = into;
    }
    while (line.read(in, fields.mostBytesOfNext(), Flaw.HEADERS_TOO_LARGE)) {
      if (line.length() == 0) {
        headers = null;
        passOn(head(into), out);
        return;
      }
      fields.add(line, into);
    }
  }

  private void passOn(HttpMessage head, List<Object> out) throws Malformed {
    bytesLeft = bodyLength(head);
    if (sharesLimits()) {
      fields.share();
    } else {
      fields.reset();
    }
    out.add(head);
    if (bytesLeft == 0) {
      out.add(LastHttpContent.EMPTY_LAST_CONTENT);
      end();
    } else if (bytesLeft == BodyLength.CHUNKED) {
      chunks.reset();
      state = State.CHUNK_SIZE;
    } else if (bytesLeft == BodyLength.NOT_TOLD) {
      bytesLeft = Long.MAX_VALUE;
      state = State.UNTIL_CLOSE;
    } else {
      state = State.LENGTH;
    }
  }

  private void readData(ByteBuf in, List<Object> out) {
    int bytes = (int) Math.min(bytesLeft, in.readableBytes());
    ByteBuf data = in.readRetainedSlice(bytes);
    if (state != State.UNTIL_CLOSE) {
      bytesLeft -= bytes;
    }
    if (state == State.LENGTH && bytesLeft == 0) {
      out.add(new DefaultLastHttpContent(data));
      end();
      return;
    }
    out.add(new DefaultHttpContent(data));
    if (state == State.CHUNK_DATA) {
      chunks.came(bytes);
      if (bytesLeft == 0) {
        state = State.CHUNK_END;
      }
    }
  }

  private void readChunkSize(ByteBuf in, List<Object> out) throws Malformed {
    if (!line.read(in, ChunkLines.MOST_BYTES, Flaw.CHUNK_EXTENSION)) {
      return;
    }
    bytesLeft = chunks.size(line);
    if (bytesLeft == 0) {
      state = State.TRAILERS;
      readTrailers(in, out);
    } else {
      state = State.CHUNK_DATA;
    }
  }

  private void readChunkEnd(ByteBuf in) throws Malformed {
    int at = in.readerIndex();
    boolean whole = in.readableBytes() > 1;
    if (in.getByte(at) != '\r' || (whole && in.getByte(at + 1) != '\n')) {
      throw new Malformed(Flaw.CHUNK_END, Excerpt.of(in.getByte(at)));
    }
    if (whole) {
      in.skipBytes(2);
      state = State.CHUNK_SIZE;
    }
  }

  private void readTrailers(ByteBuf in, List<Object> out) throws Malformed {
    while (line.read(in, fields.mostBytesOfNext(), Flaw.HEADERS_TOO_LARGE)) {
      if (line.length() == 0) {
        out.add(last(headers));
        headers = null;
        fields.reset();
        end();
        return;
      }
      if (headers == null) {
        headers = DefaultHttpHeadersFactory.trailersFactory().newHeaders();
      }
      fields.addTrailer(line, headers);
    }
  }

  private static LastHttpContent last(@Nullable HttpHeaders trailers) {
    return trailers == null
        ? LastHttpContent.EMPTY_LAST_CONTENT
        : new DefaultLastHttpContent(Unpooled.EMPTY_BUFFER, trailers);
  }

  private void end() {
    state = rawAfterThis ? State.RAW : State.START_LINE;
  }
}
