package io.sallyport.cli.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.sallyport.http.AccessLog;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

class LineLoggerTest {

  private final ByteArrayOutputStream written = new ByteArrayOutputStream();
  private final LogOutput output = new LogOutput(written, LogFormat.HUMAN);
  private final Logger log = new LineLogger("io.sallyport.X", output);
  private final Logger netty = new LineLogger("io.netty.channel.X", output);

  @Test
  void slf4jFindsThisBackend() {
    assertThat(LoggerFactory.getLogger("any")).isInstanceOf(LineLogger.class);
    assertThat(LoggerFactory.getLogger("any")).isSameAs(LoggerFactory.getLogger("any"));
  }

  @Test
  void keyValuesOfTheFluentApiStayFields() {
    log.atInfo().addKeyValue("reason", "idle").addKeyValue("n", () -> 7).log("closed {}", "now");

    assertThat(lines()).singleElement().asString().endsWith(" INFO  closed now reason=idle n=7");
  }

  @Test
  void argumentsAreFilledInAndATrailingExceptionIsTheCause() {
    log.warn("{} of {} failed", 1, 2, new IOException("gone"));
    log.atWarn().log("{} failed", 1, new IOException("gone"));
    log.error("all failed", new IOException("gone"));
    log.info("braces {} stay");

    assertThat(lines().stream().map(line -> line.substring(25)))
        .containsExactly(
            "WARN  1 of 2 failed error=\"java.io.IOException: gone\"",
            "WARN  1 failed error=\"java.io.IOException: gone\"",
            "ERROR all failed error=\"java.io.IOException: gone\"",
            "INFO  braces {} stay");
  }

  @Test
  void aLineOfAnotherFormatIsWrittenAsItIs() {
    Logger access = new LineLogger(AccessLog.COMMON, output);
    access.info("127.0.0.1 - - [x] \"GET /{} HTTP/1.1\" 200 -");
    access.info("hostile\u001b\n2026 INFO  x");

    assertThat(lines())
        .containsExactly(
            "127.0.0.1 - - [x] \"GET /{} HTTP/1.1\" 200 -", "hostile\\u001b\\n2026 INFO  x");
  }

  @Test
  void theJournalIsToldThePriorityOfEachLine() {
    LogOutput journal = new LogOutput(written, LogFormat.HUMAN, true);
    journal.change(Level.TRACE);
    Logger told = new LineLogger("io.sallyport.X", journal);
    told.error("failed", new IOException("gone"));
    new LineLogger(AccessLog.COMMON, journal).info("<0>GET /");
    told.warn("odd");
    told.debug("detail");
    told.trace("detail");

    List<String> lines = lines();
    int stack = lines.size() - 5;
    assertThat(lines.subList(0, stack + 1)).allMatch(line -> line.startsWith("<3>"));
    assertThat(stack).isGreaterThan(2);
    assertThat(lines.get(stack + 1)).isEqualTo("<6><0>GET /");
    assertThat(lines.subList(stack + 2, lines.size()).stream().map(line -> line.substring(0, 3)))
        .containsExactly("<4>", "<7>", "<7>");
  }

  @Test
  void infoIsTheLevelAndWarnIsNettys() {
    for (Logger each : List.of(log, netty)) {
      each.trace("trace");
      each.debug("debug");
      each.atDebug().log("debug");
      each.info("info");
      each.warn("warn");
      each.error("error");
    }

    assertThat(lines().stream().map(line -> line.substring(31)))
        .containsExactly("info", "warn", "error", "warn", "error");
  }

  @Test
  void theLevelCanChangeWhileRunning() {
    output.change(Level.DEBUG);
    log.debug("seen");
    netty.debug("not seen");
    output.change(Level.ERROR);
    log.warn("not seen");

    assertThat(lines().stream().map(line -> line.substring(31))).containsExactly("seen");
  }

  @Test
  void aBuilderMadeBeforeTheLevelRoseIsSilent() {
    var builder = log.atInfo();
    output.change(Level.WARN);

    builder.log("late");

    assertThat(lines()).isEmpty();
  }

  @Test
  void stacksComeAtDebugOnly() {
    log.error("first", new IOException("gone"));
    assertThat(lines()).hasSize(1);

    output.change(Level.DEBUG);
    log.error("second", new IOException("gone"));
    assertThat(lines()).hasSizeGreaterThan(3).anyMatch(line -> line.startsWith("      at "));
  }

  @Test
  void aLoggerNeverThrows() {
    Exception broken =
        new Exception("broken") {
          private static final long serialVersionUID = 1L;

          @Override
          public synchronized Throwable getCause() {
            throw new IllegalStateException("no");
          }
        };
    LogOutput closed =
        new LogOutput(
            new OutputStream() {
              @Override
              public void write(int b) throws IOException {
                throw new IOException("closed");
              }
            },
            LogFormat.JSON);

    new LineLogger("x", closed).error("nobody reads this");
    log.error("broken", broken);

    assertThat(lines())
        .singleElement()
        .asString()
        .endsWith("could not be put in words failure=java.lang.IllegalStateException");
  }

  @Test
  void linesOfManyThreadsNeverMixAndEachIsOneWrite() throws Exception {
    List<String> writes = new ArrayList<>();
    // Not thread-safe on purpose: the logger has to see to that.
    OutputStream recording =
        new OutputStream() {
          @Override
          public void write(int b) {
            writes.add(String.valueOf(b));
          }

          @Override
          public void write(byte[] bytes) {
            writes.add(new String(bytes, StandardCharsets.US_ASCII));
          }
        };
    Logger shared = new LineLogger("x", new LogOutput(recording, LogFormat.JSON));
    int threads = 8;
    int each = 500;
    CountDownLatch start = new CountDownLatch(1);
    ExecutorService pool = Executors.newFixedThreadPool(threads);
    try {
      List<Future<?>> running = new ArrayList<>();
      for (int thread = 0; thread < threads; thread++) {
        int id = thread;
        running.add(
            pool.submit(
                () -> {
                  start.await();
                  for (int i = 0; i < each; i++) {
                    shared.atInfo().addKeyValue("id", id * each + i).log("x".repeat(200));
                  }
                  return null;
                }));
      }
      start.countDown();
      for (Future<?> thread : running) {
        thread.get();
      }
    } finally {
      pool.shutdown();
    }

    assertThat(writes).allMatch(line -> line.matches("\\{\"time\":.*,\"id\":\\d+}\n"));
    assertThat(writes.stream().map(line -> line.replaceAll(".*\"id\":(\\d+)}\n", "$1")))
        .containsExactlyInAnyOrderElementsOf(
            IntStream.range(0, threads * each).mapToObj(String::valueOf).toList());
  }

  private List<String> lines() {
    return written.toString(StandardCharsets.US_ASCII).lines().toList();
  }
}
