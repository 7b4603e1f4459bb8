package io.sallyport.admin;

import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import java.util.function.Supplier;

/** Which paths there are and what each says; no HTTP beyond method, path and status. */
final class AdminPages {

  private final Map<String, Page> pages;

  private AdminPages(Map<String, Page> pages) {
    this.pages = Map.copyOf(pages);
  }

  /**
   * @param reply given the query, empty where there is none; may complete later, on any thread
   */
  private record Page(HttpMethod method, Function<String, CompletionStage<Reply>> reply) {

    /** One whose answer is there at once. */
    static Page of(HttpMethod method, Supplier<Reply> reply) {
      return new Page(method, query -> CompletableFuture.completedFuture(reply.get()));
    }
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
    Map<String, Page> pages = probePages(view, metrics);
    application.forEach(
        (name, asked) ->
            pages.put("/app-probe/" + name, new Page(HttpMethod.GET, query -> asked.get())));
    return new AdminPages(pages);
  }

  static AdminPages everything(ProxyView view, MetricsPage metrics) {
    Map<String, Page> pages = probePages(view, metrics);
    pages.put(
        "/status",
        inTwoForms(
            () -> status(view.status()), () -> ReadableText.of(view.status(), Instant.now())));
    pages.put(
        "/denials",
        inTwoForms(
            () -> DenialsPage.of(view.denials()),
            () -> ReadableText.of(view.denials(), Instant.now())));
    pages.put("/drain", new Page(HttpMethod.POST, query -> drain(view, query)));
    pages.put("/reload", new Page(HttpMethod.POST, query -> reload(view, query)));
    return new AdminPages(pages);
  }

  /** JSON, or what a terminal shows. */
  private static Page inTwoForms(Supplier<Reply> json, Supplier<String> text) {
    return new Page(
        HttpMethod.GET,
        query ->
            switch (query) {
              case "", "format=json" -> CompletableFuture.completedFuture(json.get());
              case "format=text" ->
                  CompletableFuture.completedFuture(
                      Reply.text(HttpResponseStatus.OK, text.get().stripTrailing()));
              default -> notDone("the query may be format=text, format=json, or none");
            });
  }

  private static Map<String, Page> probePages(ProxyView view, MetricsPage metrics) {
    Map<String, Page> pages = new HashMap<>();
    // That an answer comes at all is what these two ask for: the admin server is bound last.
    pages.put("/startupz", Page.of(HttpMethod.GET, () -> ok("started")));
    pages.put("/livez", Page.of(HttpMethod.GET, () -> ok("live")));
    pages.put("/readyz", Page.of(HttpMethod.GET, () -> readiness(view.readiness())));
    pages.put(
        "/metrics",
        Page.of(
            HttpMethod.GET,
            () -> Reply.of(HttpResponseStatus.OK, metrics.contentType(), metrics.text().get())));
    return pages;
  }

  /**
   * The page, or 404, or 405 with the method it takes. HEAD is answered as GET.
   *
   * @param target a path, and a query where there is one
   * @return may complete later, on any thread
   */
  CompletionStage<Reply> answer(HttpMethod method, String target) {
    int mark = target.indexOf('?');
    Page page = pages.get(mark < 0 ? target : target.substring(0, mark));
    if (page == null) {
      return CompletableFuture.completedFuture(
          Reply.text(HttpResponseStatus.NOT_FOUND, "no such page"));
    }
    HttpMethod asked = method.equals(HttpMethod.HEAD) ? HttpMethod.GET : method;
    return asked.equals(page.method)
        ? page.reply.apply(mark < 0 ? "" : target.substring(mark + 1))
        : CompletableFuture.completedFuture(Reply.methodNotAllowed(page.method));
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

  private static CompletionStage<Reply> drain(ProxyView view, String query) {
    if (!query.isEmpty()) {
      return notDone("there is no query to it");
    }
    view.drain();
    return CompletableFuture.completedFuture(
        Reply.text(HttpResponseStatus.ACCEPTED, ProxyView.State.DRAINING.label()));
  }

  /** What was meant otherwise, to be tried out say, must not be done. */
  private static CompletionStage<Reply> notDone(String why) {
    return CompletableFuture.completedFuture(Reply.text(HttpResponseStatus.BAD_REQUEST, why));
  }

  private static CompletionStage<Reply> reload(ProxyView view, String query) {
    boolean dryRun = query.equals("dry-run=true");
    if (!dryRun && !query.isEmpty()) {
      return notDone("the query may be dry-run=true, or none");
    }
    return view.reload(dryRun).thenApply(reloaded -> reloaded(reloaded, dryRun));
  }

  private static Reply reloaded(ProxyView.Reloaded reloaded, boolean dryRun) {
    boolean whole = reloaded.problems().isEmpty();
    StringBuilder text = new StringBuilder();
    reloaded.problems().forEach(problem -> text.append(problem).append('\n'));
    text.append(dryRun ? "would reload" : whole ? "reloaded" : "reloaded what can serve")
        .append(": listeners changed ")
        .append(reloaded.listeners())
        .append(", connections closed ")
        .append(reloaded.connections());
    return Reply.text(
        whole ? HttpResponseStatus.OK : HttpResponseStatus.UNPROCESSABLE_ENTITY, text.toString());
  }

  private static Reply status(ProxyView.Status status) {
    String json =
        new JsonObject()
            .put("version", status.version())
            .put("started_at", status.startedAt())
            .put("state", status.state().label())
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
        .put("connections_total", listener.connectionsTotal());
  }

  private static void identity(ProxyView.IdentityStatus identity, JsonObject json) {
    json.put("name", identity.name())
        .put("subject", identity.subject())
        .putStrings("names", identity.names())
        .put("issuer", identity.issuer())
        .put("not_before", identity.notBefore())
        .put("not_after", identity.notAfter())
        .put("serial", identity.serial())
        .put("sha256", identity.sha256())
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
