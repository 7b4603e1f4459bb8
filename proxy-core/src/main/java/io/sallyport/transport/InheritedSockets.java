package io.sallyport.transport;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The listening sockets that whoever started this process has passed to it, by their names. Each is
 * taken once. Thread-safe.
 */
public final class InheritedSockets {

  /** None were passed. */
  public static final InheritedSockets NONE =
      new InheritedSockets(Map.of(), "no sockets were passed to this process");

  private final Map<String, List<Integer>> descriptors;
  private final String whyNone;
  private final Set<String> taken = ConcurrentHashMap.newKeySet();

  /**
   * @param descriptors several of a name, where whoever passed them gave them the same one
   * @param whyNone told to whoever asks for one where there are none
   */
  public InheritedSockets(Map<String, List<Integer>> descriptors, String whyNone) {
    this.descriptors = Map.copyOf(descriptors);
    this.whyNone = whyNone;
  }

  /** Sorted. */
  public Set<String> namesNotTaken() {
    Set<String> names = new TreeSet<>(descriptors.keySet());
    names.removeAll(taken);
    return names;
  }

  /**
   * The file descriptor of that name.
   *
   * @throws CannotListen when there is none, or more than one, or it is taken
   */
  int take(String name) throws CannotListen {
    List<Integer> named = descriptors.getOrDefault(name, List.of());
    if (named.isEmpty()) {
      throw new CannotListen(
          descriptors.isEmpty()
              ? whyNone
              : "no socket of that name was passed, but " + String.join(", ", sorted()),
          "start it by a .socket unit with FileDescriptorName=" + name);
    }
    if (named.size() > 1) {
      throw new CannotListen(
          named.size() + " sockets of that name were passed",
          "give each ListenStream= a .socket unit and a FileDescriptorName= of its own");
    }
    if (!taken.add(name)) {
      throw new CannotListen("it is taken already", "give each listener a socket of its own");
    }
    return named.get(0);
  }

  private Set<String> sorted() {
    return new TreeSet<>(descriptors.keySet());
  }
}
