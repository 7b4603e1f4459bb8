package io.sallyport.admin;

import io.netty.channel.EventLoop;
import io.sallyport.config.AppProbe;
import io.sallyport.transport.Transport;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;

/** The probes of the application, by the name of each; to be asked on the admin server's loop. */
final class AppChecks {

  private AppChecks() {}

  static Map<String, Supplier<CompletionStage<Reply>>> of(
      List<AppProbe> probes, EventLoop loop, Transport transport) {
    Map<String, Supplier<CompletionStage<Reply>>> checks = new HashMap<>();
    for (AppProbe probe : probes) {
      checks.put(probe.name(), new AppCheck(probe, loop, transport)::ask);
    }
    return checks;
  }
}
