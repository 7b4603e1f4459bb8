package io.sallyport.cli;

import io.netty.handler.ssl.OpenSsl;
import io.netty.util.Version;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

@Command(description = "What this is and what it runs on.")
final class VersionCommand implements Callable<Integer> {

  @Spec private CommandSpec spec = CommandSpec.create();

  @Override
  public Integer call() {
    PrintWriter out = spec.commandLine().getOut();
    out.println("sallyport  " + io.sallyport.cli.Version.current());
    out.println(
        "java       "
            + Runtime.version()
            + ", "
            + System.getProperty("java.vm.name")
            + ", "
            + System.getProperty("os.name")
            + " "
            + System.getProperty("os.arch"));
    Version netty = Version.identify().get("netty-handler");
    out.println("netty      " + (netty == null ? "unknown" : netty.artifactVersion()));
    out.println("tls        " + tls());
    return Exit.DONE.code();
  }

  private static String tls() {
    if (OpenSsl.isAvailable()) {
      Version tcnative = Version.identify().get("netty-tcnative-classes");
      return OpenSsl.versionString()
          + (tcnative == null ? "" : ", netty-tcnative " + tcnative.artifactVersion());
    }
    Throwable cause = OpenSsl.unavailabilityCause();
    return "none, for BoringSSL cannot be loaded: " + (cause == null ? "" : cause);
  }
}
