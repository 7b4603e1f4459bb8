package io.sallyport.http;

import static io.netty.handler.codec.http2.Http2Error.COMPRESSION_ERROR;
import static io.netty.handler.codec.http2.Http2Error.FLOW_CONTROL_ERROR;
import static io.netty.handler.codec.http2.Http2Error.FRAME_SIZE_ERROR;
import static io.netty.handler.codec.http2.Http2Error.NO_ERROR;
import static io.netty.handler.codec.http2.Http2Error.PROTOCOL_ERROR;
import static io.netty.handler.codec.http2.Http2Error.STREAM_CLOSED;
import static io.sallyport.rig.Http2Frame.ACK;
import static io.sallyport.rig.Http2Frame.CONTINUATION;
import static io.sallyport.rig.Http2Frame.DATA;
import static io.sallyport.rig.Http2Frame.ENABLE_PUSH;
import static io.sallyport.rig.Http2Frame.END_HEADERS;
import static io.sallyport.rig.Http2Frame.END_STREAM;
import static io.sallyport.rig.Http2Frame.GOAWAY;
import static io.sallyport.rig.Http2Frame.HEADERS;
import static io.sallyport.rig.Http2Frame.INITIAL_WINDOW_SIZE;
import static io.sallyport.rig.Http2Frame.MAX_FRAME_SIZE;
import static io.sallyport.rig.Http2Frame.PADDED;
import static io.sallyport.rig.Http2Frame.PING;
import static io.sallyport.rig.Http2Frame.PRIORITY;
import static io.sallyport.rig.Http2Frame.PUSH_PROMISE;
import static io.sallyport.rig.Http2Frame.RST_STREAM;
import static io.sallyport.rig.Http2Frame.SETTINGS;
import static io.sallyport.rig.Http2Frame.WINDOW_UPDATE;
import static io.sallyport.rig.Http2Frame.WITH_PRIORITY;
import static io.sallyport.rig.Http2Frame.number;

import io.netty.handler.codec.http2.Http2Error;
import io.sallyport.rig.FieldBlock;
import io.sallyport.rig.Http2Frame;
import io.sallyport.rig.Http2Peer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/**
 * What breaks HTTP/2 below its requests, by RFC 9113 and RFC 7541; none of it makes a whole request
 * that may get through.
 */
final class HostileFrames {

  /** Above all streams in the table. */
  static final int UNUSED_STREAM = 101;

  /** How it must end. */
  enum Ending {
    /** Stream 1 is reset, or, as RFC 9113 §5.4 lets one choose, the connection ends. */
    STREAM,
    /** GOAWAY and the end of the connection. */
    CONNECTION,
    /** The end of the connection, with GOAWAY or without: its beginning was no HTTP/2. */
    CLOSE,
    /** It means nothing, and the next request is served. */
    NONE
  }

  /**
   * @param name says what is wrong
   * @param errors with any of which it may end
   * @param wire all that is sent, the preface among it
   */
  record HostileFrame(String name, Ending ending, List<Http2Error> errors, String wire) {
    @Override
    public String toString() {
      return ending + " " + errors + ": " + name;
    }
  }

  private static final String START = Http2Peer.PREFACE + Http2Frame.settings().wire();
  private static final String GET = FieldBlock.request("GET", "/hostile");
  private static final int LARGEST = 16_384;
  private static final long MOST_WINDOW = 0x7fffffffL;

  private HostileFrames() {}

  static Stream<HostileFrame> all() {
    return Stream.of(
            prefaces(),
            heads(),
            bodies(),
            settings(),
            pings(),
            windows(),
            others(),
            compression(),
            harmless())
        .flatMap(List::stream);
  }

  private static HostileFrame connection(
      String name, List<Http2Error> errors, Http2Frame... frames) {
    return new HostileFrame(name, Ending.CONNECTION, errors, START + wire(frames));
  }

  private static HostileFrame connection(String name, Http2Error error, Http2Frame... frames) {
    return connection(name, List.of(error), frames);
  }

