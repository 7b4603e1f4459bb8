package io.sallyport.admin;

import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.time.Instant;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Which paths there are and what each says; no HTTP beyond method, path and status. */
final class AdminPages {

  private static final String FORMAT = "format";

  /** How many are named where nobody says, and at most: an answer waits in memory. */
  private static final int CONNECTIONS = 100;

  private static final int MOST_CONNECTIONS = 1000;

  private static final Answering SWITCHED_OFF =
      request ->
          now(
              Reply.text(
                  HttpResponseStatus.FORBIDDEN, "admin.actions is off in the configuration"));

  /** Each path's answers, by method. */
  private final Map<String, Map<HttpMethod, Answering>> pages = new HashMap<>();

  private AdminPages() {}

  /** May complete later, on any thread. */
  private interface Answering {
    CompletionStage<Reply> to(AdminRequest request) throws Query.Bad;
  }

  /**
   * For the kubelet and Prometheus, from anywhere: nothing that acts, nothing that tells names.
   *
   * @param application the application's own probes, by name
   */
  static AdminPages probes(
      ProxyView view,
      MetricsPage metrics,
      Map<String, Supplier<CompletionStage<Reply>>> application) {
    AdminPages pages = new AdminPages();
    pages.addProbes(view, metrics);
    application.forEach((name, asked) -> pages.get("/app-probe/" + name, request -> asked.get()));
    return pages;
  }

  /**
   * @param logLevel null where nobody has said how to change it
   * @param actions whether anything may be changed here
   */
  static AdminPages everything(
      ProxyView view, MetricsPage metrics, @Nullable LogLevel logLevel, boolean actions) {
    AdminPages pages = new AdminPages();
    pages.addProbes(view, metrics);
    pages.get("/", request -> now(StatusPage.reply()));
    pages.inTwoForms(
        "/status",
        () -> status(view.status(), actions),
        now -> ReadableText.of(view.status(), now));
    pages.inTwoForms(
        "/denials",
        () -> DenialsPage.of(view.denials()),
        now -> ReadableText.of(view.denials(), now));
    pages.inTwoForms(
        "/config",
        () -> ConfigPage.of(view.settings()),
        now -> ReadableText.ofSettings(view.settings()));
    pages.get("/certs", request -> now(CertificatesPage.of(view, Instant.now())));
    pages.get("/connections", request -> now(connections(view, request.query())));
    pages.addActions(view, logLevel, actions);
    return pages;
  }

  private void addActions(ProxyView view, @Nullable LogLevel logLevel, boolean on) {
    act(HttpMethod.POST, "/drain", on ? request -> drain(view, request.query()) : SWITCHED_OFF);
    act(HttpMethod.POST, "/reload", on ? request -> reload(view, request.query()) : SWITCHED_OFF);
    if (logLevel != null) {
      get("/loglevel", request -> now(LogLevelPage.of(logLevel)));
      act(
          HttpMethod.PUT,
          "/loglevel",
          on ? request -> now(LogLevelPage.change(logLevel, request.body())) : SWITCHED_OFF);
    }
  }

  private void get(String path, Answering answering) {
    pages.computeIfAbsent(path, any -> new LinkedHashMap<>()).put(HttpMethod.GET, answering);
  }

  /** Who asks for no password lets nobody act but who is on this host already. */
  private void act(HttpMethod method, String path, Answering acting) {
    pages
        .computeIfAbsent(path, any -> new LinkedHashMap<>())
        .put(
            method,
            request ->
                request.fromHere()
                    ? acting.to(request)
                    : now(
                        Reply.text(
                            HttpResponseStatus.FORBIDDEN,
                            "this is done from this host alone, by loopback or a Unix socket")));
  }

  /** JSON, or what a terminal shows. */
  private void inTwoForms(String path, Supplier<Reply> json, Function<Instant, String> text) {
    get(
        path,
        request -> {
          Query query = new Query(request.query(), List.of(FORMAT));
          return now(isText(query) ? readable(text.apply(Instant.now())) : json.get());
        });
  }

  private static Reply connections(ProxyView view, String asked) throws Query.Bad {
    Query query = new Query(asked, List.of(FORMAT, "limit"));
    boolean text = isText(query);
    ProxyView.Connections open =
        view.connections(query.number("limit", CONNECTIONS, MOST_CONNECTIONS));
    return text
        ? readable(ReadableText.of(open, Instant.now()))
        : ConnectionsPage.of(open, Instant.now());
  }

  private static boolean isText(Query query) throws Query.Bad {
    return query.word(FORMAT, List.of("json", "text")).equals("text");
  }

  private static Reply readable(String text) {
    return Reply.text(HttpResponseStatus.OK, text.stripTrailing());
  }

  private void addProbes(ProxyView view, MetricsPage metrics) {
    // That an answer comes at all is what these two ask for: the admin server is bound last.
    get("/startupz", request -> now(ok("started")));
    get("/livez", request -> now(ok("live")));
    get("/readyz", request -> now(readiness(view.readiness())));
    get(
        "/metrics",
        request ->
            now(Reply.of(HttpResponseStatus.OK, metrics.contentType(), metrics.text().get())));
  }

