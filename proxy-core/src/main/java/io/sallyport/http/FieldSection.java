package io.sallyport.http;

import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.DefaultHttp2HeadersDecoder;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.util.AsciiString;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A field section as HPACK had it: every field in the order it came, none looked at. Netty's own
 * moves pseudo fields to the front and would hide where they stood; nothing is looked up by name
 * here, except what its decoder asks.
 */
final class FieldSection extends DefaultHttp2Headers {

  private static final int FEW = 32;
  private static final AsciiString STATUS = Http2Headers.PseudoHeaderName.STATUS.value();

  /** A compressed section may be so many times as long as the list that may be made of it. */
  private static final int MOST_LISTS = 4;

  /** Name, value, name, value. */
  private AsciiString[] fields = new AsciiString[FEW];

  private int count;
  private boolean tooLarge;

  FieldSection() {
    super(false, 2);
  }

  /** Makes these of responses, within the bounds of HPACK's own list size. */
  static DefaultHttp2HeadersDecoder decoder(long mostListBytes) {
    return new DefaultHttp2HeadersDecoder(false, mostListBytes) {
      @Override
      protected Http2Headers newHeaders() {
        return new FieldSection();
      }
    };
  }

  /**
   * Makes of requests what the other makes of responses, except that a section beyond the bounds
   * comes as one that {@link #isTooLarge}: by then it has been decoded to its end, and its stream
   * can be told, for the table of those that follow is right.
   */
  static DefaultHttp2HeadersDecoder requestDecoder(long mostListBytes) {
    return new DefaultHttp2HeadersDecoder(false, mostListBytes) {
      @Override
      protected Http2Headers newHeaders() {
        return new FieldSection();
      }

      @Override
      public Http2Headers decodeHeaders(int streamId, ByteBuf block) throws Http2Exception {
        try {
          return super.decodeHeaders(streamId, block);
        } catch (Http2Exception.HeaderListSizeException e) {
          FieldSection section = new FieldSection();
          section.tooLarge = true;
          return section;
        }
      }

      /** Of the compressed form, which is kept until it is whole; the connection ends with it. */
      @Override
      public long maxHeaderListSizeGoAway() {
        return MOST_LISTS * maxHeaderListSize();
      }
    };
  }

  /** Has no fields because there were more than there may be. */
  boolean isTooLarge() {
    return tooLarge;
  }

  /**
   * What HPACK counts for a head of these limits at most (RFC 9113 §6.5.2), so that what exceeds it
   * exceeds them too, and little more is ever kept.
   */
  static long mostListBytes(Http1Limits limits) {
    long pseudoFields = 6;
    long overheadOfOne = 32;
    return (long) limits.maxRequestLineBytes()
        + limits.maxHeaderBytes()
        + (limits.maxHeaders() + pseudoFields) * overheadOfOne;
  }

  @Override
  public Http2Headers add(CharSequence name, CharSequence value) {
    if (2 * count == fields.length) {
      fields = Arrays.copyOf(fields, 2 * fields.length);
    }
    fields[2 * count] = AsciiString.of(name);
    fields[2 * count + 1] = AsciiString.of(value);
    count++;
    return this;
  }

  @Override
  public int size() {
    return count;
  }

  @Override
  public boolean isEmpty() {
    return count == 0;
  }

  AsciiString name(int index) {
    return fields[2 * index];
  }

  AsciiString value(int index) {
    return fields[2 * index + 1];
  }

  boolean isPseudo(int index) {
    AsciiString name = name(index);
    return !name.isEmpty() && name.byteAt(0) == ':';
  }

  /** The first; null when there is none. Netty asks it whether a response is an interim one. */
  @Override
  public @Nullable CharSequence status() {
    for (int i = 0; i < count; i++) {
      if (name(i).equals(STATUS)) {
        return value(i);
      }
    }
    return null;
  }
}
