package io.sallyport.cli;

import io.sallyport.testcerts.DevelopmentLeaf;
import io.sallyport.testcerts.DevelopmentPki;
import io.sallyport.testcerts.DevelopmentPkiFailed;
import io.sallyport.testcerts.PemFiles;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
    description = "A development CA and certificates of it; never for production.",
    footer = {
      "",
      "The CA is made in the folder the first time and used again after that.",
      "Example: sallyport certs --dir pki --name app --dns app.local --ip 127.0.0.1"
    })
final class CertsCommand implements Callable<Integer> {

  @Option(names = "--dir", paramLabel = "DIR", required = true, description = "The CA's folder.")
  private Path folder = Path.of(".");

  @Option(
      names = "--name",
      paramLabel = "NAME",
      required = true,
      description = "The common name; the files are NAME.crt and NAME.key.")
  private String name = "";

  @Option(names = "--dns", paramLabel = "NAME", description = "A DNS name; may be repeated.")
  private List<String> dns = new ArrayList<>();

  @Option(names = "--ip", paramLabel = "ADDRESS", description = "An IP address; may be repeated.")
  private List<String> ips = new ArrayList<>();

  @Option(names = "--spiffe", paramLabel = "ID", description = "The SPIFFE ID.")
  private @Nullable String spiffeId;

  @Option(
      names = "--days",
      paramLabel = "N",
      defaultValue = "90",
      description = "How long it is valid; default 90.")
  private int days;

  @Option(names = "--overwrite", description = "Replace the files if they are there.")
  private boolean overwrite;

  @Spec private CommandSpec spec = CommandSpec.create();

  @Override
  public Integer call() throws CommandFailed {
    PrintWriter out = spec.commandLine().getOut();
    try {
      DevelopmentPki pki = DevelopmentPki.in(folder);
      DevelopmentLeaf leaf = new DevelopmentLeaf(name, dns, ips, spiffeId, days);
      PemFiles files = overwrite ? pki.reissue(leaf) : pki.issue(leaf);
      out.println("certificate  " + files.certificate());
      out.println("key          " + files.key());
      out.println("trust        " + pki.caCertificate());
      return Exit.DONE.code();
    } catch (DevelopmentPkiFailed e) {
      throw DevelopmentPkiFaults.told(e);
    }
  }
}
