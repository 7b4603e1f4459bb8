package io.sallyport.cli;

import io.sallyport.cli.inject.BadManifests;
import io.sallyport.cli.inject.Injection;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
    description =
        "Adds the sidecar to the pods of Kubernetes manifests, as the annotations of the pods ask,"
            + " and prints them all.",
    footer = {
      "",
      "Deployments, StatefulSets, DaemonSets, ReplicaSets, Jobs, CronJobs, Pods and",
      "lists of them get it where the pods say sallyport.io/inject: enabled. Whatever",
      "else there is stays as it is.",
      "Exits with 2, and prints nothing, when any of it cannot be used."
    })
final class InjectCommand implements Callable<Integer> {

  @Option(
      names = {"-f", "--filename"},
      paramLabel = "FILE",
      description =
          "A file of manifests, YAML or JSON, or a folder, for those in it; - for standard input.")
  private List<String> files = List.of();

  @Parameters(
      arity = "0..1",
      paramLabel = "STDIN",
      description = "Standard input, in place of files.")
  private @Nullable String input;

  @Option(names = "--all", description = "Also pods that do not say sallyport.io/inject: disabled.")
  private boolean all;

  @Option(
      names = "--check",
      description =
          "Print the names of what would change alone, and exit with 1 when anything would.")
  private boolean check;

  @Option(
      names = "--image",
      paramLabel = "IMAGE",
      description = "The sidecar's, where no annotation names it; default sallyport:VERSION.")
  private @Nullable String image;

  @Spec private CommandSpec spec = CommandSpec.create();

  @Override
  public Integer call() throws CommandFailed, BadManifests {
    List<Injection.Manifest> manifests = ManifestFiles.read(sources());
    Injection.Result result =
        Injection.of(manifests, image == null ? "sallyport:" + Version.current() : image, all);
    if (check) {
      result.changed().forEach(spec.commandLine().getOut()::println);
      return (result.changed().isEmpty() ? Exit.DONE : Exit.FAILED).code();
    }
    spec.commandLine().getOut().print(result.text());
    return Exit.DONE.code();
  }

  private List<String> sources() throws CommandFailed {
    if (input == null) {
      if (files.isEmpty()) {
        throw CommandFailed.invalid(
            "--filename", "missing", "name manifests, or write - for standard input");
      }
      return files;
    }
    if (!input.equals(ManifestFiles.STANDARD_INPUT)) {
      throw CommandFailed.invalid(input, "not expected here", "name files with -f");
    }
    if (!files.isEmpty()) {
      throw CommandFailed.invalid("-", "given together with --filename", "use one of them");
    }
    return List.of(input);
  }
}
