package io.sallyport.cli;

import static io.sallyport.testcerts.DevelopmentPkiFailed.Fault.FOLDER_UNUSABLE;

import io.sallyport.BindFailed;
import io.sallyport.cli.inject.BadManifests;
import io.sallyport.cli.log.Journal;
import io.sallyport.config.InvalidConfig;
import io.sallyport.config.Problem;
import io.sallyport.config.Suggestion;
import io.sallyport.testcerts.DevelopmentPkiFailed;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.util.List;
import java.util.Set;
import org.slf4j.event.Level;
import picocli.CommandLine.MissingParameterException;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.OverwrittenOptionException;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/** Tells the user what went wrong, one line each, and which exit code that is. */
final class Faults {

  /** Begins each line that tells of one. */
  static final String ERROR = Journal.priority(Level.ERROR) + "error: ";

  /** Begins each line that warns. */
  static final String WARNING = Journal.priority(Level.WARN) + "warning: ";

  private Faults() {}

  /** The command line itself is wrong. */
  static Exit reportUsage(ParameterException fault, PrintWriter err) {
    String command = fault.getCommandLine().getCommandSpec().qualifiedName();
    err.println(ERROR + usageFault(fault) + "; see '" + command + " --help'");
    return Exit.INVALID;
  }

  private static String usageFault(ParameterException fault) {
    if (fault instanceof UnmatchedArgumentException unmatched) {
      return unmatched(unmatched);
    }
    String message = String.valueOf(fault.getMessage());
    if (fault instanceof MissingParameterException missing && !missing.getMissing().isEmpty()) {
      List<String> strangers = fault.getCommandLine().getUnmatchedArguments();
      if (!strangers.isEmpty()) {
        // A flag that is missing may be there, mistyped.
        return unmatched(new UnmatchedArgumentException(fault.getCommandLine(), strangers));
      }
      boolean bare = message.contains("parameter for option");
      String what = bare ? "needs a value" : "missing";
      return name(missing.getMissing().get(0)) + ": " + what;
    }
    if (fault instanceof OverwrittenOptionException overwritten) {
      return name(overwritten.getOverwritten()) + ": given more than once";
    }
    ArgSpec argument = fault.getArgSpec();
    if (argument == null) {
      return message;
    }
    // Picocli puts "Invalid value for option '--x': " before what a converter says.
    int said = message.startsWith("Invalid value") ? message.indexOf("': ") : -1;
    String what = said < 0 ? message : message.substring(said + 3);
    return name(argument) + ": " + what.replace("is not an int", "is not a whole number");
  }

  /** Only what is near is suggested: picocli's own suggestions may have one letter in common. */
  private static String unmatched(UnmatchedArgumentException fault) {
    String first = fault.getUnmatched().get(0);
    CommandSpec command = fault.getCommandLine().getCommandSpec();
    if (fault.isUnknownOption()) {
      int value = first.indexOf('=');
      String flag = value < 0 ? first : first.substring(0, value);
      return first + ": no such flag" + meant(flag, command.optionsMap().keySet());
    }
    return command.parent() == null
        ? first + ": no such command" + meant(first, command.subcommands().keySet())
        : first + ": not expected here";
  }

  private static String meant(String word, Set<String> known) {
    return Suggestion.of(word, known).map(near -> " (did you mean " + near + "?)").orElse("");
  }

  private static String name(ArgSpec argument) {
    return argument instanceof OptionSpec option ? option.longestName() : argument.paramLabel();
  }

  /** What a command threw. */
  static Exit report(Exception fault, PrintWriter err) {
    if (fault instanceof InvalidConfig invalid) {
      invalid.problems().forEach(problem -> err.println(ERROR + line(problem)));
      return Exit.INVALID;
    }
    if (fault instanceof BadManifests bad) {
      bad.problems().forEach(problem -> err.println(ERROR + problem));
      return Exit.INVALID;
    }
    if (fault instanceof BindFailed bind) {
      err.println(ERROR + line(bind.problem()));
      return Exit.FAILED;
    }
    if (fault instanceof CommandFailed failed) {
      err.println(ERROR + line(failed.problem()));
      return failed.exit();
    }
    if (fault instanceof DevelopmentPkiFailed failed) {
      err.println(ERROR + failed.getMessage());
      return failed.fault() == FOLDER_UNUSABLE ? Exit.FAILED : Exit.INVALID;
    }
    err.println(ERROR + (fault instanceof IOException io ? withFile(io) : bug(fault)));
    return Exit.FAILED;
  }

  /** A problem of a setting that came from a flag names that flag alone. */
  static String line(Problem problem) {
    return (problem.origin().startsWith("--")
            ? new Problem(problem.origin(), "", problem.fault(), problem.remedy())
            : problem)
        .toString();
  }

  private static String withFile(IOException fault) {
    String file = fault instanceof FileSystemException named ? named.getFile() : null;
    return (file == null ? "" : file + ": ") + describe(fault);
  }

  /** In words; Java's own message of many a fault is the file's name alone. */
  static String describe(IOException fault) {
    if (fault instanceof NoSuchFileException) {
      return "no such file or folder";
    }
    if (fault instanceof AccessDeniedException) {
      return "permission denied";
    }
    String reason =
        fault instanceof FileSystemException file ? file.getReason() : fault.getMessage();
    return reason == null ? fault.getClass().getSimpleName() : reason;
  }

  private static String bug(Exception fault) {
    return "internal fault: " + fault + "; run it again with --debug and report what it prints";
  }
}
