package io.sallyport.cli.log;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class LogProcessIT {

  private static final String TIME = "\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z";

  @Test
  void intoAPipeItIsJson() throws Exception {
    assertThat(output(java()))
        .matches(
            "\\{\"time\":\""
                + TIME
                + "\",\"level\":\"info\",\"logger\":\"io.sallyport.cli.log.OneLine\","
                + "\"msg\":\"hello\",\"n\":0}\n");
  }

  @Test
  void onATerminalItIsForPeople() throws Exception {
    List<String> inTerminal =
        new ArrayList<>(List.of("python3", "-c", "import pty, sys; pty.spawn(sys.argv[1:])"));
    inTerminal.addAll(java());

    assertThat(output(inTerminal)).matches(TIME + " INFO  hello n=0\r\n");
  }

  private static List<String> java() {
    return List.of(
        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
        "-cp",
        System.getProperty("java.class.path"),
        OneLine.class.getName());
  }

  private static String output(List<String> command) throws IOException, InterruptedException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    process.getOutputStream().close();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(output).isZero();
    return output;
  }
}
