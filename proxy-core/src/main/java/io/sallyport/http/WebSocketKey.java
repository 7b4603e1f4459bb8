package io.sallyport.http;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * A Sec-WebSocket-Key (RFC 6455 §4.1): rare, so that nobody answers it who has not read it, and no
 * secret.
 *
 * @param text as it is sent
 */
record WebSocketKey(String text) {

  private static final int BYTES = 16;
  private static final String GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

  static WebSocketKey random() {
    ThreadLocalRandom random = ThreadLocalRandom.current();
    ByteBuffer key =
        ByteBuffer.allocate(BYTES).putLong(random.nextLong()).putLong(random.nextLong());
    return new WebSocketKey(Base64.getEncoder().encodeToString(key.array()));
  }

  /** Of a request; null where it has none that one side could have made and the other answer. */
  static @Nullable WebSocketKey of(HttpHeaders fields) {
    List<String> values = fields.getAll(HttpHeaderNames.SEC_WEBSOCKET_KEY);
    if (values.size() != 1) {
      return null;
    }
    try {
      byte[] key = Base64.getDecoder().decode(values.get(0));
      return key.length == BYTES ? new WebSocketKey(values.get(0)) : null;
    } catch (IllegalArgumentException e) {
      return null;
    }
  }

  /** Whether a 101 with these fields is one to a request with this key. */
  boolean isAcceptedBy(HttpHeaders fields) {
    return fields.containsValue(HttpHeaderNames.UPGRADE, Http2Request.WEBSOCKET, true)
        && fields.containsValue(HttpHeaderNames.CONNECTION, HttpHeaderValues.UPGRADE, true)
        && accept().equals(fields.get(HttpHeaderNames.SEC_WEBSOCKET_ACCEPT));
  }

  /** What a server shows that has read it (RFC 6455 §4.2.2). */
  String accept() {
    try {
      MessageDigest sha1 = MessageDigest.getInstance("SHA-1");
      return Base64.getEncoder().encodeToString(sha1.digest((text + GUID).getBytes(US_ASCII)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-1", e);
    }
  }
}
