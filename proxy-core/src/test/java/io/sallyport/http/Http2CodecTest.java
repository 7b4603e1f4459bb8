package io.sallyport.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.handler.codec.http2.Http2HeadersEncoder;
import io.sallyport.config.Http2Limits;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class Http2CodecTest {

  @ParameterizedTest
  @CsvSource({"0, 4096, 0", "0, 65536, 0", "4096, 65536, 4096", "65536, 8192, 4096", "8192, 0, 0"})
  void whatIsKeptOfFieldsThatWereSentIsWhatBothSidesAllow(int ours, int peers, int kept)
      throws Exception {
    Http2Codec codec =
        Http2Codec.of(
            true, new Http1Limits(1024, 4096, 20), new Http2Limits(1, 1024, 1, 1, ours, 16));
    Http2HeadersEncoder.Configuration encoder =
        codec.encoder().configuration().headersConfiguration();
    assertThat(encoder.maxHeaderTableSize()).isEqualTo(Math.min(ours, 4096));

    encoder.maxHeaderTableSize(peers);

    assertThat(encoder.maxHeaderTableSize()).isEqualTo(kept);
  }
}
