package io.sallyport.cli;

import static io.sallyport.testcerts.DevelopmentPkiFailed.Fault.FILE_EXISTS;

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
    description =
        "Issues a certificate from a development CA in a folder, which is made when it is not"
            + " there. Never for production: the CA's key lies beside it.",
    abbreviateSynopsis = true,
    sortOptions = false,
    footer = {
      "",
      "Example:",
      "  sallyport certs --name web --dns web.internal --spiffe spiffe://dev/web"
    })
final class CertsCommand implements Callable<Integer> {

  private static final int DAYS = 90;

  @Option(
      names = "--dir",
      paramLabel = "DIR",
      description = "The folder of the CA and of what it issues; default certs.")
  private Path dir = Path.of("certs");

  @Option(
      names = "--name",
      paramLabel = "NAME",
      description = "Its common name; its files are NAME.crt and NAME.key.")
  private @Nullable String name;

  @Option(names = "--dns", paramLabel = "NAME", description = "A DNS name; may be repeated.")
  private List<String> dns = new ArrayList<>();

  @Option(names = "--ip", paramLabel = "IP", description = "An IP address; may be repeated.")
  private List<String> ips = new ArrayList<>();

  @Option(
      names = {"--spiffe", "--uri"},
      paramLabel = "ID",
      description = "A SPIFFE ID.")
  private @Nullable String spiffeId;

  @Option(names = "--days", paramLabel = "N", description = "How long it is valid; default 90.")
  private int days = DAYS;

  @Option(names = "--force", description = "Issue it anew where it is there already.")
  private boolean force;

  @Spec private CommandSpec spec = CommandSpec.create();

  @Override
  public Integer call() throws DevelopmentPkiFailed, CommandFailed {
    if (name == null) {
      throw CommandFailed.invalid("--name", "missing", "name the certificate, as in --name web");
    }
    DevelopmentLeaf leaf = new DevelopmentLeaf(name, dns, ips, spiffeId, days);
    leaf.check();
    DevelopmentPki pki = DevelopmentPki.in(dir);
    PemFiles files = issue(pki, leaf);
    PrintWriter out = spec.commandLine().getOut();
    out.println("ca           " + pki.caCertificate() + (pki.created() ? " (new)" : ""));
    out.println("certificate  " + files.certificate());
    out.println("key          " + files.key());
    return Exit.DONE.code();
  }

  private PemFiles issue(DevelopmentPki pki, DevelopmentLeaf leaf)
      throws DevelopmentPkiFailed, CommandFailed {
    if (force) {
      return pki.reissue(leaf);
    }
    try {
      return pki.issue(leaf);
    } catch (DevelopmentPkiFailed e) {
      if (e.fault() != FILE_EXISTS) {
        throw e;
      }
      throw CommandFailed.invalid(
          "--name", leaf.name() + " is there already", "choose another name, or add --force");
    }
  }
}
