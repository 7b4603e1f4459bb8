package io.sallyport;

import io.netty.channel.EventLoopGroup;
import io.netty.util.concurrent.EventExecutor;
import io.sallyport.config.Address;
import io.sallyport.config.Addresses;
import io.sallyport.config.InboundConfig;
import io.sallyport.config.ListenerConfig;
import io.sallyport.config.OutboundConfig;
import io.sallyport.identity.Identity;
import io.sallyport.identity.IdentityGeneration;
import io.sallyport.identity.OcspClient;
import io.sallyport.inbound.InboundListener;
import io.sallyport.listener.Acceptor;
import io.sallyport.listener.Captures;
import io.sallyport.listener.LiveTerms;
import io.sallyport.listener.Place;
import io.sallyport.listener.Terms;
import io.sallyport.outbound.OutboundListener;
import io.sallyport.telemetry.Telemetry;
import io.sallyport.telemetry.Validity;
import io.sallyport.transport.CannotListen;
import io.sallyport.transport.Transport;
import io.sallyport.upstream.Dialer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The listeners that run, of a configuration that may change. It is changed on one thread, which is
 * none of an event loop, and read on any.
 */
final class Listeners {

  private final Transport transport;
  private final EventLoopGroup loops;
  private final Dialer dialer;
  private final Telemetry telemetry;
  private final Captures captures;

  /** Where the operator and probes come in. */
  private volatile Collection<SocketAddress> adminAddresses = List.of();

  private final Side<InboundConfig> inbound = new Side<>(this::inboundAcceptor);
  private final Side<OutboundConfig> outbound = new Side<>(this::outboundAcceptor);

  /** What was passed to the process, and is so once; kept, whoever accepts there. */
  private final Map<Address, Place> inherited = new HashMap<>();

  private final Set<IdentityGeneration> unreleased = new HashSet<>();

  Listeners(Transport transport, EventLoopGroup loops, Dialer dialer, Telemetry telemetry) {
    this.transport = transport;
    this.loops = loops;
    this.dialer = dialer;
    this.telemetry = telemetry;
    this.captures = new Captures(transport, dialer.ours(), this::listensAt);
  }

  /** Nothing that is captured is taken there either. */
  void adminIsAt(Collection<SocketAddress> addresses) {
    adminAddresses = List.copyOf(addresses);
  }

  private boolean listensAt(int port) {
    return Stream.concat(
            Stream.concat(inbound.all(), outbound.all()).map(served -> served.acceptor().address()),
            adminAddresses.stream())
        .anyMatch(address -> address instanceof InetSocketAddress tcp && tcp.getPort() == port);
  }

  /** Those of one direction. */
  private static final class Side<C extends ListenerConfig> {

    final Function<LiveTerms<C>, Acceptor> made;

    /** By name, in the order of the configuration. */
    volatile Map<String, Served<C>> serving = Map.of();

    /** Accept no more, and still have connections. */
    final Collection<Served<C>> leaving = new CopyOnWriteArrayList<>();

    Side(Function<LiveTerms<C>, Acceptor> made) {
      this.made = made;
    }

    Stream<Served<C>> all() {
      return Stream.concat(serving.values().stream(), leaving.stream());
    }

    void leave(Served<C> served) {
      leaving.add(served);
      served.acceptor().stopAccepting().thenRun(() -> leaving.remove(served));
    }
  }

  /** In the order of the configuration; then those that have gone and still have connections. */
  List<Acceptor> inbound() {
    return inbound.all().map(Served::acceptor).toList();
  }

  /** As {@link #inbound}. */
  List<Acceptor> outbound() {
    return outbound.all().map(Served::acceptor).toList();
  }

  /** Those of the configuration, in its order. */
  List<Served<?>> serving() {
    return Stream.<Served<?>>concat(
            inbound.serving.values().stream(), outbound.serving.values().stream())
        .toList();
  }

  /**
   * Makes ready to serve by another configuration, or by the same one and other files.
   *
   * @throws BindFailed when an address cannot be had; what was bound is closed again
   */
  Change prepare(Prepared next) throws BindFailed {
    Change change = new Change(next);
    try {
      change.bind();
      return change;
    } catch (BindFailed | RuntimeException e) {
      change.abandon();
      throw e;
    }
  }

  /** As {@link #prepare}, for asking what it would do: binds nothing. */
  Change imagine(Prepared next) {
    return new Change(next);
  }

  /** What is ready to be served by, while nobody sees anything of it. */
  final class Change {

    private final Prepared prepared;
    private final List<Served<?>> added = new ArrayList<>();
    private final List<Served<?>> removed = new ArrayList<>();
    private final Map<Served<?>, ListenerConfig> kept = new LinkedHashMap<>();
    private final Map<Served<?>, Terms<?>> changed = new LinkedHashMap<>();

    /** Of those that are not in the configuration; they show and make nothing new. */
    private final Map<Served<?>, Terms<?>> changedOfRemoved = new LinkedHashMap<>();

