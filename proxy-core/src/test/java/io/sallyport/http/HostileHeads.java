package io.sallyport.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.handler.codec.http2.Http2Error;
import io.sallyport.rig.FieldBlock;
import io.sallyport.rig.Http2Peer.Answer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Heads of HTTP/2 requests that must be refused; see {@code hostile-http2-heads.txt}. */
final class HostileHeads {

  private static final Map<String, String> SHORT =
      Map.of(
          "M", ":method: GET",
          "S", ":scheme: https",
          "A", ":authority: localhost",
          "P", ":path: /");

  /**
   * @param how it must be refused
   * @param name says what is wrong
   */
  record HostileHead(String how, String name, String escaped) {

    /** As it comes over the wire. */
    String block() {
      List<String> fields = new ArrayList<>();
      String all = escaped.equals("NONE") ? "" : escaped.replace("GET ~", "M ~ S ~ A ~ P ~");
      for (String field : all.isEmpty() ? new String[0] : all.split(" ~ ")) {
        String line = SHORT.getOrDefault(field, field);
        int end = line.indexOf(": ");
        end = end < 0 ? line.length() - 1 : end;
        fields.add(CaseFile.text(line.substring(0, end)));
        fields.add(CaseFile.text(line.substring(Math.min(end + 2, line.length()))));
      }
      return FieldBlock.of(fields.toArray(String[]::new));
    }

    void assertRefused(Answer answer) {
      switch (how) {
        case "malformed" -> assertMalformed(answer);
        case "refused" ->
            assertThat(answer)
                .matches(
                    each ->
                        each.reset() != null
                            || (each.status() >= 400 && each.status() < 500)
                            || each.status() == 501);
        default -> {
          assertThat(answer.status()).isEqualTo(Integer.parseInt(how));
          assertThat(answer.ended()).isTrue();
        }
      }
    }

    @Override
    public String toString() {
      return how + ": " + name;
    }
  }

  private HostileHeads() {}

  static Stream<HostileHead> all() {
    return CaseFile.rows("hostile-http2-heads.txt", 3).stream()
        .map(row -> new HostileHead(row[0], row[1], row[2]));
  }

  /** RFC 9113 §8.1.1: a stream error of type PROTOCOL_ERROR, before which we may answer. */
  static void assertMalformed(Answer answer) {
    if (answer.status() == 0) {
      assertThat(answer.reset()).isEqualTo(Http2Error.PROTOCOL_ERROR);
    } else {
      assertThat(answer.status()).isEqualTo(400);
      assertThat(answer.ended() || answer.reset() != null).isTrue();
    }
  }
}
