package io.sallyport.cli.systemd;

import io.sallyport.transport.InheritedSockets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The sockets that systemd says it has passed to this process; sd_listen_fds_with_names(3). */
public final class PassedSockets {

  private static final Logger log = LoggerFactory.getLogger(PassedSockets.class);

  private static final String COUNT = "LISTEN_FDS";

  private static final String FOR_PROCESS = "LISTEN_PID";
  private static final String NAMES = "LISTEN_FDNAMES";

  /** After standard input, output and error. */
  private static final int FIRST = 3;

  /** What systemd itself calls those that were passed without names. */
  private static final String NAMELESS = "unknown";

  private static final int MOST = 10_000;

  private PassedSockets() {}

  /**
   * @param environment of this process
   * @param pid of this process: what was meant for its parent is not for it
   */
  public static InheritedSockets of(Map<String, String> environment, long pid) {
    String count = environment.getOrDefault(COUNT, "");
    String process = environment.getOrDefault(FOR_PROCESS, "");
    if (!process.equals(Long.toString(pid))) {
      return none(
          process.isEmpty()
              ? FOR_PROCESS + " is not set, so that those of " + COUNT + " are for another process"
              : "sockets were passed to process " + process + ", and this is " + pid);
    }
    OptionalInt number = number(count);
    if (number.isEmpty()) {
      return none(COUNT + " is \"" + count + "\", and no number of sockets");
    }
    List<String> names = names(environment.get(NAMES), number.getAsInt());
    if (names.size() != number.getAsInt()) {
      return none(NAMES + " has " + names.size() + " names for " + count + " sockets");
    }
    Map<String, List<Integer>> descriptors = new HashMap<>();
    for (int i = 0; i < names.size(); i++) {
      descriptors.computeIfAbsent(names.get(i), name -> new ArrayList<>()).add(FIRST + i);
    }
    return new InheritedSockets(descriptors, "no sockets were passed to this process");
  }

  private static InheritedSockets none(String why) {
    log.atWarn().addKeyValue("reason", why).log("no sockets are taken from systemd");
    return new InheritedSockets(Map.of(), why);
  }

  private static OptionalInt number(String text) {
    try {
      int number = Integer.parseInt(text);
      return number >= 0 && number <= MOST ? OptionalInt.of(number) : OptionalInt.empty();
    } catch (NumberFormatException e) {
      return OptionalInt.empty();
    }
  }

  private static List<String> names(@Nullable String text, int number) {
    if (text == null) {
      return Collections.nCopies(number, NAMELESS);
    }
    return number == 0 ? List.of() : List.of(text.split(":", -1));
  }
}
