package io.sallyport.http;

import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http2.Http2FrameTypes;
import io.netty.util.concurrent.Ticker;
import io.sallyport.config.Http2Limits;
import org.jspecify.annotations.Nullable;

/**
 * Looks at the frame headers of what a peer of HTTP/2 sends (RFC 9113 §4.1) before anything of it
 * is served: whether frames that cost us more than the peer come too often, and whether one has
 * begun that has not ended. Understands nothing else of them.
 */
final class FrameWatch {

  private static final int PREFACE_BYTES = 24;
  private static final int HEADER_BYTES = 9;
  private static final int LENGTH_BYTES = 3;
  private static final int END_STREAM = 0x1;
  private static final int END_HEADERS = 0x4;

  private final PerSecond resets;
  private final PerSecond controls;

  private int prefaceLeft;
  private int headerRead;
  private int length;
  private int type;
  private int flags;
  private int stream;
  private int payloadLeft;
  private boolean sectionOpen;
  private long frames;

  /**
   * @param preface whether what comes begins with the client's
   */
  FrameWatch(Ticker clock, boolean preface) {
    this.resets = new PerSecond(clock);
    this.controls = new PerSecond(clock);
    this.prefaceLeft = preface ? PREFACE_BYTES : 0;
  }

  /**
   * Looks at what has come, and leaves it as it is.
   *
   * @return what comes too often; null when all is well
   */
  @Nullable HttpLimit read(ByteBuf in, Http2Limits limits) {
    int at = in.readerIndex();
    int end = in.writerIndex();
    while (at < end) {
      if (prefaceLeft > 0) {
        int skipped = Math.min(prefaceLeft, end - at);
        prefaceLeft -= skipped;
        at += skipped;
      } else if (payloadLeft > 0) {
        int skipped = Math.min(payloadLeft, end - at);
        payloadLeft -= skipped;
        at += skipped;
      } else {
        if (headerRead == 0 && !sectionOpen) {
          frames++;
        }
        if (headerByte(in.getByte(at++) & 0xff)) {
          HttpLimit flood = frame(limits);
          if (flood != null) {
            return flood;
          }
        }
      }
    }
    return null;
  }

  /**
   * A frame or a field section has begun and not ended, not that of a body, which takes longer; or
   * none has come at all, for both sides begin with SETTINGS (RFC 9113 §3.4).
   */
  boolean isWithin() {
    return frames == 0
        || sectionOpen
        || headerRead > 0
        || (payloadLeft > 0 && type != Http2FrameTypes.DATA);
  }

  /** How many have begun, those that go on with a field section not counted. */
  long frames() {
    return frames;
  }

  /** The stream of a frame of a body that has begun and not ended; 0 when there is none. */
  int bodyUnderWay() {
    return payloadLeft > 0 && type == Http2FrameTypes.DATA ? stream & Integer.MAX_VALUE : 0;
  }

  /** How much has come of that frame. */
  int bytesUnderWay() {
    return length - payloadLeft;
  }

  /**
   * A stream was reset by us, for what the peer did, or by the peer before it had an answer;
   * whether that has been too often.
   */
  boolean hasResetTooMany(Http2Limits limits) {
    return resets.exceeds(limits.maxResetsPerSecond());
  }

  private boolean headerByte(int b) {
    if (headerRead < LENGTH_BYTES) {
      length = headerRead == 0 ? b : length << Byte.SIZE | b;
    } else if (headerRead == LENGTH_BYTES) {
      type = b;
    } else if (headerRead == LENGTH_BYTES + 1) {
      flags = b;
    } else {
      stream = stream << Byte.SIZE | b; // what was there before is shifted out
    }
    headerRead = (headerRead + 1) % HEADER_BYTES;
    return headerRead == 0;
  }

  private @Nullable HttpLimit frame(Http2Limits limits) {
    payloadLeft = length;
    if (type == Http2FrameTypes.HEADERS || type == Http2FrameTypes.CONTINUATION) {
      sectionOpen = (flags & END_HEADERS) == 0;
    }
    return isControl() && controls.exceeds(limits.maxControlFramesPerSecond())
        ? HttpLimit.CONTROL_FRAMES
        : null;
  }

  /**
   * WINDOW_UPDATE is none: there are as many of them as there is data to take. Nor is RST_STREAM:
   * it costs as little as that, or ends a request, which is another matter.
   */
  private boolean isControl() {
    return switch (type) {
      case Http2FrameTypes.HEADERS, Http2FrameTypes.WINDOW_UPDATE, Http2FrameTypes.RST_STREAM ->
          false;
      case Http2FrameTypes.DATA -> length == 0 && (flags & END_STREAM) == 0;
      default -> true;
    };
  }
}