  /**
   * The page, or 404, or 405 with the methods it takes.
   *
   * @return may complete later, on any thread
   */
  CompletionStage<Reply> answer(AdminRequest request) {
    Map<HttpMethod, Answering> page = pages.get(request.path());
    if (page == null) {
      return now(Reply.text(HttpResponseStatus.NOT_FOUND, "no such page"));
    }
    Answering answering = page.get(request.method());
    if (answering == null) {
      return now(Reply.methodNotAllowed(page.keySet()));
    }
    try {
      return answering.to(request);
    } catch (Query.Bad e) {
      // What was meant otherwise, to be tried out say, must not be done.
      return now(Reply.text(HttpResponseStatus.BAD_REQUEST, String.valueOf(e.getMessage())));
    }
  }

  private static CompletionStage<Reply> now(Reply reply) {
    return CompletableFuture.completedFuture(reply);
  }

  private static Reply ok(String text) {
    return Reply.text(HttpResponseStatus.OK, text);
  }

  private static Reply readiness(ProxyView.Readiness readiness) {
    StringBuilder body = new StringBuilder(readiness.state().label());
    for (String detail : readiness.details()) {
      // A line break in a detail would make two of it, and the second could say "ready".
      body.append('\n').append(detail.replaceAll("\\p{Cntrl}", " "));
    }
    return Reply.text(
        readiness.ready() ? HttpResponseStatus.OK : HttpResponseStatus.SERVICE_UNAVAILABLE,
        body.toString());
  }

  private static CompletionStage<Reply> drain(ProxyView view, String asked) throws Query.Bad {
    boolean json = isJson(new Query(asked, List.of(FORMAT)));
    view.drain();
    String state = ProxyView.State.DRAINING.label();
    return now(
        json
            ? Reply.of(
                HttpResponseStatus.ACCEPTED, Reply.JSON, new JsonObject().put("state", state).end())
            : Reply.text(HttpResponseStatus.ACCEPTED, state));
  }

  private static CompletionStage<Reply> reload(ProxyView view, String asked) throws Query.Bad {
    Query query = new Query(asked, List.of("dry-run", FORMAT));
    boolean dryRun = query.word("dry-run", List.of("false", "true")).equals("true");
    boolean json = isJson(query);
    return view.reload(dryRun).thenApply(done -> ReloadPage.of(done, dryRun, json));
  }

  /** What acts is answered in words, unless it is asked for otherwise. */
  private static boolean isJson(Query query) throws Query.Bad {
    return query.word(FORMAT, List.of("text", "json")).equals("json");
  }

  private static Reply status(ProxyView.Status status, boolean actions) {
    String json =
        new JsonObject()
            .put("version", status.version())
            .put("started_at", status.startedAt())
            .put("state", status.state().label())
            .put("actions", actions)
            .put("reload_last_success_at", status.reload().lastSuccess())
            .putStrings("reload_problems", status.reload().problems())
            .putObjects("listeners", status.listeners(), AdminPages::listener)
            .putObjects("identities", status.identities(), AdminPages::identity)
            .putObjects("key_rings", status.keyRings(), AdminPages::keyRing)
            .end();
    return Reply.of(HttpResponseStatus.OK, Reply.JSON, json);
  }

  private static void listener(ProxyView.ListenerStatus listener, JsonObject json) {
    json.put("name", listener.name())
        .put("direction", listener.direction())
        .put("address", listener.address())
        .putStrings("target", listener.target())
        .put("identity", listener.identities().isEmpty() ? null : listener.identities().get(0))
        .putStrings("identities", listener.identities())
        .put("connections_active", listener.connectionsActive())
        .put("connections_total", listener.connectionsTotal())
        .put("connections_limit", listener.connectionsLimit())
        .put("bytes_to_application", listener.traffic().bytesToApplication())
        .put("bytes_to_peer", listener.traffic().bytesToPeer())
        .put("requests", listener.traffic().requests())
        .put("handshake_failures", listener.traffic().handshakeFailures())
        .put("denials", listener.traffic().denials());
  }

  private static void identity(ProxyView.IdentityStatus identity, JsonObject json) {
    json.put("name", identity.name());
    CertificatesPage.fields(identity.leaf(), json)
        .put("source", identity.source())
        .put("generation", identity.generation())
        .putStrings("trust", identity.trust());
  }

  private static void keyRing(ProxyView.KeyRingStatus ring, JsonObject json) {
    json.put("name", ring.name()).putObjects("keys", ring.keys(), AdminPages::key);
  }

  private static void key(ProxyView.KeyStatus key, JsonObject json) {
    json.put("id", key.id())
        .put("use", key.use())
        .put("state", key.state())
        .put("nonces_used", key.noncesUsed());
  }
}