  private static HostileFrame stream(String name, List<Http2Error> errors, Http2Frame... frames) {
    return new HostileFrame(name, Ending.STREAM, errors, START + wire(frames));
  }

  private static HostileFrame harmless(String name, Http2Frame... frames) {
    return new HostileFrame(name, Ending.NONE, List.of(), START + wire(frames));
  }

  private static HostileFrame close(String name, String wire) {
    return new HostileFrame(name, Ending.CLOSE, List.of(), wire);
  }

  private static String wire(Http2Frame... frames) {
    StringBuilder wire = new StringBuilder();
    Arrays.stream(frames).forEach(frame -> wire.append(frame.wire()));
    return wire.toString();
  }

  private static Http2Frame frame(int type, int flags, int stream, String payload) {
    return new Http2Frame(type, flags, stream, payload);
  }

  /** A head that goes on in another frame. */
  private static Http2Frame begun(int stream) {
    return frame(HEADERS, END_STREAM, stream, GET.substring(0, 10));
  }

  private static Http2Frame rest(int stream) {
    return Http2Frame.continuation(stream, END_HEADERS, GET.substring(10));
  }

  /** A request whose field section is what it is. */
  private static HostileFrame compressed(String name, String block) {
    return connection(name, COMPRESSION_ERROR, Http2Frame.request(1, block));
  }

