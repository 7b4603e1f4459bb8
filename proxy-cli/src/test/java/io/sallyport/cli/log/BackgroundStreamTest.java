package io.sallyport.cli.log;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

final class BackgroundStreamTest {

  private static final Duration LONG = Duration.ofSeconds(20);
  private static final int LINE_BYTES = 5;

  private final ByteArrayOutputStream written = new ByteArrayOutputStream();
  private final CountDownLatch stuck = new CountDownLatch(1);
  private final CountDownLatch read = new CountDownLatch(1);
  private final CountDownLatch second = new CountDownLatch(1);
  private final AtomicInteger writes = new AtomicInteger();

  private static byte[] line(int number) {
    return "%04d\n".formatted(number).getBytes(US_ASCII);
  }

  private static byte[] dropped(int lines) {
    return "%d dropped\n".formatted(lines).getBytes(US_ASCII);
  }

  private List<String> lines() {
    return written.toString(US_ASCII).lines().toList();
  }

  /** As a pipe that is full, until somebody reads. */
  private final class Pipe extends OutputStream {
    @Override
    public void write(int octet) {
      throw new UnsupportedOperationException();
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      stuck.countDown();
      try {
        read.await();
      } catch (InterruptedException e) {
        throw new IOException(e);
      }
      writes.incrementAndGet();
      written.write(bytes, offset, length);
      if (lines().contains("0001")) {
        second.countDown();
      }
    }
  }

  @Test
  void everyLineArrivesInOrderOnceItIsDrained() throws Exception {
    read.countDown();
    BackgroundStream stream =
        new BackgroundStream(new Pipe(), 1_000_000, BackgroundStreamTest::dropped);
    for (int i = 0; i < 1000; i++) {
      stream.write(line(i));
    }
    stream.drain(LONG);

    assertThat(lines()).hasSize(1000).isSorted();
  }

  @Test
  void whatComesDuringAWriteLeavesInOne() throws Exception {
    BackgroundStream stream =
        new BackgroundStream(new Pipe(), 1_000_000, BackgroundStreamTest::dropped);
    stream.write(line(0));
    stuck.await();
    for (int i = 1; i < 1000; i++) {
      stream.write(line(i));
    }
    read.countDown();
    stream.drain(LONG);

    assertThat(lines()).hasSize(1000).isSorted();
    assertThat(writes).hasValue(2);
  }

  @Test
  void aLineThatFollowsAnotherLeavesByItself() throws Exception {
    read.countDown();
    BackgroundStream stream =
        new BackgroundStream(new Pipe(), 1_000_000, BackgroundStreamTest::dropped);
    stream.write(line(0));
    stuck.await();
    stream.write(line(1));

    assertThat(second.await(LONG.toSeconds(), TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void nobodyWaitsForWhoDoesNotReadAndWhatIsDroppedIsCounted() throws Exception {
    BackgroundStream stream =
        new BackgroundStream(new Pipe(), 10 * LINE_BYTES, BackgroundStreamTest::dropped);
    stream.write(line(0));
    stuck.await();
    for (int i = 1; i <= 100; i++) {
      stream.write(line(i));
    }
    stream.drain(Duration.ofMillis(1));
    assertThat(lines()).isEmpty();

    read.countDown();
    stream.drain(LONG);
    stream.write(line(101));
    stream.drain(LONG);

    assertThat(lines())
        .hasSize(13)
        .startsWith("0000", "0001")
        .endsWith("0010", "90 dropped", "0101");
  }
}
