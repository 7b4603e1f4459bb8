package io.sallyport;

import static org.assertj.core.api.Assertions.assertThat;

import io.sallyport.Proxy.Stopped;
import io.sallyport.rig.Pki;
import io.sallyport.rig.RunningProxy;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class CloseIT {

  @Test
  void canBeClosedAndStoppedAgain(@TempDir Path folder) throws Exception {
    RunningProxy running =
        RunningProxy.with(
            new Pki(folder),
            """
            inbound.web { listen = "127.0.0.1:0", forward = "127.0.0.1:1", allow = any-trusted }
            """);
    running.close();
    running.close();
    assertThat(running.proxy().stop()).isCompletedWithValue(Stopped.CLEAN);
  }
}
