package io.sallyport.rig;

import io.netty.handler.codec.http2.Http2Error;

/**
 * A frame of HTTP/2 (RFC 9113 §4.1), well formed or not: what it says is what is sent.
 *
 * @param payload a character for each byte
 */
public record Http2Frame(int type, int flags, int stream, String payload) {

  public static final int DATA = 0;
  public static final int HEADERS = 1;
  public static final int PRIORITY = 2;
  public static final int RST_STREAM = 3;
  public static final int SETTINGS = 4;
  public static final int PUSH_PROMISE = 5;
  public static final int PING = 6;
  public static final int GOAWAY = 7;
  public static final int WINDOW_UPDATE = 8;
  public static final int CONTINUATION = 9;

  public static final int ACK = 0x1;
  public static final int END_STREAM = 0x1;
  public static final int END_HEADERS = 0x4;
  public static final int PADDED = 0x8;
  public static final int WITH_PRIORITY = 0x20;

  public static final int HEADER_TABLE_SIZE = 1;
  public static final int ENABLE_PUSH = 2;
  public static final int MAX_CONCURRENT_STREAMS = 3;
  public static final int INITIAL_WINDOW_SIZE = 4;
  public static final int MAX_FRAME_SIZE = 5;
  public static final int MAX_HEADER_LIST_SIZE = 6;
  public static final int ENABLE_CONNECT_PROTOCOL = 8;

  /** A whole request without a body. */
  public static Http2Frame request(int stream, String fields) {
    return new Http2Frame(HEADERS, END_HEADERS | END_STREAM, stream, fields);
  }

  /** A whole head, after which a body comes. */
  public static Http2Frame head(int stream, String fields) {
    return new Http2Frame(HEADERS, END_HEADERS, stream, fields);
  }

  public static Http2Frame data(int stream, String text) {
    return new Http2Frame(DATA, 0, stream, text);
  }

  public static Http2Frame lastData(int stream, String text) {
    return new Http2Frame(DATA, END_STREAM, stream, text);
  }

  public static Http2Frame trailers(int stream, String fields) {
    return request(stream, fields);
  }

  public static Http2Frame continuation(int stream, int flags, String fields) {
    return new Http2Frame(CONTINUATION, flags, stream, fields);
  }

  /** An identifier and its value, and so on. */
  public static Http2Frame settings(long... settings) {
    StringBuilder payload = new StringBuilder();
    for (int i = 0; i < settings.length; i += 2) {
      payload.append(number(settings[i], 2)).append(number(settings[i + 1], 4));
    }
    return new Http2Frame(SETTINGS, 0, 0, payload.toString());
  }

  public static Http2Frame settingsAck() {
    return new Http2Frame(SETTINGS, ACK, 0, "");
  }

  /**
   * @param text eight characters
   */
  public static Http2Frame ping(String text) {
    return new Http2Frame(PING, 0, 0, text);
  }

  public static Http2Frame reset(int stream, Http2Error error) {
    return new Http2Frame(RST_STREAM, 0, stream, number(error.code(), 4));
  }

  public static Http2Frame goAway(int lastStream, Http2Error error) {
    return new Http2Frame(GOAWAY, 0, 0, number(lastStream, 4) + number(error.code(), 4));
  }

  public static Http2Frame windowUpdate(int stream, long increment) {
    return new Http2Frame(WINDOW_UPDATE, 0, stream, number(increment, 4));
  }

  public static Http2Frame priority(int stream, int dependsOn) {
    return new Http2Frame(PRIORITY, 0, stream, number(dependsOn, 4) + '\17');
  }

  /** Big endian, a character for each byte. */
  public static String number(long value, int bytes) {
    StringBuilder out = new StringBuilder(bytes);
    for (int i = bytes - 1; i >= 0; i--) {
      out.append((char) ((value >>> (8 * i)) & 0xff));
    }
    return out.toString();
  }

  public boolean has(int flag) {
    return (flags & flag) != 0;
  }

  /** As it is sent, a character for each byte. */
  public String wire() {
    return wire(payload.length());
  }

  /** With another length in its head than its payload has. */
  public String wire(int length) {
    return number(length, 3)
        + number(type, 1)
        + number(flags, 1)
        + number(stream & 0xffffffffL, 4)
        + payload;
  }

  /** Four bytes of the payload. */
  long numberAt(int index) {
    long value = 0;
    for (int i = index; i < index + 4; i++) {
      value = (value << 8) | payload.charAt(i);
    }
    return value;
  }
}
