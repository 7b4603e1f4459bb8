package io.sallyport.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.LastHttpContent;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Writes down what a decoder passes on: {@code POST app.example /a[body{A: trailer}]}, {@code
 * 200[body]}, {@code raw(bytes)}, and {@code !FAULT}. A message that has not ended has no bracket.
 */
final class Transcript {

  private final EmbeddedChannel channel;
  private final StringBuilder text = new StringBuilder();
  private final List<String> fields = new ArrayList<>();
  private boolean raw;

  Transcript(EmbeddedChannel channel) {
    this.channel = channel;
  }

  /** Sends the bytes in pieces that end where it is said, and at their end. */
  Transcript send(byte[] bytes, int... ends) {
    int from = 0;
    for (int end : ends) {
      piece(bytes, from, end);
      from = end;
    }
    piece(bytes, from, bytes.length);
    return this;
  }

  Transcript sendEachByte(byte[] bytes) {
    for (int i = 0; i < bytes.length; i++) {
      piece(bytes, i, i + 1);
    }
    return this;
  }

  private void piece(byte[] bytes, int from, int to) {
    channel.writeInbound(Unpooled.copiedBuffer(bytes, from, to - from));
    read();
  }

  Transcript close() {
    channel.finish();
    read();
    return this;
  }

  Transcript read() {
    for (Object each = channel.readInbound(); each != null; each = channel.readInbound()) {
      note(each);
    }
    return this;
  }

  private void note(Object each) {
    if (each instanceof BadMessage bad) {
      begin().append('!').append(fault(bad.decoderResult().cause()));
    } else if (each instanceof Http1Request request) {
      RequestHead head = request.head();
      begin().append(head.method()).append(' ').append(head.authority()).append(' ');
      text.append(head.target()).append('[');
      noteFields(request.headers());
    } else if (each instanceof HttpResponse response) {
      begin().append(response.status().code()).append('[');
      noteFields(response.headers());
    } else if (each instanceof HttpContent content) {
      noteContent(content);
    } else if (each instanceof ByteBuf data) {
      noteRaw(data);
    } else {
      throw new AssertionError(each);
    }
  }

  private StringBuilder begin() {
    return text.isEmpty() ? text : text.append(' ');
  }

  private void noteFields(HttpHeaders headers) {
    headers.forEach(field -> fields.add(field.getKey() + ": " + field.getValue()));
  }

  private void noteContent(HttpContent content) {
    text.append(content.content().toString(ISO_8859_1));
    if (content instanceof LastHttpContent last) {
      if (!last.trailingHeaders().isEmpty()) {
        text.append(
            last.trailingHeaders().entries().stream()
                .map(field -> field.getKey() + ": " + field.getValue())
                .collect(Collectors.joining("; ", "{", "}")));
      }
      text.append(']');
    }
    content.release();
  }

  private void noteRaw(ByteBuf data) {
    if (raw) {
      text.setLength(text.length() - 1);
    } else {
      begin().append("raw(");
      raw = true;
    }
    text.append(data.toString(ISO_8859_1)).append(')');
    data.release();
  }

  private static Object fault(Throwable cause) {
    return cause instanceof BadRequest bad ? bad.fault() : ((BadResponse) cause).fault();
  }

  /** Of all heads, in their order. */
  String fields() {
    return String.join("; ", fields);
  }

  @Override
  public String toString() {
    return text.toString();
  }
}
