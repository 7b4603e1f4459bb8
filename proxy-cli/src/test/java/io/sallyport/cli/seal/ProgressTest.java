package io.sallyport.cli.seal;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;

final class ProgressTest {

  private final StringWriter shown = new StringWriter();
  private final Progress progress = new Progress(new PrintWriter(shown), "sealing", true);

  @Test
  void tellsHowMuchIsDoneAndHowFast() {
    long second = 1_000_000_000L;

    assertThat(progress.line(1 << 20, 4 << 20, 2 * second))
        .isEqualTo("sealing: 25%, 1.0 MiB, 512.0 KiB/s");
    assertThat(progress.line(1000, -1, second)).isEqualTo("sealing: 1000 B, 1000 B/s");
    assertThat(progress.line(5L << 30, 4L << 30, second))
        .as("a file that grew meanwhile")
        .isEqualTo("sealing: 100%, 5.0 GiB, 5.0 GiB/s");
    assertThat(progress.line(3L << 40, 0, second)).isEqualTo("sealing: 3.0 TiB, 3.0 TiB/s");
  }

  @Test
  void whatIsDoneWithinASecondShowsNone() {
    progress.moved(1 << 20);
    progress.close();

    assertThat(shown.toString()).isEmpty();
  }
}
