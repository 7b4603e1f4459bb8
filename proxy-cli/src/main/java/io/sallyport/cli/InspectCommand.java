package io.sallyport.cli;

import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
    description = "Who a certificate file or a server is, and who vouches for it.",
    footer = {
      "",
      "Examples: sallyport inspect tls.crt",
      "          sallyport inspect app:8443 --cacert ca.crt"
    })
final class InspectCommand implements Callable<Integer> {

  @Parameters(
      paramLabel = "TARGET",
      description = "A PEM file of certificates, or HOST:PORT of a TLS server.")
  private String target = "";

  @Option(names = "--cacert", paramLabel = "FILE", description = "The CAs that should vouch: PEM.")
  private @Nullable Path cacert;

  @Option(names = "--cert", paramLabel = "FILE", description = "Show this certificate: PEM.")
  private @Nullable Path cert;

  @Option(names = "--key", paramLabel = "FILE", description = "Its key: PEM, PKCS#8.")
  private @Nullable Path key;

  @Option(
      names = "--servername",
      paramLabel = "NAME",
      description = "Ask for it (SNI); default HOST.")
  private @Nullable String serverName;

  @Option(names = "--alpn", paramLabel = "PROTOCOL", description = "Offer it; may be repeated.")
  private List<String> alpn = new ArrayList<>();

  @Spec private CommandSpec spec = CommandSpec.create();

  @Override
  public Integer call() throws CommandFailed {
    PrintWriter out = spec.commandLine().getOut();
    Path file = Path.of(target);
    if (Files.exists(file)) {
      CertificateReport.print(PemChain.read("TARGET", file), cacert, out);
      return Exit.DONE.code();
    }
    int colon = target.lastIndexOf(':');
    if (colon <= 0) {
      throw CommandFailed.invalid(
          target,
          "is neither a file nor HOST:PORT",
          "name a certificate file, or a server as app:8443");
    }
    new ServerInspection(target, serverName, cacert, cert, key, alpn).print(out);
    return Exit.DONE.code();
  }
}
