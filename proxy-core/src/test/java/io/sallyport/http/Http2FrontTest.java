package io.sallyport.http;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What a client of HTTP/2 may send, and what becomes of its requests and its connection. */
final class Http2FrontTest {

  private static final String OK_WITH_LENGTH = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n";

  private Http2FrontRig rig = Http2FrontRig.open();

  @AfterEach
  void close() {
    rig.close();
  }

  private void reopen(Http2FrontRig fresh) {
    rig.close();
    rig = fresh;
  }

  @Test
  void aRequestAndItsResponseAreCarried() {
    rig.get(1);
    assertThat(rig.application(0).seen()).startsWith("GET / HTTP/1.1\r\n").endsWith("\r\n\r\n");

    rig.application(0).answer(OK_WITH_LENGTH + "hello");

    assertThat(rig.written()).containsExactly("HEADERS 1 200", "DATA 1 5 ends");
    assertThat(rig.answered).hasSize(1);
    assertThat(rig.application(0).kept).isEqualTo(1);
  }

  @Test
  void aTunnelIsNotAskedForWithALengthThatItsBytesWouldNotHave() {
    rig.webSocket(1, "content-length", "7");

    assertThat(rig.applications).isEmpty();
    assertThat(rig.written()).containsExactly("RST_STREAM 1 1");
  }
}