    private final List<Runnable> publications = new ArrayList<>();
    private final List<Runnable> departures = new ArrayList<>();
    private final List<Served<?>> departing = new ArrayList<>();
    private final Map<Served<?>, Place> places = new LinkedHashMap<>();
    private final List<Place> bound = new ArrayList<>();

    private final SocketModes modes = new SocketModes();
    private int listeners;

    private Change(Prepared prepared) {
      this.prepared = prepared;
      compare(inbound, prepared.config().inbound());
      compare(outbound, prepared.config().outbound());
    }

    private <C extends ListenerConfig> void compare(Side<C> side, List<C> configs) {
      Map<String, Served<C>> next = new LinkedHashMap<>();
      Map<String, Served<C>> unclaimed = new HashMap<>(side.serving);
      for (C config : configs) {
        Served<C> before = unclaimed.remove(config.name());
        Terms<C> terms = prepared.terms(config, before == null ? null : before.terms());
        if (before != null && sameAddress(before.terms().config(), config)) {
          next.put(config.name(), before);
          kept.put(before, config);
          modes.note(before, config);
        } else {
          Served<C> served = new Served<>(terms, side.made);
          next.put(config.name(), served);
          added.add(served);
          if (before != null) {
            departing.add(before);
            departures.add(() -> side.leave(before));
          }
        }
        if (before == null || !terms.equals(before.terms())) {
          listeners++;
        }
        // Those too who came to an address that it had before.
        side.all()
            .filter(served -> served.terms().config().name().equals(config.name()))
            .filter(served -> !served.terms().equals(terms))
            .forEach(
                served -> {
                  changed.put(served, terms);
                  publications.add(() -> served.serveBy(terms));
                });
      }
      for (Served<C> gone : unclaimed.values()) {
        listeners++;
        removed.add(gone);
        departing.add(gone);
        departures.add(() -> side.leave(gone));
      }
      Stream.concat(unclaimed.values().stream(), side.leaving.stream())
          .filter(served -> !next.containsKey(served.terms().config().name()))
          .forEach(this::judgeRemoved);
      publications.add(() -> side.serving = next);
    }

    private <C extends ListenerConfig> void judgeRemoved(Served<C> served) {
      Terms<C> terms = prepared.termsOfRemoved(served.terms());
      if (!terms.equals(served.terms())) {
        changedOfRemoved.put(served, terms);
        publications.add(() -> served.serveBy(terms));
      }
    }

    private Stream<Map.Entry<Served<?>, Terms<?>>> judgedAnew() {
      return Stream.concat(changed.entrySet().stream(), changedOfRemoved.entrySet().stream());
    }

    private void bind() throws BindFailed {
      for (Map.Entry<Served<?>, ListenerConfig> kept : kept.entrySet()) {
        checkUse(kept.getKey().acceptor().place(), kept.getValue());
      }
      for (Served<?> served : added) {
        ListenerConfig config = served.terms().config();
        Served<?> giving = givingUp(config.listen().address());
        if (giving == null && config.listen().address() instanceof Address.Inherited) {
          places.put(served, inherited(config));
        } else if (giving == null) {
          Place place = Listeners.this.bind(config, prepared);
          bound.add(place);
          places.put(served, place);
        } else {
          checkUse(giving.acceptor().place(), config);
          places.put(served, giving.acceptor().place());
          modes.note(giving, config);
        }
      }
      modes.forbid(prepared.config()); // at last, since it is seen at once
    }

    private Place inherited(ListenerConfig config) throws BindFailed {
      Address address = config.listen().address();
      Place place = inherited.get(address);
      if (place == null) {
        place = Listeners.this.bind(config, prepared);
        inherited.put(address, place);
      }
      checkUse(place, config);
      return place;
    }

    private void checkUse(Place place, ListenerConfig config) throws BindFailed {
      try {
        place.checkUse(config.listen());
      } catch (CannotListen e) {
        throw BindFailed.of(
            prepared.config(), config.setting() + ".listen", config.listen().address(), e);
      }
    }

    /** The one that has the address, and not any more; port 0 is another one each time. */
    private @Nullable Served<?> givingUp(Address address) {
      return departing.stream()
          .filter(served -> served.terms().config().listen().address().equals(address))
          .filter(served -> Addresses.overlap(address, address))
          .findFirst()
          .orElse(null);
    }

    /** How many listeners come, go, or serve by something else than before. */
    int listeners() {
      return listeners;
    }

    /** Open connections that it would end, at once or when listeners that go have drained. */
    int connections() {
      int ofRemoved = removed.stream().mapToInt(gone -> gone.acceptor().openConnections()).sum();
      return ofRemoved
          + judgedAnew()
              .filter(change -> !removed.contains(change.getKey()))
              .mapToInt(change -> change.getKey().acceptor().wouldEnd(change.getValue()))
              .sum();
    }

    /** Closes what it has bound: nobody is to see anything of it. */
    void abandon() {
      bound.forEach(Place::close);
      modes.restore();
      Set<IdentityGeneration> made = generations();
      served().forEach(used -> made.removeIf(used::sharesContextWith));
      made.forEach(IdentityGeneration::release);
    }

