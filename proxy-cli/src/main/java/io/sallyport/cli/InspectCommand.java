package io.sallyport.cli;

import io.sallyport.Proxy;
import io.sallyport.cli.inspect.Admission;
import io.sallyport.cli.inspect.Certificates;
import io.sallyport.cli.inspect.Report;
import io.sallyport.cli.inspect.SealedFile;
import io.sallyport.cli.inspect.SealedTree;
import io.sallyport.cli.inspect.ServerInspection;
import io.sallyport.config.Address;
import io.sallyport.config.Addresses;
import io.sallyport.config.InvalidConfig;
import io.sallyport.config.Malformed;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
    description =
        "Shows what is in a certificate file, or what a TLS server shows: who it is, who vouches"
            + " for it, what was negotiated. Of a sealed file, the header: which key it takes.",
    abbreviateSynopsis = true,
    sortOptions = false,
    footer = {
      "",
      "Exits with 0 when there is something to show; with -c, with 1 when no outbound",
      "listener would get through to the server; with -r, with 1 when a file could not",
      "be looked at."
    })
final class InspectCommand implements Callable<Integer> {

  private static final Set<String> SERVER_FLAGS =
      Set.of("--cacert", "--cert", "--key", "--servername", "--alpn", "--config", "--listener");

  @Parameters(paramLabel = "TARGET", description = "A PEM, DER or sealed file, or HOST:PORT.")
  private String target = "";

  @Option(
      names = "--cacert",
      paramLabel = "FILE",
      description = "The CAs that may vouch for the server.")
  private @Nullable Path cacert;

  @Option(names = "--cert", paramLabel = "FILE", description = "A certificate to show, if asked.")
  private @Nullable Path cert;

  @Option(names = "--key", paramLabel = "FILE", description = "Its private key.")
  private @Nullable Path key;

  @Option(
      names = "--servername",
      paramLabel = "NAME",
      description = "The server's name, in place of HOST.")
  private @Nullable String serverName;

  @Option(
      names = "--alpn",
      paramLabel = "PROTOCOL",
      split = ",",
      description = "Protocols to offer, such as h2,http/1.1.")
  private List<String> alpn = new ArrayList<>();

  @Option(
      names = {"-c", "--config"},
      paramLabel = "FILE",
      description =
          "A configuration: say whether its outbound listeners would let the server in, by which"
              + " rule, or why not.")
  private @Nullable Path config;

  @Option(names = "--listener", paramLabel = "NAME", description = "Ask only this one of them.")
  private @Nullable String listener;

  @Option(
      names = {"-r", "--recursive"},
      description = "TARGET is a folder: which keys the sealed files in it, at any depth, take.")
  private boolean recursive;

  @Option(names = "--json", description = "One JSON object, on one line.")
  private boolean json;

  @Spec private CommandSpec spec = CommandSpec.create();

  @Override
  public Integer call() throws CommandFailed, InvalidConfig {
    Path file = Path.of(target);
    if (recursive) {
      return inspectTree(file).code();
    }
    if (Files.exists(file)) {
      refuseServerFlags("a file");
      if (Files.isDirectory(file)) {
        throw CommandFailed.invalid(target, "is a folder", "add -r to see what is sealed in it");
      }
      // A pipe can be read once, and is left for certificates.
      Optional<Report> sealed =
          Files.isRegularFile(file) ? SealedFile.report(file) : Optional.empty();
      print(sealed.isPresent() ? sealed.get() : Certificates.report(file, Instant.now()));
      return Exit.DONE.code();
    }
    if (!(serverAddress() instanceof Address.Tcp server)) {
      throw CommandFailed.invalid(target, "neither a file nor HOST:PORT", "name one of them");
    }
    ServerInspection.Found found =
        ServerInspection.of(server, serverName, alpn, cacert, cert, key, admission())
            .run(Instant.now());
    print(found.report());
    return (found.admitted() ? Exit.DONE : Exit.FAILED).code();
  }

  private Exit inspectTree(Path folder) throws CommandFailed {
    if (!Files.isDirectory(folder)) {
      throw CommandFailed.invalid(target, "is no folder", "name one, or leave out -r");
    }
    refuseServerFlags("a folder");
    PrintWriter err = spec.commandLine().getErr();
    SealedTree.Found found = SealedTree.under(folder, fault -> Faults.report(fault, err));
    print(found.report());
    return found.whole() ? Exit.DONE : Exit.FAILED;
  }

  private void print(Report report) {
    spec.commandLine().getOut().print(json ? report.json() + "\n" : report.text());
  }

  private @Nullable Admission admission() throws CommandFailed, InvalidConfig {
    if (config != null) {
      return new Admission(Proxy.read(config), listener);
    }
    if (listener != null) {
      throw CommandFailed.invalid("--listener", "of no configuration", "name it by -c FILE");
    }
    return null;
  }

  /** Of a file they would change nothing, and seem to have been heeded. */
  private void refuseServerFlags(String what) throws CommandFailed {
    for (OptionSpec option : spec.commandLine().getParseResult().matchedOptions()) {
      if (SERVER_FLAGS.contains(option.longestName())) {
        throw CommandFailed.invalid(
            option.longestName(), "is for a server, and " + target + " is " + what, "remove it");
      }
    }
  }

  private @Nullable Address serverAddress() {
    try {
      return Addresses.target(target);
    } catch (Malformed e) {
      return null;
    }
  }
}
