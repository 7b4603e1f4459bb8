package io.sallyport.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What systemd does for a service, done by small programs in Python. */
final class Systemd {

  /**
   * Makes sockets, NAME=KIND each, says where they are, and becomes the program after {@code --},
   * which it passes them to. {@code LISTEN_} variables that the environment has stand.
   */
  private static final String PASS =
      """
      import os, signal, socket, sys
      signal.signal(signal.SIGHUP, signal.SIG_DFL)
      signal.signal(signal.SIGINT, signal.SIG_DFL)
      end = sys.argv.index("--")
      names, made = [], []
      for argument in sys.argv[1:end]:
          name, kind = argument.split("=", 1)
          if kind == "file":
              passed = open("/dev/null")
          elif kind.startswith("unix:"):
              passed = socket.socket(socket.AF_UNIX)
              path = kind[5:]
              passed.bind("\\0" + path[1:] if path.startswith("@") else path)
          else:
              passed = socket.socket(
                  socket.AF_INET6 if "tcp6" in kind else socket.AF_INET,
                  socket.SOCK_DGRAM if kind == "udp" else socket.SOCK_STREAM)
              passed.bind(("::1" if "tcp6" in kind else "0.0.0.0" if "any" in kind else "127.0.0.1", 0))
              print("PASSED %s %d." % (name, passed.getsockname()[1]), flush=True)
          if kind not in ("file", "udp"):
              if "deaf" not in kind:
                  passed.listen(128)
              passed.setblocking("blocking" in kind)
          names.append(name)
          made.append(os.dup2(passed.fileno(), 100 + len(made), inheritable=True))
      for i, descriptor in enumerate(made):
          os.dup2(descriptor, 3 + i, inheritable=True)
          os.close(descriptor)
      os.environ.setdefault("LISTEN_PID", str(os.getpid()))
      os.environ.setdefault("LISTEN_FDS", str(len(made)))
      os.environ.setdefault("LISTEN_FDNAMES", ":".join(names))
      os.execvp(sys.argv[end + 1], sys.argv[end + 1:])
      """;

  /** Says each datagram that comes on one line, and that it is ready for them. */
  private static final String LISTEN =
      """
      import socket, sys
      address = sys.argv[1]
      listening = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
      listening.bind("\\0" + address[1:] if address.startswith("@") else address)
      print("LISTENING", flush=True)
      while True:
          print("|".join(listening.recv(4096).decode().split("\\n")), flush=True)
      """;

  /** Runs the program with a stream as the journal's for its standard error; says what came. */
  private static final String LOG_TO_JOURNAL =
      """
      import os, socket, sys
      program, journal = socket.socketpair()
      child = os.fork()
      if child == 0:
          journal.close()
          stream = os.fstat(program.fileno())
          os.environ["JOURNAL_STREAM"] = "%d:%d" % (stream.st_dev, stream.st_ino)
          os.dup2(program.fileno(), 2)
          os.execvp(sys.argv[1], sys.argv[1:])
      program.close()
      with journal.makefile() as lines:
          for line in lines:
              print(line, end="", flush=True)
      sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
      """;

  private Systemd() {}

  /**
   * The command with these sockets passed to it.
   *
   * @param sockets NAME=KIND: tcp, tcp6, tcp-any, tcp-blocking, tcp-deaf, udp, file or unix:PATH
   * @param environment in place of what systemd would set
   */
  static Command pass(List<String> sockets, Map<String, String> environment, String... arguments) {
    List<String> starter = new ArrayList<>(List.of("python3", "-c", PASS));
    starter.addAll(sockets);
    starter.add("--");
    ProcessBuilder builder =
        Command.through(Command.sallyport(arguments), starter.toArray(String[]::new));
    builder.environment().putAll(environment);
    return Command.start(builder);
  }

  /** Whose log goes to a journal; what that has received comes as standard output. */
  static ProcessBuilder withJournal(String... arguments) {
    return Command.through(Command.sallyport(arguments), "python3", "-c", LOG_TO_JOURNAL);
  }

  /** The port of a socket that was passed. */
  static int port(Command command, String name) throws InterruptedException {
    String said = command.line(line -> line.startsWith("PASSED " + name + " "));
    Matcher port = Pattern.compile(" (\\d+)\\.").matcher(said);
    if (!port.find()) {
      throw new IllegalStateException(said);
    }
    return Integer.parseInt(port.group(1));
  }

  /** Whoever is told by a service how it is; returns when it can be. */
  static Command listen(String address) throws InterruptedException {
    Command listening = Command.startOther("python3", "-c", LISTEN, address);
    listening.line(line -> line.equals("LISTENING"));
    return listening;
  }
}