    /** Those too that are served by already, where other keys alone have come. */
    private Set<IdentityGeneration> generations() {
      Set<IdentityGeneration> generations = new HashSet<>();
      added.forEach(served -> generations.add(served.terms().identity()));
      changed.values().forEach(terms -> generations.add(terms.identity()));
      return generations;
    }

    /** From here on all that is new goes by it. */
    void publish() {
      unreleased.addAll(generations());
      places.forEach(Served::acceptAt);
      publications.forEach(Runnable::run);
      departures.forEach(Runnable::run);
      changed.keySet().forEach(served -> served.acceptor().limitsMayHaveChanged());
    }

    /**
     * Once published: judges those who are here already by it.
     *
     * @return how many open connections were ended, whose peers have no right to be here any more
     */
    int judgeAgain() {
      if (!modes.isEmpty()) {
        awaitLoops(); // lest the terms before let in whom only the new ones may judge
        modes.permit();
      }
      int ended = judgedAnew().mapToInt(now -> now.getKey().acceptor().judgeAgain()).sum();
      releaseUnused();
      return ended;
    }

    /** Accept no more, for they are not in the configuration any more. */
    List<Acceptor> removed() {
      return removed.stream().map(Served::acceptor).toList();
    }
  }

  private Acceptor inboundAcceptor(LiveTerms<InboundConfig> live) {
    return new InboundListener(live, dialer, telemetry.inbound(live.current().config().name()))
        .acceptor(transport, captures);
  }

  private Acceptor outboundAcceptor(LiveTerms<OutboundConfig> live) {
    return new OutboundListener(live, dialer, telemetry.outbound(live.current().config().name()))
        .acceptor(transport, captures);
  }

  /** Ends every connection whose peer has no right to be here any more. Not on an event loop. */
  void judgeAgain() {
    Stream.concat(inbound.all(), outbound.all()).forEach(served -> served.acceptor().judgeAgain());
  }

  /** Has what OCSP responders say of the certificates that we show asked for, where it is due. */
  void renewStaples(OcspClient ocsp) {
    for (Served<InboundConfig> served : inbound.serving.values()) {
      served.terms().identity().identities().forEach(ocsp::renewStaple);
    }
  }

  /** What listeners that have gone trust themselves, where they still have connections. */
  Set<Path> filesOfRemoved() {
    return Stream.concat(inbound.leaving.stream(), outbound.leaving.stream())
        .flatMap(served -> served.terms().config().trust().stream())
        .collect(Collectors.toSet());
  }

  /** Tells how long certificates hold and how many connections may be open. */
  void show(Telemetry telemetry) {
    Map<String, Validity> certificates = new LinkedHashMap<>();
    Map<String, Long> limits = new LinkedHashMap<>();
    for (Served<?> served : serving()) {
      for (Identity shown : served.terms().identity().identities()) {
        certificates.put(
            shown.name(),
            new Validity(
                shown.leaf().getNotBefore().toInstant(), shown.leaf().getNotAfter().toInstant()));
      }
      ListenerConfig config = served.terms().config();
      limits.put(config.name(), (long) config.limits().maxConnections());
    }
    telemetry.certificates(certificates);
    telemetry.connectionLimits(limits);
  }

  private static boolean sameAddress(ListenerConfig one, ListenerConfig other) {
    return one.listen().address().equals(other.listen().address());
  }

  private Place bind(ListenerConfig listener, Prepared prepared) throws BindFailed {
    try {
      return Place.bind(transport, loops, listener.listen());
    } catch (IOException e) {
      Address address = listener.listen().address();
      String setting = listener.setting() + ".listen";
      for (Served<?> served : serving()) {
        Address ours = served.acceptor().place().where();
        if (Addresses.overlap(ours, address)) {
          String holder = served.terms().config().setting();
          throw BindFailed.ofOurs(prepared.config(), setting, address, holder + " on " + ours, e);
        }
      }
      throw BindFailed.of(prepared.config(), setting, address, e);
    }
  }

  /**
   * Gives up the native memory of generations that nobody begins a handshake with. A loop may have
   * taken one just before it was replaced, so each has to come by first.
   */
  private void releaseUnused() {
    Set<IdentityGeneration> unused = new HashSet<>(unreleased);
    served().forEach(used -> unused.removeIf(used::sharesContextWith));
    if (unused.isEmpty()) {
      return;
    }
    awaitLoops();
    unused.forEach(
        generation -> {
          unreleased.remove(generation);
          generation.release();
        });
  }

  private Stream<IdentityGeneration> served() {
    return Stream.concat(inbound.all(), outbound.all()).map(served -> served.terms().identity());
  }

  private void awaitLoops() {
    for (EventExecutor loop : loops) {
      loop.submit(() -> {}).awaitUninterruptibly();
    }
  }

  /** When every loop has stopped. */
  void release() {
    unreleased.forEach(IdentityGeneration::release);
    unreleased.clear();
  }
}
