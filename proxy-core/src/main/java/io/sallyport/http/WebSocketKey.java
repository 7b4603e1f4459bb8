package io.sallyport.http;

import java.nio.ByteBuffer;
import java.util.Base64;
import java.util.concurrent.ThreadLocalRandom;

/** Sec-WebSocket-Key (RFC 6455 §4.1): rare, so that no cache answers it, and no secret. */
final class WebSocketKey {

  private static final int BYTES = 16;

  private WebSocketKey() {}

  static String random() {
    ThreadLocalRandom random = ThreadLocalRandom.current();
    ByteBuffer key =
        ByteBuffer.allocate(BYTES).putLong(random.nextLong()).putLong(random.nextLong());
    return Base64.getEncoder().encodeToString(key.array());
  }
}