  /** §3.4. */
  private static List<HostileFrame> prefaces() {
    String settings = Http2Frame.settings().wire();
    return List.of(
        close("HTTP/1.1 in place of a preface", "GET /hostile HTTP/1.1\r\nHost: localhost\r\n\r\n"),
        close("a preface in lower case", "pri * http/2.0\r\n\r\nsm\r\n\r\n" + settings),
        close("a preface with another end", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\r" + settings),
        close("a preface with another middle", "PRI * HTTP/2.0\r\n\r\nSN\r\n\r\n" + settings),
        close("no preface", settings + wire(Http2Frame.request(1, GET))),
        close("a preface twice", Http2Peer.PREFACE + Http2Peer.PREFACE),
        close("HTTP/1.1 behind a preface", Http2Peer.PREFACE + "GET / HTTP/1.1\r\n\r\n"),
        close("a request before SETTINGS", Http2Peer.PREFACE + wire(Http2Frame.request(1, GET))),
        close("PING before SETTINGS", Http2Peer.PREFACE + wire(Http2Frame.ping("sallypor"))),
        close(
            "an acknowledgement before SETTINGS",
            Http2Peer.PREFACE + wire(Http2Frame.settingsAck())),
        close("a TLS record", "\26\3\1\2\0\1\0\1\374\3\3" + "\0".repeat(100)));
  }

  /** §5.1, §6.2 and §6.10. */
  private static List<HostileFrame> heads() {
    List<HostileFrame> all = new ArrayList<>();
    all.add(connection("DATA within a head", PROTOCOL_ERROR, begun(1), Http2Frame.data(1, "a")));
    all.add(
        connection("a head within a head", PROTOCOL_ERROR, begun(1), Http2Frame.request(3, GET)));
    all.add(
        connection(
            "the same head within a head", PROTOCOL_ERROR, begun(1), Http2Frame.request(1, GET)));
    all.add(
        connection("PING within a head", PROTOCOL_ERROR, begun(1), Http2Frame.ping("sallypor")));
    all.add(connection("SETTINGS within a head", PROTOCOL_ERROR, begun(1), Http2Frame.settings()));
    all.add(
        connection(
            "an acknowledgement within a head",
            PROTOCOL_ERROR,
            begun(1),
            Http2Frame.settingsAck()));
    all.add(
        connection(
            "WINDOW_UPDATE within a head",
            PROTOCOL_ERROR,
            begun(1),
            Http2Frame.windowUpdate(0, 1)));
    all.add(
        connection("PRIORITY within a head", PROTOCOL_ERROR, begun(1), Http2Frame.priority(1, 0)));
    all.add(
        connection(
            "RST_STREAM within a head", PROTOCOL_ERROR, begun(1), Http2Frame.reset(1, NO_ERROR)));
    all.add(
        connection(
            "GOAWAY within a head", PROTOCOL_ERROR, begun(1), Http2Frame.goAway(0, NO_ERROR)));
    all.add(
        connection(
            "an unknown frame within a head", PROTOCOL_ERROR, begun(1), frame(0x42, 0, 1, "")));
    all.add(connection("the rest of a head on another stream", PROTOCOL_ERROR, begun(1), rest(3)));
    all.add(connection("the rest of a head on stream 0", PROTOCOL_ERROR, begun(1), rest(0)));
    all.add(connection("the rest of a head that never began", PROTOCOL_ERROR, rest(1)));
    all.add(
        connection(
            "the rest of a head that was whole",
            List.of(PROTOCOL_ERROR, STREAM_CLOSED),
            Http2Frame.request(1, FieldBlock.of(":method", "GET")), // malformed by itself
            frame(CONTINUATION, END_HEADERS, 1, "")));
    all.add(connection("a head on stream 0", PROTOCOL_ERROR, Http2Frame.request(0, GET)));
    all.add(connection("a head on a stream of ours", PROTOCOL_ERROR, Http2Frame.request(2, GET)));
    all.add(
        connection(
            "a head with one byte more of padding than frame",
            PROTOCOL_ERROR,
            frame(HEADERS, END_HEADERS | END_STREAM | PADDED, 1, (char) (GET.length() + 1) + GET)));
    all.add(
        connection(
            "a head with more padding than frame",
            PROTOCOL_ERROR,
            frame(HEADERS, END_HEADERS | END_STREAM | PADDED, 1, "\377" + GET)));
    all.add(
        connection(
            "a head without the length of its padding",
            List.of(PROTOCOL_ERROR, FRAME_SIZE_ERROR),
            frame(HEADERS, END_HEADERS | END_STREAM | PADDED, 1, "")));
    all.add(
        connection(
            "a head with half a priority",
            List.of(PROTOCOL_ERROR, FRAME_SIZE_ERROR),
            frame(HEADERS, END_HEADERS | END_STREAM | WITH_PRIORITY, 1, "\0\0")));
    all.add(
        connection(
            "a head of one byte too many",
            FRAME_SIZE_ERROR,
            Http2Frame.request(1, GET + FieldBlock.of("x-a", "b".repeat(LARGEST)))));
    all.add(
        connection(
            "the rest of a head of one byte too many",
            FRAME_SIZE_ERROR,
            begun(1),
            Http2Frame.continuation(1, END_HEADERS, "x".repeat(LARGEST + 1))));
    return all;
  }

  /** §6.1. */
  private static List<HostileFrame> bodies() {
    Http2Frame refused = Http2Frame.head(1, FieldBlock.of(":method", "POST"));
    return List.of(
        connection("DATA on stream 0", PROTOCOL_ERROR, Http2Frame.data(0, "a")),
        connection(
            "DATA on a stream that never began",
            List.of(PROTOCOL_ERROR, STREAM_CLOSED),
            Http2Frame.data(1, "a")),
        connection(
            "DATA on a stream of ours",
            List.of(PROTOCOL_ERROR, STREAM_CLOSED),
            Http2Frame.data(2, "a")),
        connection(
            "DATA with more padding than frame",
            PROTOCOL_ERROR,
            refused,
            frame(DATA, PADDED, 1, "\5a")),
        connection(
            "DATA that is all padding and one more",
            PROTOCOL_ERROR,
            refused,
            frame(DATA, PADDED, 1, "\3ab")),
        new HostileFrame(
            "a frame that says it were as long as can be",
            Ending.CONNECTION,
            List.of(FRAME_SIZE_ERROR),
            START + frame(HEADERS, END_HEADERS | END_STREAM, 1, GET).wire(0xffffff)),
        connection(
            "an unknown frame of one byte too many",
            FRAME_SIZE_ERROR,
            frame(0x42, 0, 0, "x".repeat(LARGEST + 1))));
  }

  /** §6.5. */
  private static List<HostileFrame> settings() {
    return List.of(
        connection("SETTINGS on a stream", PROTOCOL_ERROR, frame(SETTINGS, 0, 1, "")),
        connection(
            "an acknowledgement with settings",
            FRAME_SIZE_ERROR,
            frame(SETTINGS, ACK, 0, "\0\1\0\0\20\0")),
        connection(
            "SETTINGS of five bytes", FRAME_SIZE_ERROR, frame(SETTINGS, 0, 0, "\0\1\0\0\20")),
        connection(
            "SETTINGS of a byte more", FRAME_SIZE_ERROR, frame(SETTINGS, 0, 0, "\0\1\0\0\20\0\0")),
        connection("push of 2", PROTOCOL_ERROR, Http2Frame.settings(ENABLE_PUSH, 2)),
        connection(
            "a window of 2^31",
            FLOW_CONTROL_ERROR,
            Http2Frame.settings(INITIAL_WINDOW_SIZE, 1L << 31)),
        connection(
            "a window of 2^32-1",
            FLOW_CONTROL_ERROR,
            Http2Frame.settings(INITIAL_WINDOW_SIZE, 0xffffffffL)),
        connection("a frame size of 0", PROTOCOL_ERROR, Http2Frame.settings(MAX_FRAME_SIZE, 0)),
        connection(
            "a frame size of 16383", PROTOCOL_ERROR, Http2Frame.settings(MAX_FRAME_SIZE, 16_383)),
        connection(
            "a frame size of 2^24", PROTOCOL_ERROR, Http2Frame.settings(MAX_FRAME_SIZE, 1 << 24)));
  }

  /** §6.7 and §6.8. */
  private static List<HostileFrame> pings() {
    return List.of(
        connection("PING on a stream", PROTOCOL_ERROR, frame(PING, 0, 1, "sallypor")),
        connection("PING of nothing", FRAME_SIZE_ERROR, frame(PING, 0, 0, "")),
        connection("PING of seven bytes", FRAME_SIZE_ERROR, frame(PING, 0, 0, "sallypo")),
        connection("PING of nine bytes", FRAME_SIZE_ERROR, frame(PING, 0, 0, "sallyport")),
        connection("GOAWAY on a stream", PROTOCOL_ERROR, frame(GOAWAY, 0, 1, "\0".repeat(8))),
        connection("GOAWAY of seven bytes", FRAME_SIZE_ERROR, frame(GOAWAY, 0, 0, "\0".repeat(7))));
  }

  /** §6.9. */
  private static List<HostileFrame> windows() {
    return List.of(
        connection("a window of nothing", PROTOCOL_ERROR, Http2Frame.windowUpdate(0, 0)),
        connection(
            "a window of nothing but the reserved bit",
            PROTOCOL_ERROR,
            Http2Frame.windowUpdate(0, 1L << 31)),
        connection(
            "WINDOW_UPDATE of three bytes", FRAME_SIZE_ERROR, frame(WINDOW_UPDATE, 0, 0, "\0\0\1")),
        connection(
            "WINDOW_UPDATE of five bytes",
            FRAME_SIZE_ERROR,
            frame(WINDOW_UPDATE, 0, 0, "\0\0\0\1\0")),
        connection(
            "WINDOW_UPDATE of a stream that never began",
            PROTOCOL_ERROR,
            Http2Frame.windowUpdate(1, 1)),
        connection(
            "WINDOW_UPDATE of a stream of ours", PROTOCOL_ERROR, Http2Frame.windowUpdate(2, 1)),
        connection(
            "a window of more than 2^31-1",
            FLOW_CONTROL_ERROR,
            Http2Frame.windowUpdate(0, MOST_WINDOW)),
        connection(
            "a window of more than 2^31-1 in two steps",
            FLOW_CONTROL_ERROR,
            Http2Frame.windowUpdate(0, MOST_WINDOW - 65_535),
            Http2Frame.windowUpdate(0, 1)));
  }

  /** §6.3, §6.4 and §6.6. */
  private static List<HostileFrame> others() {
    return List.of(
        connection("PRIORITY on stream 0", PROTOCOL_ERROR, Http2Frame.priority(0, 1)),
        stream(
            "PRIORITY of four bytes", List.of(FRAME_SIZE_ERROR), frame(PRIORITY, 0, 1, "\0\0\0\0")),
        connection("RST_STREAM on stream 0", PROTOCOL_ERROR, Http2Frame.reset(0, NO_ERROR)),
        connection(
            "RST_STREAM of a stream that never began",
            PROTOCOL_ERROR,
            Http2Frame.reset(1, NO_ERROR)),
        connection("RST_STREAM of a stream of ours", PROTOCOL_ERROR, Http2Frame.reset(2, NO_ERROR)),
        connection(
            "RST_STREAM of three bytes",
            FRAME_SIZE_ERROR,
            Http2Frame.head(1, FieldBlock.of(":method", "POST")),
            frame(RST_STREAM, 0, 1, "\0\0\0")),
        connection(
            "a push", PROTOCOL_ERROR, frame(PUSH_PROMISE, END_HEADERS, 1, number(2, 4) + GET)));
  }

  /** RFC 7541. */
  private static List<HostileFrame> compression() {
    return List.of(
        compressed("index 0", GET + FieldBlock.indexed(0)),
        compressed("the first index behind the static table", GET + FieldBlock.indexed(62)),
        compressed("an index far behind the tables", GET + FieldBlock.indexed(1 << 20)),
        compressed(
            "an index that an int does not hold",
            GET + "\377\377\377\377\377\377\377\377\377\377\1"),
        compressed("an index that never ends", GET + "\377" + "\200".repeat(1000)),
        compressed("a name by an index that is none", GET + "\17\200\1\1b"),
        compressed("a name longer than the section", GET + "\0\20x-a"),
        compressed("a value longer than the section", GET + "\0\3x-a\20b"),
        compressed(
            "a length that an int does not hold", GET + "\0\177\377\377\377\377\377\377\17x-a\1b"),
        compressed("a name without a value", GET + "\0\3x-a"),
        compressed("Huffman coding with the end in it", GET + "\0\3x-a\204\377\377\377\377"),
        compressed("Huffman coding padded with zeros", GET + "\0\3x-a\201\30"),
        compressed("Huffman coding padded with a whole byte", GET + "\0\3x-a\202\37\377"),
        compressed("a table larger than we allow", FieldBlock.tableSize(4097) + GET),
        compressed("a table as large as can be", FieldBlock.tableSize(0xffffffffL) + GET),
        compressed("another table size behind a field", GET + FieldBlock.tableSize(0)),
        compressed(
            "another table size at the end",
            FieldBlock.tableSize(0) + GET + FieldBlock.tableSize(1)));
  }

  /** §4.1, §5.5, and §6.5.2: what nobody knows is ignored. */
  private static List<HostileFrame> harmless() {
    List<HostileFrame> all = new ArrayList<>();
    for (int type : new int[] {0x0a, 0x0b, 0x0c, 0x10, 0x42, 0xff}) {
      all.add(harmless("an unknown frame, " + type, frame(type, 0xff, 0, "anything")));
    }
    all.add(harmless("an unknown frame of nothing", frame(0x42, 0, 0, "")));
    all.add(harmless("an unknown setting", Http2Frame.settings(0xffff, 0xffffffffL, 0, 7)));
    all.add(
        harmless(
            "the same setting twice",
            Http2Frame.settings(MAX_FRAME_SIZE, 20_000, MAX_FRAME_SIZE, 16_384)));
    all.add(harmless("an acknowledgement of nothing", frame(PING, ACK, 0, "anything")));
    all.add(harmless("unknown flags of PING", frame(PING, 0xfe, 0, "anything")));
    all.add(harmless("unknown flags of SETTINGS", frame(SETTINGS, 0xfe, 0, "")));
    all.add(harmless("PRIORITY of a stream that never began", Http2Frame.priority(1, 0)));
    all.add(harmless("PRIORITY of a stream far away", Http2Frame.priority(0x7fffffff, 0)));
    all.add(harmless("the reserved bit of a window", Http2Frame.windowUpdate(0, (1L << 31) | 1)));
    return all;
  }
}
