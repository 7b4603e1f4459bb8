package io.sallyport.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.PrintWriter;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.OverwrittenOptionException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.RunLast;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** {@code sallyport}: finds the command, runs it, and makes an exit code of what happened. */
@Command(
    name = "sallyport",
    description = "A zero-trust sidecar: mutual TLS in, plaintext home, mutual TLS out.",
    synopsisSubcommandLabel = "COMMAND",
    footer = {
      "",
      "Exit codes: 0 done; 1 failed at run time; 2 the arguments or the configuration",
      "are wrong; 3 stopped, and connections were cut."
    })
public final class Sallyport implements Callable<Integer> {

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      scope = ScopeType.INHERIT,
      description = "Show this help.")
  @SuppressWarnings("UnusedVariable") // Picocli acts on it.
  private boolean help;

  @Option(
      names = "--debug",
      scope = ScopeType.INHERIT,
      description = "Show the stack trace of an error.")
  private boolean debug;

  @Spec private CommandSpec spec = CommandSpec.create();

  private Sallyport() {}

  public static void main(String[] args) {
    PrintWriter out = new PrintWriter(System.out, true, UTF_8);
    PrintWriter err = new PrintWriter(System.err, true, UTF_8);
    System.exit(run(out, err, args));
  }

  /** Runs one command line; returns its exit code. */
  static int run(PrintWriter out, PrintWriter err, String... args) {
    if (RunCommand.isPlain(args)) {
      return RunCommand.plainly(args, err).code();
    }
    int code = commandLine(out, err, args).execute(args);
    out.flush();
    return code;
  }

  /** What takes these arguments apart, or runs the command that they name. */
  static CommandLine commandLine(PrintWriter out, PrintWriter err, String... args) {
    Sallyport sallyport = new Sallyport();
    CommandLine root = new CommandLine(sallyport);
    commands(args.length == 0 ? "" : args[0])
        .forEach((name, command) -> root.addSubcommand(name, command.get()));
    // After the commands were added: each of these settings goes to those that are there.
    root.setOut(out).setErr(err);
    root.registerConverter(Duration.class, new GoDuration());
    root.setParameterExceptionHandler((fault, all) -> Faults.reportUsage(fault, err).code());
    root.setExecutionExceptionHandler(
        (fault, command, parsed) -> {
          if (sallyport.debug) {
            fault.printStackTrace(err);
          }
          return Faults.report(fault, err).code();
        });
    root.setExecutionStrategy(Sallyport::execute);
    return root;
  }

  /** Of a flag in a group picocli would silently take the last of many. */
  private static int execute(ParseResult parsed) {
    for (ParseResult command = parsed; command != null; command = command.subcommand()) {
      for (OptionSpec option : command.matchedOptionsSet()) {
        if (!option.isMultiValue() && option.originalStringValues().size() > 1) {
          throw new OverwrittenOptionException(command.commandSpec().commandLine(), option, "");
        }
      }
    }
    return new RunLast().execute(parsed);
  }

  /** No command was given. */
  @Override
  public Integer call() {
    spec.commandLine().usage(spec.commandLine().getErr());
    return Exit.INVALID.code();
  }

  private static Map<String, Supplier<Object>> commands(String asked) {
    Map<String, Supplier<Object>> commands = new LinkedHashMap<>();
    commands.put("run", RunCommand::new);
    commands.put("server", ServerCommand::new);
    commands.put("client", ClientCommand::new);
    commands.put("check", CheckCommand::new);
    commands.put("status", ReportCommand::status);
    commands.put("denials", ReportCommand::denials);
    commands.put("connections", ConnectionsCommand::new);
    commands.put("reload", ReloadCommand::new);
    commands.put("drain", DrainCommand::new);
    commands.put("demo", DemoCommand::new);
    commands.put("certs", CertsCommand::new);
    commands.put("inspect", InspectCommand::new);
    commands.put("inject", InjectCommand::new);
    commands.put("capture", CaptureCommand::new);
    commands.put("keygen", KeygenCommand::new);
    commands.put("seal", SealCommand::new);
    commands.put("open", OpenCommand::new);
    commands.put("reseal", ResealCommand::new);
    commands.put("rewrap", RewrapCommand::new);
    commands.put("version", VersionCommand::new);
    Supplier<Object> only = commands.get(asked);
    if (only != null) {
      // The models of all the others would cost each start some tens of milliseconds.
      return Map.of(asked, only);
    }
    commands.put("completion", CompletionCommand::new);
    commands.put("help", HelpCommand::new);
    return commands;
  }
}
